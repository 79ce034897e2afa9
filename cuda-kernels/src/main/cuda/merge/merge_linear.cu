// The linear combination's kernel, in float32 and float64 steps.
#include <algorithm>
#include "common/guarded.h"
#include "merge/merge_linear.cuh"

namespace wz::cuda {
namespace {

constexpr int kThreads = 256;

template <class T>
__global__ void __launch_bounds__(kThreads) merge_linear_kernel(const __grid_constant__ LinearArguments arguments) {
  const int64_t thread = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  merge_linear_thread<T>(arguments, thread, static_cast<int64_t>(gridDim.x) * kThreads);
}

// As many blocks as the device holds at once, fewer for small tensors.
template <class T>
int blocks(int64_t n) {
  int device = 0, multiprocessors = 0, resident = 0;
  check(cudaGetDevice(&device));
  check(cudaDeviceGetAttribute(&multiprocessors, cudaDevAttrMultiProcessorCount, device));
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, merge_linear_kernel<T>, kThreads, 0));
  const int64_t packs = (n + kPack - 1) / kPack;
  const int64_t needed = (packs + kThreads - 1) / kThreads;
  return static_cast<int>(std::max<int64_t>(1, std::min<int64_t>(needed, static_cast<int64_t>(multiprocessors) * resident)));
}

}  // namespace

void merge_linear(const LinearArguments& arguments, bool in_double, cudaStream_t stream) {
  if (in_double) {
    merge_linear_kernel<double><<<blocks<double>(arguments.n), kThreads, 0, stream>>>(arguments);
  } else {
    merge_linear_kernel<float><<<blocks<float>(arguments.n), kThreads, 0, stream>>>(arguments);
  }
  check(cudaGetLastError());
}

}  // namespace wz::cuda
