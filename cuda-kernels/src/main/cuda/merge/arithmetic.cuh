// The four arithmetics of wootz/merge.h: the type of a step, and what its result is rounded to. Also compiled for the host.
#pragma once
#include "common/exact.cuh"
#include "common/pack.cuh"
#include "wootz/merge.h"

namespace wz::cuda {

struct F32 {
  using T = float;
  __host__ __device__ static float rounded(float v) { return v; }
  __host__ __device__ static float scalar(double v) { return static_cast<float>(v); }
};

struct F64 {
  using T = double;
  __host__ __device__ static double rounded(double v) { return v; }
  __host__ __device__ static double scalar(double v) { return v; }
};

struct Bf16 {
  using T = float;
  __host__ __device__ static float rounded(float v) { return f32_from_bf16(bf16_from_f32(v)); }
  __host__ __device__ static float scalar(double v) { return rounded(static_cast<float>(v)); }
};

struct F16 {
  using T = float;
  __host__ __device__ static float rounded(float v) { return f32_from_f16(f16_from_f32(v)); }
  __host__ __device__ static float scalar(double v) { return rounded(static_cast<float>(v)); }
};

// f(F32{}) for WZ_ARITHMETIC_F32 and so on; the arithmetic is checked.
template <class F>
void with_arithmetic(int32_t arithmetic, F&& f) {
  switch (arithmetic) {
    case WZ_ARITHMETIC_F32: f(F32{}); break;
    case WZ_ARITHMETIC_F64: f(F64{}); break;
    case WZ_ARITHMETIC_BF16: f(Bf16{}); break;
    default: f(F16{}); break;
  }
}

// N elements of a model from i on, one or a pack, as the arithmetic sees them.
template <class A, int N>
__host__ __device__ inline void load_values(typename A::T (&v)[N], const wz_model& x, int64_t i) {
  static_assert(N == 1 || N == kPack);
  if constexpr (N == 1) {
    v[0] = load_one<typename A::T>(x.x, x.dtype, i);
  } else {
    load_pack(v, x.x, x.dtype, i);
  }
#pragma unroll
  for (int j = 0; j < N; ++j) v[j] = A::rounded(v[j]);
}

template <class T, int N>
__host__ __device__ inline void store_values(void* out, int32_t dtype, int64_t i, const T (&v)[N]) {
  if constexpr (N == 1) {
    store_one(out, dtype, i, v[0]);
  } else {
    store_pack(out, dtype, i, v);
  }
}

// f(first element, packs of kPack or single elements as a constant) for what one of `threads` threads does of n elements: packs a grid apart, so that
// a warp's accesses lie side by side, and single elements where packs cannot be.
template <int N>
struct Count {
  static constexpr int value = N;
};
template <class F>
__host__ __device__ inline void for_each_pack(int64_t n, bool packs_allowed, int64_t thread, int64_t threads, F&& f) {
  const int64_t packs = packs_allowed ? n / kPack : 0;
  for (int64_t p = thread; p < packs; p += threads) f(p * kPack, Count<kPack>{});
  for (int64_t i = packs * kPack + thread; i < n; i += threads) f(i, Count<1>{});
}

}  // namespace wz::cuda
