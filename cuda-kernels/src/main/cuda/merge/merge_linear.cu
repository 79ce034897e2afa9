// The linear combination's kernels: every arithmetic, weights of models, of rows and of columns.
#include "common/launch.h"
#include "merge/merge_linear.cuh"

namespace wz::cuda {
namespace {

constexpr int kThreads = 256;

template <class A, WeightsOf W>
__global__ void __launch_bounds__(kThreads, 2) merge_linear_kernel(const __grid_constant__ LinearArguments arguments) {
  const int64_t thread = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  merge_linear_thread<A, W>(arguments, thread, static_cast<int64_t>(gridDim.x) * kThreads);
}

template <class A, WeightsOf W>
void launch(const LinearArguments& arguments, cudaStream_t stream) {
  const int64_t parts = ceil_divide(arguments.packs ? ceil_divide(arguments.n, kPack) : arguments.n, kThreads);
  merge_linear_kernel<A, W><<<resident_blocks(merge_linear_kernel<A, W>, kThreads, parts), kThreads, 0, stream>>>(arguments);
}

}  // namespace

void merge_linear(const LinearArguments& arguments, WeightsOf weights, int32_t arithmetic, cudaStream_t stream) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    switch (weights) {
      case WeightsOf::kModels: launch<A, WeightsOf::kModels>(arguments, stream); break;
      case WeightsOf::kRows: launch<A, WeightsOf::kRows>(arguments, stream); break;
      case WeightsOf::kColumns: launch<A, WeightsOf::kColumns>(arguments, stream); break;
    }
  });
  check(cudaGetLastError());
}

}  // namespace wz::cuda
