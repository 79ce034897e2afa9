// out = [base +] (sum_i w_i v_i) / divisor, v = x or x - base: what one of `threads` threads does. One pass, every byte once; each thread
// takes packs of eight elements a grid apart, so that a warp's accesses lie side by side. Also compiled for the host, where tests run it.
#pragma once
#include <cstdint>
#include "common/exact.cuh"
#include "common/pack.cuh"
#include "merge/merge_linear.h"

namespace wz::cuda {

// The sum over the models of one element or one pack (N = 1 or kPack), in the CPU's order of operations.
template <class T, int N, class Load, class Store>
__host__ __device__ inline void combine(const LinearArguments& a, Load&& load, Store&& store) {
  T base[N] = {};
  T sum[N] = {};
  if (a.base.x != nullptr) load(base, a.base);
  for (int k = 0; k < a.models; ++k) {
    T v[N];
    load(v, a.x[k]);
    const T w = static_cast<T>(a.weights[k]);
#pragma unroll
    for (int j = 0; j < N; ++j) {
      const T value = a.base.x != nullptr ? subtract(v[j], base[j]) : v[j];
      const T product = multiply(w, value);
      sum[j] = k == 0 ? product : add(sum[j], product); // starting from 0 would turn a first product of -0 into +0
    }
  }
  const T divisor = static_cast<T>(a.divisor);
#pragma unroll
  for (int j = 0; j < N; ++j) {
    if (divisor != 1) sum[j] = divide(sum[j], divisor);
    if (a.base.x != nullptr) sum[j] = add(base[j], sum[j]);
  }
  store(sum);
}

template <class T>
__host__ __device__ inline void merge_linear_thread(const LinearArguments& a, int64_t thread, int64_t threads) {
  const int64_t packs = a.aligned ? a.n / kPack : 0;
  for (int64_t p = thread; p < packs; p += threads) {
    combine<T, kPack>(
        a, [&](T(&v)[kPack], const wz_model& x) { load_pack(v, x.x, x.dtype, p * kPack); },
        [&](const T(&v)[kPack]) { store_pack(a.out, a.out_dtype, p * kPack, v); });
  }
  for (int64_t i = packs * kPack + thread; i < a.n; i += threads) {
    combine<T, 1>(
        a, [&](T(&v)[1], const wz_model& x) { v[0] = load_one<T>(x.x, x.dtype, i); },
        [&](const T(&v)[1]) { store_one(a.out, a.out_dtype, i, v[0]); });
  }
}

}  // namespace wz::cuda
