// The linear combination's kernel, in float32 and float64 steps.
#include "common/launch.h"
#include "merge/merge_linear.cuh"

namespace wz::cuda {
namespace {

constexpr int kThreads = 256;

template <class T>
__global__ void __launch_bounds__(kThreads) merge_linear_kernel(const __grid_constant__ LinearArguments arguments) {
  const int64_t thread = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  merge_linear_thread<T>(arguments, thread, static_cast<int64_t>(gridDim.x) * kThreads);
}

template <class T>
void launch(const LinearArguments& arguments, cudaStream_t stream) {
  const int64_t packs = ceil_divide(arguments.n, kPack);
  merge_linear_kernel<T><<<resident_blocks(merge_linear_kernel<T>, kThreads, ceil_divide(packs, kThreads)), kThreads, 0, stream>>>(arguments);
}

}  // namespace

void merge_linear(const LinearArguments& arguments, bool in_double, cudaStream_t stream) {
  in_double ? launch<double>(arguments, stream) : launch<float>(arguments, stream);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
