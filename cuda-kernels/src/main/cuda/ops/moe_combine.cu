// out [tokens, cols] += sum over j in order of weight[t, j] * y[place[t, j]], four columns a thread (or one). No atomics: the order is that of the
// choice.
#include "common/exact.cuh"
#include "common/launch.h"
#include "common/pack.cuh"
#include "ops/transformer.h"

namespace wz::cuda {
namespace {

constexpr int kThreads = 256;

struct Combination {
  float* out;
  const float* y;
  const int32_t* place;
  const float* weight;
  int64_t assignments;
  int32_t k;
  int64_t cols;
  unsigned blocks_per_row;
};

__device__ inline float4 weighted(float w, float4 v) { return make_float4(multiply(w, v.x), multiply(w, v.y), multiply(w, v.z), multiply(w, v.w)); }
__device__ inline float weighted(float w, float v) { return multiply(w, v); }
__device__ inline float4 sum_of(float4 a, float4 b) { return make_float4(add(a.x, b.x), add(a.y, b.y), add(a.z, b.z), add(a.w, b.w)); }
__device__ inline float sum_of(float a, float b) { return add(a, b); }
__device__ inline void set(float4& v, float to) { v = make_float4(to, to, to, to); }
__device__ inline void set(float& v, float to) { v = to; }

// V: float4 or float; a.cols counts them.
template <class V>
__global__ void __launch_bounds__(kThreads) moe_combine_kernel(const __grid_constant__ Combination a) {
  const int64_t token = blockIdx.x / a.blocks_per_row;
  const int64_t c = static_cast<int64_t>(blockIdx.x % a.blocks_per_row) * kThreads + threadIdx.x;
  if (c >= a.cols) return;
  V sum;
  set(sum, 0);
  for (int32_t j = 0; j < a.k; ++j) {
    const int32_t at = a.place[token * a.k + j];
    V v;
    set(v, bits<float>(0x7FC00000u));
    if (at >= 0 && at < a.assignments) v = reinterpret_cast<const V*>(a.y)[at * a.cols + c];
    sum = sum_of(sum, weighted(a.weight[token * a.k + j], v));
  }
  V* out = reinterpret_cast<V*>(a.out) + token * a.cols + c;
  *out = sum_of(*out, sum);
}

}  // namespace

void moe_combine(float* out, const float* y, const int32_t* place, const float* weight, int64_t tokens, int32_t k, int64_t cols, cudaStream_t stream) {
  const bool vectors = cols % 4 == 0 && (reinterpret_cast<uintptr_t>(out) | reinterpret_cast<uintptr_t>(y)) % 16 == 0;
  const int64_t columns = vectors ? cols / 4 : cols;
  const int64_t per_row = ceil_divide(columns, kThreads);
  const Combination a = {out, y, place, weight, tokens * k, k, columns, static_cast<unsigned>(per_row)};
  const unsigned blocks = blocks_of(tokens * per_row);
  if (vectors) {
    moe_combine_kernel<float4><<<blocks, kThreads, 0, stream>>>(a);
  } else {
    moe_combine_kernel<float><<<blocks, kThreads, 0, stream>>>(a);
  }
  check(cudaGetLastError());
}

}  // namespace wz::cuda
