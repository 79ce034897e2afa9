// Devices, memory, streams: the C face of what a caller needs around the operations.
#include <cuda_runtime_api.h>
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <string>
#include "capi/arguments.h"
#include "capi/driver.h"
#include "wootz/cuda.h"

namespace wz::cuda {
namespace {
thread_local char last_error[1024] = "";
}  // namespace

wz_status fail(wz_status status, const char* operation, const char* message) noexcept {
  std::snprintf(last_error, sizeof last_error, "%s: %s", operation, message);
  return status;
}

}  // namespace wz::cuda

using wz::cuda::check;
using wz::cuda::guarded;
using wz::cuda::Refusal;
using wz::cuda::stream_of;

const char* wz_cuda_last_error(void) { return wz::cuda::last_error; }

int32_t wz_cuda_device_count(void) {
  int count = 0;
  const cudaError_t error = cudaGetDeviceCount(&count);
  if (error == cudaSuccess && count > 0) return count;
  (void)cudaGetLastError();
  std::snprintf(wz::cuda::last_error, sizeof wz::cuda::last_error, "%s",
                wz::cuda::why_no_device(error == cudaSuccess ? cudaErrorNoDevice : error).c_str());
  return 0;
}

wz_status wz_cuda_device_describe(int32_t device, wz_cuda_device* description) {
  return guarded("wz_cuda_device_describe", [&] {
    wz::cuda::check_host("description", description);
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, device));
    wz::cuda::CurrentDevice current(device);
    size_t free = 0, total = 0;
    check(cudaMemGetInfo(&free, &total));
    *description = {};
    std::snprintf(description->name, sizeof description->name, "%s", properties.name);
    description->major = properties.major;
    description->minor = properties.minor;
    description->multiprocessors = properties.multiProcessorCount;
    description->memory = static_cast<int64_t>(total);
    description->free_memory = static_cast<int64_t>(free);
    if (properties.major < 8) {
      throw Refusal(WZ_UNSUPPORTED, std::string(properties.name) + " has compute capability " + std::to_string(properties.major) + "." +
                                        std::to_string(properties.minor) + ", expected 8.0 or later");
    }
  });
}

wz_status wz_cuda_memory_allocate(int32_t device, int64_t bytes, void** memory) {
  return guarded("wz_cuda_memory_allocate", [&] {
    wz::cuda::check_host("memory", memory);
    if (bytes < 0) throw Refusal(WZ_INVALID_ARGUMENT, "bytes: found " + std::to_string(bytes) + ", expected 0 or more");
    wz::cuda::CurrentDevice current(device);
    check(cudaMalloc(memory, static_cast<size_t>(std::max<int64_t>(bytes, 1))));
  });
}

wz_status wz_cuda_memory_free(void* memory) {
  return guarded("wz_cuda_memory_free", [&] { check(cudaFree(memory)); });
}

wz_status wz_cuda_stream_create(int32_t device, wz_cuda_stream** stream) {
  return guarded("wz_cuda_stream_create", [&] {
    wz::cuda::check_host("stream", stream);
    wz::cuda::CurrentDevice current(device);
    cudaStream_t created = nullptr;
    check(cudaStreamCreateWithFlags(&created, cudaStreamNonBlocking));
    *stream = reinterpret_cast<wz_cuda_stream*>(created);
  });
}

wz_status wz_cuda_stream_free(wz_cuda_stream* stream) {
  return guarded("wz_cuda_stream_free", [&] {
    if (stream != nullptr) check(cudaStreamDestroy(stream_of(stream)));
  });
}

wz_status wz_cuda_stream_synchronize(wz_cuda_stream* stream) {
  return guarded("wz_cuda_stream_synchronize", [&] { check(cudaStreamSynchronize(stream_of(stream))); });
}

wz_status wz_cuda_copy(void* to, const void* from, int64_t bytes, wz_cuda_stream* stream) {
  return guarded("wz_cuda_copy", [&] {
    if (bytes < 0) throw Refusal(WZ_INVALID_ARGUMENT, "bytes: found " + std::to_string(bytes) + ", expected 0 or more");
    if (bytes == 0) return;
    wz::cuda::check_host("to", to);
    wz::cuda::check_host("from", from);
    check(cudaMemcpyAsync(to, from, static_cast<size_t>(bytes), cudaMemcpyDefault, stream_of(stream)));
  });
}

wz_status wz_cuda_memory_set(void* memory, int32_t value, int64_t bytes, wz_cuda_stream* stream) {
  return guarded("wz_cuda_memory_set", [&] {
    wz::cuda::check_at_least("bytes", bytes, 0);
    if (bytes == 0) return;
    wz::cuda::OneDevice one;
    one.tensor("memory", memory, bytes);
    check(cudaMemsetAsync(memory, value, static_cast<size_t>(bytes), stream_of(stream)));
  });
}
