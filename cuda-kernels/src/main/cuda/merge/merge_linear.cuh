// out = [base +] (sum_i w_i v_i) / divisor, v = x or x - base: what one of `threads` threads does. One pass, every byte once. Also compiled for the
// host, where tests run it.
#pragma once
#include <cstdint>
#include "merge/arithmetic.cuh"
#include "merge/merge_linear.h"

namespace wz::cuda {

// The weight of model k for the elements of one pack; row and column are those of its first.
template <WeightsOf W>
__host__ __device__ inline double weight_of(const LinearArguments& a, int k, int64_t row, int64_t column, int j) {
  if constexpr (W == WeightsOf::kModels) return a.weights[k];
  if constexpr (W == WeightsOf::kRows) return a.array_weights[row * a.models + k];
  return a.array_weights[k * a.cols + column + j];
}

// One element or one pack from i on (N = 1 or kPack), in the CPU's order of operations.
template <class A, WeightsOf W, int N>
__host__ __device__ inline void combine(const LinearArguments& a, int64_t i) {
  using T = typename A::T;
  const bool delta = a.base.x != nullptr;
  const int64_t row = W != WeightsOf::kModels ? i / a.cols : 0, column = W == WeightsOf::kColumns ? i % a.cols : 0;
  T base[N] = {};
  T sum[N] = {};
  if (delta) load_values<A>(base, a.base, i);
  for (int k = 0; k < a.models; ++k) {
    T v[N];
    load_values<A>(v, a.x[k], i);
#pragma unroll
    for (int j = 0; j < N; ++j) {
      const T w = A::scalar(weight_of<W>(a, k, row, column, j));
      const T value = delta ? A::rounded(subtract(v[j], base[j])) : v[j];
      const T product = A::rounded(multiply(w, value));
      sum[j] = k == 0 ? product : add(sum[j], product);  // starting from 0 would turn a first product of -0 into +0
    }
  }
  const T divisor = A::scalar(a.divisor);
#pragma unroll
  for (int j = 0; j < N; ++j) {
    sum[j] = A::rounded(sum[j]);
    if (divisor != 1) sum[j] = A::rounded(divide(sum[j], divisor));
    if (delta) sum[j] = A::rounded(add(base[j], sum[j]));
  }
  store_values(a.out, a.out_dtype, i, sum);
}

template <class A, WeightsOf W>
__host__ __device__ inline void merge_linear_thread(const LinearArguments& a, int64_t thread, int64_t threads) {
  for_each_pack(a.n, a.packs, thread, threads, [&](int64_t i, auto count) { combine<A, W, decltype(count)::value>(a, i); });
}

}  // namespace wz::cuda
