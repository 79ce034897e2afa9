// The driver, and page-locked memory of the host.
#include "capi/driver.h"
#include <algorithm>
#include "common/guarded.h"
#include "wootz/cuda.h"

namespace wz::cuda {
namespace {
std::string dotted(int version) { return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10); }

// Drivers of one major version run what any minor version of it was compiled for (PTX apart, which is compiled for older ones too).
constexpr int needed() { return CUDART_VERSION / 1000 * 1000; }
}  // namespace

std::string why_no_device(cudaError_t error) {
  if (error == cudaErrorInsufficientDriver) {
    const int driver = wz_cuda_driver_version();
    if (driver == 0) return "no CUDA driver is installed";
    if (driver < needed()) return "CUDA driver " + dotted(driver) + " is older than " + dotted(needed());
  }
  return cudaGetErrorString(error);
}

}  // namespace wz::cuda

int32_t wz_cuda_driver_version(void) {
  int version = 0;
  if (cudaDriverGetVersion(&version) == cudaSuccess) return version;
  (void)cudaGetLastError();
  return 0;
}

int32_t wz_cuda_driver_needed(void) { return wz::cuda::needed(); }

wz_status wz_cuda_host_allocate(int64_t bytes, void** memory) {
  return wz::cuda::guarded("wz_cuda_host_allocate", [&] {
    if (memory == nullptr) throw wz::cuda::Refusal(WZ_INVALID_ARGUMENT, "memory: found NULL, expected a pointer");
    if (bytes < 0) throw wz::cuda::Refusal(WZ_INVALID_ARGUMENT, "bytes: found " + std::to_string(bytes) + ", expected 0 or more");
    wz::cuda::check(cudaHostAlloc(memory, static_cast<size_t>(std::max<int64_t>(bytes, 1)), cudaHostAllocPortable));
  });
}

wz_status wz_cuda_host_free(void* memory) {
  return wz::cuda::guarded("wz_cuda_host_free", [&] {
    if (memory != nullptr) wz::cuda::check(cudaFreeHost(memory));
  });
}
