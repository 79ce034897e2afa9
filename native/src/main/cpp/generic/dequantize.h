// One block as float32, in loops over neighbouring bytes that vectorise. Each is the formula of the type's header in another order of elements;
// products and sums round where the formula rounds.
#pragma once
#include <cstdint>
#include <cstring>
#include "dtype/block_types.h"
#include "simd.h"

namespace wz::WZ_ISA {
namespace {

#define WZ_INLINE inline __attribute__((always_inline))

// q[32] = the low halves of 16 bytes, then the high ones. Through a vector of bytes: loops of sixteen the compiler unrolls before it could vectorise
// them for AVX2, and for all it knows the bytes of the block lie in v.
using Bytes16 = uint8_t __attribute__((vector_size(16)));

WZ_INLINE void halves(uint8_t* q, const uint8_t* bytes) {
  Bytes16 both;
  std::memcpy(&both, bytes, 16);
  const Bytes16 low = both & 15, high = both >> 4;
  std::memcpy(q, &low, 16);
  std::memcpy(q + 16, &high, 16);
}

// s[32] = the scales of two groups of 16.
WZ_INLINE void spread(float* s, float first, float second) {
  for (int l = 0; l < 16; ++l) s[l] = first;
  for (int l = 0; l < 16; ++l) s[16 + l] = second;
}

WZ_INLINE void decode(float* v, const BlockQ4_0& b) {
  const float d = widened_f16(b.d);
  alignas(32) uint8_t q[32];
  halves(q, b.qs);
  for (int l = 0; l < 32; ++l) v[l] = static_cast<float>(q[l] - 8) * d;
}

WZ_INLINE void decode(float* v, const BlockQ4_1& b) {
  const float d = widened_f16(b.d), m = widened_f16(b.m);
  alignas(32) uint8_t q[32];
  halves(q, b.qs);
  for (int l = 0; l < 32; ++l) v[l] = static_cast<float>(q[l]) * d + m;
}

template <class Block>
WZ_INLINE uint32_t fifth_bits(const Block& b) {
  return static_cast<uint32_t>(b.qh[0]) | static_cast<uint32_t>(b.qh[1]) << 8 | static_cast<uint32_t>(b.qh[2]) << 16 |
         static_cast<uint32_t>(b.qh[3]) << 24;
}

WZ_INLINE void decode(float* v, const BlockQ5_0& b) {
  const float d = widened_f16(b.d);
  const uint32_t high = fifth_bits(b);
  alignas(32) uint8_t q[32];
  halves(q, b.qs);
  for (int l = 0; l < 32; ++l) v[l] = static_cast<float>(static_cast<int32_t>(q[l] | (high >> l & 1u) << 4) - 16) * d;
}

WZ_INLINE void decode(float* v, const BlockQ5_1& b) {
  const float d = widened_f16(b.d), m = widened_f16(b.m);
  const uint32_t high = fifth_bits(b);
  alignas(32) uint8_t q[32];
  halves(q, b.qs);
  for (int l = 0; l < 32; ++l) v[l] = static_cast<float>(static_cast<int32_t>(q[l] | (high >> l & 1u) << 4)) * d + m;
}

WZ_INLINE void decode(float* v, const BlockQ8_0& b) {
  const float d = widened_f16(b.d);
  for (int l = 0; l < 32; ++l) v[l] = static_cast<float>(b.qs[l]) * d;
}

WZ_INLINE void decode(float* v, const BlockQ2_K& b) {
  const float d = widened_f16(b.d), dmin = widened_f16(b.dmin);
  for (int j = 0; j < 8; ++j, v += 32) {
    const uint8_t first = b.scales[2 * j], second = b.scales[2 * j + 1];
    alignas(64) float scale[32], minimum[32];
    spread(scale, d * static_cast<float>(first & 15), d * static_cast<float>(second & 15));
    spread(minimum, dmin * static_cast<float>(first >> 4), dmin * static_cast<float>(second >> 4));
    alignas(32) uint8_t q[32];
    for (int l = 0; l < 32; ++l) q[l] = b.qs[j / 4 * 32 + l] >> (j % 4 * 2) & 3;
    for (int l = 0; l < 32; ++l) v[l] = scale[l] * static_cast<float>(q[l]) - minimum[l];
  }
}

WZ_INLINE void decode(float* v, const BlockQ3_K& b) {
  const float d = widened_f16(b.d);
  for (int j = 0; j < 8; ++j, v += 32) {
    alignas(64) float scale[32];
    spread(scale, d * static_cast<float>(scale_of(b, 2 * j) - 32), d * static_cast<float>(scale_of(b, 2 * j + 1) - 32));
    alignas(32) uint8_t q[32];
    for (int l = 0; l < 32; ++l) {
      q[l] = static_cast<uint8_t>((b.qs[j / 4 * 32 + l] >> (j % 4 * 2) & 3) | (b.hmask[l] >> j & 1) << 2);
    }
    for (int l = 0; l < 32; ++l) v[l] = scale[l] * static_cast<float>(q[l] - 4);
  }
}

WZ_INLINE void decode(float* v, const BlockQ4_K& b) {
  const float d = widened_f16(b.d), dmin = widened_f16(b.dmin);
  for (int p = 0; p < 4; ++p, v += 64) {
    const uint8_t* bytes = b.qs + 32 * p;
    const float scale0 = d * static_cast<float>(k_scale(b.scales, 2 * p)), scale1 = d * static_cast<float>(k_scale(b.scales, 2 * p + 1));
    const float min0 = dmin * static_cast<float>(k_minimum(b.scales, 2 * p)), min1 = dmin * static_cast<float>(k_minimum(b.scales, 2 * p + 1));
    for (int l = 0; l < 32; ++l) v[l] = scale0 * static_cast<float>(bytes[l] & 15) - min0;
    for (int l = 0; l < 32; ++l) v[32 + l] = scale1 * static_cast<float>(bytes[l] >> 4) - min1;
  }
}

WZ_INLINE void decode(float* v, const BlockQ5_K& b) {
  const float d = widened_f16(b.d), dmin = widened_f16(b.dmin);
  for (int k = 0; k < 8; ++k, v += 32) {
    const uint8_t* bytes = b.qs + k / 2 * 32;
    const float scale = d * static_cast<float>(k_scale(b.scales, k)), minimum = dmin * static_cast<float>(k_minimum(b.scales, k));
    const int shift = k % 2 * 4;
    for (int l = 0; l < 32; ++l) v[l] = scale * static_cast<float>((bytes[l] >> shift & 15) | (b.qh[l] >> k & 1) << 4) - minimum;
  }
}

WZ_INLINE void decode(float* v, const BlockQ6_K& b) {
  const float d = widened_f16(b.d);
  for (int j = 0; j < 8; ++j, v += 32) {
    alignas(64) float scale[32];
    spread(scale, d * static_cast<float>(b.scales[2 * j]), d * static_cast<float>(b.scales[2 * j + 1]));
    const uint8_t* low = b.ql + j / 4 * 64 + j % 2 * 32;
    const uint8_t* high = b.qh + j / 4 * 32;
    alignas(32) uint8_t q[32];
    for (int l = 0; l < 32; ++l) q[l] = static_cast<uint8_t>((low[l] >> (j % 4 / 2 * 4) & 15) | (high[l] >> (j % 4 * 2) & 3) << 4);
    for (int l = 0; l < 32; ++l) v[l] = scale[l] * static_cast<float>(q[l] - 32);
  }
}

WZ_INLINE void decode(float* v, const BlockIQ4_NL& b) {
  const float d = widened_f16(b.d);
  for (int l = 0; l < 16; ++l) v[l] = d * static_cast<float>(kLevelsIQ4[b.qs[l] & 15]);
  for (int l = 0; l < 16; ++l) v[16 + l] = d * static_cast<float>(kLevelsIQ4[b.qs[l] >> 4]);
}

WZ_INLINE void decode(float* v, const BlockIQ4_XS& b) {
  const float d = widened_f16(b.d);
  for (int k = 0; k < 8; ++k, v += 32) {
    const float scale = d * static_cast<float>(scale_of(b, k) - 32);
    const uint8_t* bytes = b.qs + 16 * k;
    for (int l = 0; l < 16; ++l) v[l] = scale * static_cast<float>(kLevelsIQ4[bytes[l] & 15]);
    for (int l = 0; l < 16; ++l) v[16 + l] = scale * static_cast<float>(kLevelsIQ4[bytes[l] >> 4]);
  }
}

WZ_INLINE void decode(float* v, const BlockTQ1_0& b) {
  const float d = widened_f16(b.d);
  for (int k = 0; k < 5; ++k) {
    for (int l = 0; l < 32; ++l) v[32 * k + l] = static_cast<float>(trit(b.qs[l], k) - 1) * d;
    for (int l = 0; l < 16; ++l) v[160 + 16 * k + l] = static_cast<float>(trit(b.qs[32 + l], k) - 1) * d;
  }
  for (int k = 0; k < 4; ++k) {
    for (int l = 0; l < 4; ++l) v[240 + 4 * k + l] = static_cast<float>(trit(b.qh[l], k) - 1) * d;
  }
}

WZ_INLINE void decode(float* v, const BlockTQ2_0& b) {
  const float d = widened_f16(b.d);
  for (int k = 0; k < 8; ++k, v += 32) {
    const uint8_t* bytes = b.qs + k / 4 * 32;
    const int shift = k % 4 * 2;
    for (int l = 0; l < 32; ++l) v[l] = static_cast<float>((bytes[l] >> shift & 3) - 1) * d;
  }
}

WZ_INLINE void decode(float* v, const BlockMXFP4& b) {
  const float d = half_of_e8m0(b.e);
  for (int l = 0; l < 16; ++l) v[l] = static_cast<float>(kDoubledE2M1[b.qs[l] & 15]) * d;
  for (int l = 0; l < 16; ++l) v[16 + l] = static_cast<float>(kDoubledE2M1[b.qs[l] >> 4]) * d;
}

#undef WZ_INLINE

}  // namespace
}  // namespace wz::WZ_ISA
