// Q2_K: 256 elements of 2 bits in groups of 16 with a 4-bit scale and a 4-bit minimum. v = (d s) q - (dmin m), each product rounded.
// Half h of the block has 32 bytes; element 32 j + l of the half is bits 2 j, 2 j + 1 of its byte l.
#pragma once
#include <cstdint>
#include "dtype/f16.h"

namespace wz {

struct __attribute__((packed)) BlockQ2_K {
  static constexpr int kElements = 256;
  uint8_t scales[16];  // s in the low half, m in the high one
  uint8_t qs[64];
  uint16_t d;     // binary16
  uint16_t dmin;  // binary16
};
static_assert(sizeof(BlockQ2_K) == 84);

static inline float decoded(const BlockQ2_K& b, int i) {
  const int q = b.qs[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
  const float scale = f32_from_f16(b.d) * static_cast<float>(b.scales[i / 16] & 15);
  const float minimum = f32_from_f16(b.dmin) * static_cast<float>(b.scales[i / 16] >> 4);
  return scale * static_cast<float>(q) - minimum;
}

}  // namespace wz
