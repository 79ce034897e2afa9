// One block as float32, in loops over neighbouring bytes that vectorise. Each is the formula of the type's header in another order of elements;
// products and sums round where the formula rounds.
#pragma once
#include <cstdint>
#include "dtype/block_types.h"
#include "simd.h"

namespace wz::WZ_ISA {
namespace {

#define WZ_INLINE inline __attribute__((always_inline))

// v[l] = (half of bytes[l] - zero) d
WZ_INLINE void low_halves(float* v, const uint8_t* bytes, int n, int zero, float d) {
  for (int l = 0; l < n; ++l) v[l] = static_cast<float>((bytes[l] & 15) - zero) * d;
}
WZ_INLINE void high_halves(float* v, const uint8_t* bytes, int n, int zero, float d) {
  for (int l = 0; l < n; ++l) v[l] = static_cast<float>((bytes[l] >> 4) - zero) * d;
}

WZ_INLINE void decode(float* v, const BlockQ4_0& b) {
  const float d = widened_f16(b.d);
  low_halves(v, b.qs, 16, 8, d);
  high_halves(v + 16, b.qs, 16, 8, d);
}

WZ_INLINE void decode(float* v, const BlockQ4_1& b) {
  const float d = widened_f16(b.d), m = widened_f16(b.m);
  for (int l = 0; l < 16; ++l) v[l] = static_cast<float>(b.qs[l] & 15) * d + m;
  for (int l = 0; l < 16; ++l) v[16 + l] = static_cast<float>(b.qs[l] >> 4) * d + m;
}

// q[32] = the five bits of each element.
template <class Block>
WZ_INLINE void five_bits(int32_t* q, const Block& b) {
  const uint32_t high = static_cast<uint32_t>(b.qh[0]) | static_cast<uint32_t>(b.qh[1]) << 8 | static_cast<uint32_t>(b.qh[2]) << 16 |
                        static_cast<uint32_t>(b.qh[3]) << 24;
  for (int l = 0; l < 16; ++l) q[l] = static_cast<int32_t>((b.qs[l] & 15u) | (high >> l & 1u) << 4);
  for (int l = 0; l < 16; ++l) q[16 + l] = static_cast<int32_t>(b.qs[l] >> 4 | (high >> (16 + l) & 1u) << 4);
}

WZ_INLINE void decode(float* v, const BlockQ5_0& b) {
  const float d = widened_f16(b.d);
  alignas(64) int32_t q[32];
  five_bits(q, b);
  for (int l = 0; l < 32; ++l) v[l] = static_cast<float>(q[l] - 16) * d;
}

WZ_INLINE void decode(float* v, const BlockQ5_1& b) {
  const float d = widened_f16(b.d), m = widened_f16(b.m);
  alignas(64) int32_t q[32];
  five_bits(q, b);
  for (int l = 0; l < 32; ++l) v[l] = static_cast<float>(q[l]) * d + m;
}

WZ_INLINE void decode(float* v, const BlockQ8_0& b) {
  const float d = widened_f16(b.d);
  for (int l = 0; l < 32; ++l) v[l] = static_cast<float>(b.qs[l]) * d;
}

WZ_INLINE void decode(float* v, const BlockQ2_K& b) {
  const float d = widened_f16(b.d), dmin = widened_f16(b.dmin);
  for (int k = 0; k < 16; ++k, v += 16) {
    const float scale = d * static_cast<float>(b.scales[k] & 15), minimum = dmin * static_cast<float>(b.scales[k] >> 4);
    const uint8_t* bytes = b.qs + k / 8 * 32 + k % 2 * 16;
    const int shift = k % 8 / 2 * 2;
    for (int l = 0; l < 16; ++l) v[l] = scale * static_cast<float>(bytes[l] >> shift & 3) - minimum;
  }
}

WZ_INLINE void decode(float* v, const BlockQ3_K& b) {
  const float d = widened_f16(b.d);
  for (int k = 0; k < 16; ++k, v += 16) {
    const float scale = d * static_cast<float>(scale_of(b, k) - 32);
    const uint8_t* bytes = b.qs + k / 8 * 32 + k % 2 * 16;
    const uint8_t* high = b.hmask + k % 2 * 16;
    const int shift = k % 8 / 2 * 2, bit = k / 2;
    for (int l = 0; l < 16; ++l) v[l] = scale * static_cast<float>(((bytes[l] >> shift & 3) | (high[l] >> bit & 1) << 2) - 4);
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
  for (int k = 0; k < 16; ++k, v += 16) {
    const float scale = d * static_cast<float>(b.scales[k]);
    const int j = k % 8 / 2, at = k % 2 * 16;
    const uint8_t* low = b.ql + k / 8 * 64 + j % 2 * 32 + at;
    const uint8_t* high = b.qh + k / 8 * 32 + at;
    const int low_shift = j / 2 * 4, high_shift = j * 2;
    for (int l = 0; l < 16; ++l) v[l] = scale * static_cast<float>(((low[l] >> low_shift & 15) | (high[l] >> high_shift & 3) << 4) - 32);
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
