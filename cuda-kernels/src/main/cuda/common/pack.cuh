// Eight consecutive elements of a tensor in registers: 16 bytes of a 16-bit type, twice 16 of f32, loaded and stored 128 bits at a time.
// Also compiled for the host, where tests run it.
#pragma once
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cstdint>
#include <cstring>
#include "wootz/dtype.h"

namespace wz::cuda {

constexpr int kPack = 8;

// Bit casts: cuda_fp16.h's own exist on the device alone.
template <class To, class From>
__host__ __device__ inline To bits(From from) {
  static_assert(sizeof(To) == sizeof(From), "a bit cast keeps the size");
  To to;
  memcpy(static_cast<void*>(&to), &from, sizeof to);
  return to;
}

__host__ __device__ inline float f32_from_f16(uint16_t h) { return __half2float(bits<__half>(h)); }
__host__ __device__ inline float f32_from_bf16(uint16_t h) { return bits<float>(static_cast<uint32_t>(h) << 16); }
__host__ __device__ inline uint16_t f16_from_f32(float v) { return bits<uint16_t>(__float2half_rn(v)); }
__host__ __device__ inline uint16_t bf16_from_f32(float v) { return bits<uint16_t>(__float2bfloat16_rn(v)); }

// The truncated value with its last bit set when anything was cut off: rounding it again to a type at least two bits narrower is rounding
// the double once.
__host__ __device__ inline float f32_round_to_odd(double v) {
  const float nearest = static_cast<float>(v);
  const double back = static_cast<double>(nearest);
  uint32_t b = bits<uint32_t>(nearest);
  b -= fabs(back) > fabs(v) ? 1u : 0u;
  b |= back != v ? 1u : 0u;
  return bits<float>(b);
}

__host__ __device__ inline uint16_t f16_from(float v) { return f16_from_f32(v); }
__host__ __device__ inline uint16_t f16_from(double v) { return f16_from_f32(f32_round_to_odd(v)); }
__host__ __device__ inline uint16_t bf16_from(float v) { return bf16_from_f32(v); }
__host__ __device__ inline uint16_t bf16_from(double v) { return bf16_from_f32(f32_round_to_odd(v)); }

// v = p[i], dtype f32, f16 or bf16.
template <class T>
__host__ __device__ inline T load_one(const void* p, int32_t dtype, int64_t i) {
  switch (dtype) {
    case WZ_F32: return static_cast<T>(static_cast<const float*>(p)[i]);
    case WZ_F16: return static_cast<T>(f32_from_f16(static_cast<const uint16_t*>(p)[i]));
    default: return static_cast<T>(f32_from_bf16(static_cast<const uint16_t*>(p)[i]));
  }
}

template <class T>
__host__ __device__ inline void store_one(void* p, int32_t dtype, int64_t i, T v) {
  switch (dtype) {
    case WZ_F32: static_cast<float*>(p)[i] = static_cast<float>(v); break;
    case WZ_F16: static_cast<uint16_t*>(p)[i] = f16_from(v); break;
    default: static_cast<uint16_t*>(p)[i] = bf16_from(v); break;
  }
}

// v[0..8) = p[i..i + 8); p aligned to 16 bytes, i a multiple of 8.
template <class T>
__host__ __device__ inline void load_pack(T (&v)[kPack], const void* p, int32_t dtype, int64_t i) {
  if (dtype == WZ_F32) {
    const auto* q = reinterpret_cast<const float4*>(static_cast<const float*>(p) + i);
    const float4 a = q[0], b = q[1];
    v[0] = a.x, v[1] = a.y, v[2] = a.z, v[3] = a.w, v[4] = b.x, v[5] = b.y, v[6] = b.z, v[7] = b.w;
    return;
  }
  const uint4 w = *reinterpret_cast<const uint4*>(static_cast<const uint16_t*>(p) + i);
  const uint32_t words[4] = {w.x, w.y, w.z, w.w};
  if (dtype == WZ_F16) {
#pragma unroll
    for (int j = 0; j < kPack; ++j) v[j] = f32_from_f16(static_cast<uint16_t>(words[j / 2] >> (j % 2 * 16)));
  } else {
#pragma unroll
    for (int j = 0; j < kPack; ++j) v[j] = f32_from_bf16(static_cast<uint16_t>(words[j / 2] >> (j % 2 * 16)));
  }
}

template <class T>
__host__ __device__ inline void store_pack(void* p, int32_t dtype, int64_t i, const T (&v)[kPack]) {
  if (dtype == WZ_F32) {
    auto* q = reinterpret_cast<float4*>(static_cast<float*>(p) + i);
    q[0] = make_float4(static_cast<float>(v[0]), static_cast<float>(v[1]), static_cast<float>(v[2]), static_cast<float>(v[3]));
    q[1] = make_float4(static_cast<float>(v[4]), static_cast<float>(v[5]), static_cast<float>(v[6]), static_cast<float>(v[7]));
    return;
  }
  uint32_t words[4] = {};
#pragma unroll
  for (int j = 0; j < kPack; ++j) {
    const uint16_t h = dtype == WZ_F16 ? f16_from(v[j]) : bf16_from(v[j]);
    words[j / 2] |= static_cast<uint32_t>(h) << (j % 2 * 16);
  }
  *reinterpret_cast<uint4*>(static_cast<uint16_t*>(p) + i) = make_uint4(words[0], words[1], words[2], words[3]);
}

}  // namespace wz::cuda
