// The 16-bit types that the tensor cores multiply.
#pragma once
#include <cstdint>
#include "common/pack.cuh"
#include "common/ptx.cuh"

namespace wz::cuda {

struct F16 {
  static __device__ uint32_t pack(float lower, float upper) { return bits<uint32_t>(__floats2half2_rn(lower, upper)); }
  static __device__ float2 unpack(uint32_t pair) { return __half22float2(bits<__half2>(pair)); }
  static __device__ void mma(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) { ptx::mma_m16n8k16_f16(c, a, b); }
  static constexpr uint32_t kOnes = 0x3C003C00u;
};

struct Bf16 {
  static __device__ uint32_t pack(float lower, float upper) { return bits<uint32_t>(__floats2bfloat162_rn(lower, upper)); }
  static __device__ float2 unpack(uint32_t pair) { return make_float2(bits<float>(pair << 16), bits<float>(pair & 0xFFFF0000u)); }
  static __device__ void mma(float (&c)[4], const uint32_t (&a)[4], const uint32_t (&b)[2]) { ptx::mma_m16n8k16_bf16(c, a, b); }
  static constexpr uint32_t kOnes = 0x3F803F80u;
};

}  // namespace wz::cuda
