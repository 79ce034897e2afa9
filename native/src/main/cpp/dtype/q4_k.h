// Q4_K: 256 elements of 4 bits in groups of 32 with a 6-bit scale and a 6-bit minimum. v = (d s) q - (dmin m), each product rounded.
// Groups 2 p and 2 p + 1 share bytes 32 p..32 p + 31: the even group has the low halves.
#pragma once
#include <cstdint>
#include "dtype/f16.h"
#include "dtype/k_scales.h"

namespace wz {

struct __attribute__((packed)) BlockQ4_K {
  static constexpr int kElements = 256;
  uint16_t d;          // binary16
  uint16_t dmin;       // binary16
  uint8_t scales[12];  // k_scales.h
  uint8_t qs[128];
};
static_assert(sizeof(BlockQ4_K) == 144);

static inline float decoded(const BlockQ4_K& b, int i) {
  const int q = b.qs[i / 64 * 32 + i % 32] >> (i / 32 % 2 * 4) & 15;
  const float scale = f32_from_f16(b.d) * static_cast<float>(k_scale(b.scales, i / 32));
  const float minimum = f32_from_f16(b.dmin) * static_cast<float>(k_minimum(b.scales, i / 32));
  return scale * static_cast<float>(q) - minimum;
}

}  // namespace wz
