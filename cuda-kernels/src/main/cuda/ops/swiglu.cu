// out = silu(gate) * up = gate / (1 + exp(-gate)) * up, four elements a thread. Every byte once.
#include "common/elementary.cuh"
#include "common/launch.h"
#include "ops/transformer.h"

namespace wz::cuda {
namespace {

constexpr int kThreads = 256;

__device__ inline float gated(float gate, float up) { return multiply(divide(gate, add(1.0f, exp_f32(-gate))), up); }

__global__ void __launch_bounds__(kThreads) swiglu_vector_kernel(float4* out, const float4* gate, const float4* up, int64_t n) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i >= n) return;
  const float4 g = gate[i], u = up[i];
  out[i] = make_float4(gated(g.x, u.x), gated(g.y, u.y), gated(g.z, u.z), gated(g.w, u.w));
}

__global__ void __launch_bounds__(kThreads) swiglu_kernel(float* out, const float* gate, const float* up, int64_t n) {
  const int64_t i = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (i < n) out[i] = gated(gate[i], up[i]);
}

bool in_vectors(const void* p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; }

}  // namespace

void swiglu(float* out, const float* gate, const float* up, int64_t n, cudaStream_t stream) {
  if (n % 4 == 0 && in_vectors(out) && in_vectors(gate) && in_vectors(up)) {
    swiglu_vector_kernel<<<blocks_of(ceil_divide(n / 4, kThreads)), kThreads, 0, stream>>>(
        reinterpret_cast<float4*>(out), reinterpret_cast<const float4*>(gate), reinterpret_cast<const float4*>(up), n / 4);
  } else {
    swiglu_kernel<<<blocks_of(ceil_divide(n, kThreads)), kThreads, 0, stream>>>(out, gate, up, n);
  }
  check(cudaGetLastError());
}

}  // namespace wz::cuda
