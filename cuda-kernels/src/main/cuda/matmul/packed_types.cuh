// The packed types in registers: A fragments of mma.sync from the bytes of a unit in shared memory (packed_layout.h), and the float32 scales
// of rows r and r + 8, lane = 4 r + t.
#pragma once
#include <cuda_fp16.h>
#include <cstdint>
#include "common/pack.cuh"
#include "matmul/packed_layout.h"

namespace wz::cuda {

// A quant of a type around zero stands at the top of its byte: it is the signed number times 2^(8 - bits).
template <int32_t kType>
struct PackedType {
  static constexpr bool kSigned = kLayoutOf<kType>.offset != 0 || kLayoutOf<kType>.bits == 8;
  static constexpr bool kMinimum = !kSigned;
  static constexpr float kUnit = kSigned ? 1.0f / (1 << (8 - kLayoutOf<kType>.bits)) : 1.0f;  // of the integer product, in weights
  static constexpr int kQuants = 0, kHigh = kLayoutOf<kType>.quants, kScales = kHigh + kLayoutOf<kType>.high, kCommon = kScales + kLayoutOf<kType>.scales;
  static constexpr int kBytes = kCommon + kLayoutOf<kType>.common;  // of a unit in shared memory: its planes, and what it shares with its neighbour
};

__device__ inline uint32_t shifted_left(uint32_t v, int n) { return n >= 0 ? v << n : v >> -n; }

// a[j] of block b (0 .. 3), and so for every lane.
template <int32_t kType>
__device__ inline void fragment(uint32_t (&a)[4], const uint4& low, const uint32_t* high, int b) {
  if constexpr (kLayoutOf<kType>.bits == 8) {
    a[0] = low.x, a[1] = low.y, a[2] = low.z, a[3] = low.w;
  } else {
    const uint32_t words[2] = {(b & 1) != 0 ? low.z : low.x, (b & 1) != 0 ? low.w : low.y};
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const uint32_t w = words[j >> 1];
      const bool upper = (j & 1) != 0;
      if constexpr (kLayoutOf<kType>.bits == 4) {
        if constexpr (kLayoutOf<kType>.offset != 0) {
          a[j] = (upper ? w : w << 4) & 0xF0F0F0F0u;
        } else {
          a[j] = (upper ? w >> 4 : w) & 0x0F0F0F0Fu;
        }
      } else if constexpr (kLayoutOf<kType>.bits == 5) {
        const int bit = 4 * (b & 1) + j;
        if constexpr (kLayoutOf<kType>.offset != 0) {
          a[j] = ((upper ? w >> 1 : w << 3) & 0x78787878u) | (high[b >> 1] << (7 - bit) & 0x80808080u);
        } else {
          a[j] = ((upper ? w >> 4 : w) & 0x0F0F0F0Fu) | (shifted_left(high[b >> 1], 4 - bit) & 0x10101010u);
        }
      } else {
        a[j] = ((upper ? w >> 2 : w << 2) & 0x3C3C3C3Cu) | (high[b] << (6 - 2 * j) & 0xC0C0C0C0u);
      }
    }
  }
}

// Byte k of word as a float, by way of the number 2^23 + byte.
__device__ inline float byte_value(uint32_t word, int k) { return __uint_as_float(__byte_perm(word, 0x4B000000u, 0x7440u | static_cast<uint32_t>(k))) - 8388608.0f; }

// Scales and minima of a unit: of 32 columns each, for rows r and r + 8. q6_k: of 16 columns.
template <int32_t kType>
struct UnitScales {
  static constexpr int kParts = kType == WZ_Q6_K ? 8 : 4;
  float scale[2][kParts], minimum[2][PackedType<kType>::kMinimum ? kParts : 1];

  // second: the unit is the second one of its record.
  __device__ void load(const uint8_t* unit, int r, bool second) {
    using Type = PackedType<kType>;
    if constexpr (kType == WZ_Q6_K) {
      const uint32_t d = *reinterpret_cast<const uint32_t*>(unit + Type::kCommon + 4 * r);
      const uint4 line = *reinterpret_cast<const uint4*>(unit + Type::kScales + 16 * r);
      const uint32_t words[4] = {line.x, line.y, line.z, line.w};
#pragma unroll
      for (int row = 0; row < 2; ++row) {
        const float factor = f32_from_f16(static_cast<uint16_t>(d >> 16 * row)) * Type::kUnit;
#pragma unroll
        for (int k = 0; k < kParts; ++k) {
          scale[row][k] = factor * (byte_value(words[2 * row + k / 4] ^ 0x80808080u, k % 4) - 128.0f);
        }
      }
    } else if constexpr (kLayoutOf<kType>.units == 2) {
#pragma unroll
      for (int row = 0; row < 2; ++row) {
        const uint4 header = *reinterpret_cast<const uint4*>(unit + Type::kCommon + 16 * (r + 8 * row));
        const float d = f32_from_f16(static_cast<uint16_t>(header.x)), least = f32_from_f16(static_cast<uint16_t>(header.x >> 16));
        const uint32_t scales = second ? (header.w & 0x0F0F0F0Fu) | (header.y >> 2 & 0x30303030u) : header.y & 0x3F3F3F3Fu;
        const uint32_t minima = second ? (header.w >> 4 & 0x0F0F0F0Fu) | (header.z >> 2 & 0x30303030u) : header.z & 0x3F3F3F3Fu;
#pragma unroll
        for (int k = 0; k < kParts; ++k) {
          scale[row][k] = d * byte_value(scales, k);
          minimum[row][k] = -(least * byte_value(minima, k));
        }
      }
    } else {
      halves(scale, unit + Type::kScales + 16 * r, Type::kUnit);
      if constexpr (Type::kMinimum) halves(minimum, unit + Type::kScales + 128 + 16 * r, 1.0f);
    }
  }

 private:
  __device__ static void halves(float (&to)[2][kParts], const uint8_t* line, float unit) {
    const uint4 four = *reinterpret_cast<const uint4*>(line);
    const uint32_t words[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
    for (int k = 0; k < 8; ++k) to[k / 4][k % 4] = f32_from_f16(static_cast<uint16_t>(words[k / 2] >> (k % 2 * 16))) * unit;
  }
};

}  // namespace wz::cuda
