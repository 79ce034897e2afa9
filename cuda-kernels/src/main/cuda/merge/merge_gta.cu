// out = base + lambda * (sum_i w_i d_i m_i) / (sum_i w_i m_i), d = x - base rescaled, m = 1, or with consensus whether d_i w_i has the sign of the whole
// sum: the CPU's order of operations and roundings. With consensus the models are read a second time, from the cache.
#include "common/launch.h"
#include "merge/arithmetic.cuh"
#include "merge/merge_gta.h"

namespace wz::cuda {
namespace {

constexpr int kThreads = 256;

// v = the weighted delta of model k.
template <class A, int N>
__device__ inline void weighted(typename A::T (&v)[N], const typename A::T (&base)[N], const GtaArguments& a, int k, int64_t i) {
  using T = typename A::T;
  load_values<A>(v, a.x[k], i);
  const T rescale = static_cast<T>(a.rescale[k]), weight = A::scalar(a.weights[k]);
#pragma unroll
  for (int j = 0; j < N; ++j) {
    T d = A::rounded(subtract(v[j], base[j]));
    if (rescale != 1) d = A::rounded(multiply(d, rescale));
    v[j] = A::rounded(multiply(d, weight));
  }
}

template <class A, int N>
__device__ inline void combine(const GtaArguments& a, int64_t i) {
  using T = typename A::T;
  T base[N], divisor[N];
  T mix[N] = {};
  load_values<A>(base, a.base, i);
  T weights = 0;
  for (int k = 0; k < a.models; ++k) {
    T v[N];
    weighted<A>(v, base, a, k, i);
    const T weight = A::scalar(a.weights[k]);
    weights = k == 0 ? weight : add(weights, weight);
#pragma unroll
    for (int j = 0; j < N; ++j) mix[j] = k == 0 ? v[j] : add(mix[j], v[j]);
  }
  weights = A::rounded(weights);
  if (fabs(weights) < T(1e-8)) weights = 1;
#pragma unroll
  for (int j = 0; j < N; ++j) {
    mix[j] = A::rounded(mix[j]);
    divisor[j] = weights;
  }
  if (a.consensus) {
    bool positive[N];
#pragma unroll
    for (int j = 0; j < N; ++j) {
      positive[j] = mix[j] >= 0;
      mix[j] = divisor[j] = 0;
    }
    for (int k = 0; k < a.models; ++k) {
      T v[N];
      weighted<A>(v, base, a, k, i);
      const T weight = A::scalar(a.weights[k]);
#pragma unroll
      for (int j = 0; j < N; ++j) {
        const T takes_part = (positive[j] ? v[j] > 0 : v[j] < 0) ? T(1) : T(0);
        mix[j] = add(mix[j], multiply(v[j], takes_part));
        divisor[j] = add(divisor[j], multiply(weight, takes_part));
      }
    }
#pragma unroll
    for (int j = 0; j < N; ++j) {
      mix[j] = A::rounded(mix[j]);
      divisor[j] = A::rounded(divisor[j]);
      if (divisor[j] == 0) divisor[j] = 1;
    }
  }
  const T lambda = static_cast<T>(a.lambda);
#pragma unroll
  for (int j = 0; j < N; ++j) {
    if (a.normalize) mix[j] = A::rounded(divide(mix[j], divisor[j]));
    if (lambda != 1) mix[j] = A::rounded(multiply(mix[j], lambda));
    mix[j] = A::rounded(add(mix[j], base[j]));
  }
  store_values(a.out, a.out_dtype, i, mix);
}

template <class A>
__global__ void __launch_bounds__(kThreads, 2) merge_gta_kernel(const __grid_constant__ GtaArguments a) {
  const int64_t thread = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  for_each_pack(a.n, a.packs, thread, static_cast<int64_t>(gridDim.x) * kThreads,
                [&](int64_t i, auto count) { combine<A, decltype(count)::value>(a, i); });
}

}  // namespace

void merge_gta(const GtaArguments& arguments, int32_t arithmetic, cudaStream_t stream) {
  with_arithmetic(arithmetic, [&](auto policy) {
    const auto kernel = merge_gta_kernel<decltype(policy)>;
    const int64_t parts = ceil_divide(arguments.packs ? ceil_divide(arguments.n, kPack) : arguments.n, kThreads);
    kernel<<<resident_blocks(kernel, kThreads, parts), kThreads, 0, stream>>>(arguments);
  });
  check(cudaGetLastError());
}

}  // namespace wz::cuda
