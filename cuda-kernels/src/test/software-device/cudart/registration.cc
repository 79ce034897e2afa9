// What the code that nvcc generates calls: registration while an object loads, and launches.
#include "entry.h"

using namespace wz::software;

namespace {
struct Wrapper {
  int magic, version;
  const void* container;
  void* file;
};
constexpr int kWrapperMagic = 0x466243B1;

struct Configuration {
  dim3 grid, block;
  size_t shared;
  cudaStream_t stream;
};
thread_local std::vector<Configuration> configurations;

Binary* binary(void** handle) { return reinterpret_cast<Binary*>(handle); }
Dim3 dim(const dim3& d) { return {d.x, d.y, d.z}; }

cudaError_t launch(const void* function, const dim3& grid, const dim3& block, void** arguments, size_t shared, cudaStream_t stream) {
  return entry([&](Device& d) {
    Stream& s = stream_of(stream);
    Kernel& k = d.kernels.find(function);
    if (arguments == nullptr && !k.program->parameters.empty()) refuse(kInvalidValue, k.name + ": no arguments");
    d.launch(k, dim(grid), dim(block), arguments, shared, s);
  });
}
}  // namespace

extern "C" {

void** __cudaRegisterFatBinary(const void* data) {
  const auto* wrapper = static_cast<const Wrapper*>(data);
  const std::lock_guard<std::mutex> lock(device().mutex);
  if (wrapper->magic != kWrapperMagic) return nullptr;
  return reinterpret_cast<void**>(device().kernels.add_binary(wrapper->container));
}

void __cudaRegisterFatBinaryEnd(void**) {}

void __cudaUnregisterFatBinary(void** handle) {
  const std::lock_guard<std::mutex> lock(device().mutex);
  device().kernels.remove_binary(binary(handle));
}

void __cudaRegisterFunction(void** handle, const char* host_function, char*, const char* name, int, uint3*, uint3*, dim3*, dim3*, int*) {
  const std::lock_guard<std::mutex> lock(device().mutex);
  device().kernels.add_kernel(binary(handle), host_function, name);
}

void __cudaRegisterVar(void** handle, char* host_variable, char*, const char* name, int, size_t bytes, int, int) {
  const std::lock_guard<std::mutex> lock(device().mutex);
  device().kernels.add_symbol(binary(handle), host_variable, name, bytes);
}

char __cudaInitModule(void**) { return 1; }

unsigned __cudaPushCallConfiguration(dim3 grid, dim3 block, size_t shared, cudaStream_t stream) {
  configurations.push_back({grid, block, shared, stream});
  return 0;
}

cudaError_t __cudaPopCallConfiguration(dim3* grid, dim3* block, size_t* shared, void* stream) {
  if (configurations.empty()) return entry([](Device&) { refuse(kMissingConfiguration, "a kernel's stub was called without <<<>>>"); });
  const Configuration c = configurations.back();
  configurations.pop_back();
  *grid = c.grid, *block = c.block, *shared = c.shared;
  *static_cast<cudaStream_t*>(stream) = c.stream;
  return cudaSuccess;
}

cudaError_t __cudaGetKernel(cudaKernel_t* out, const void* host_function) {
  // The stub keeps what it gets here for ever: no error of today may stick to it.
  *out = reinterpret_cast<cudaKernel_t>(const_cast<void*>(host_function));
  return cudaSuccess;
}

cudaError_t __cudaLaunchKernel(cudaKernel_t kernel, dim3 grid, dim3 block, void** arguments, size_t shared, cudaStream_t stream) {
  return launch(kernel, grid, block, arguments, shared, stream);
}

}  // extern "C"

cudaError_t cudaLaunchKernel(const void* function, dim3 grid, dim3 block, void** arguments, size_t shared, cudaStream_t stream) {
  return launch(function, grid, block, arguments, shared, stream);
}

cudaError_t cudaLaunchKernelExC(const cudaLaunchConfig_t* config, const void* function, void** arguments) {
  if (config == nullptr) return entry([](Device&) { refuse(kInvalidValue, "launch: no configuration"); });
  for (unsigned k = 0; k < config->numAttrs; ++k) {
    const auto id = config->attrs[k].id;
    // A programmatic launch may begin early, but need not.
    if (id != cudaLaunchAttributeIgnore && id != cudaLaunchAttributePriority && id != cudaLaunchAttributeProgrammaticStreamSerialization) {
      return entry([&](Device&) { refuse(kNotSupported, "launch attribute " + std::to_string(static_cast<int>(id)) + " is not known to the software device"); });
    }
  }
  return launch(function, config->gridDim, config->blockDim, arguments, config->dynamicSmemBytes, config->stream);
}

cudaError_t cudaGetKernel(cudaKernel_t* out, const void* host_function) {
  return entry([&](Device& d) {
    expect_pointer(out, "kernel");
    *out = reinterpret_cast<cudaKernel_t>(&d.kernels.find(host_function));
  });
}
