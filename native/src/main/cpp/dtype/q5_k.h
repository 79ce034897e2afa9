// Q5_K: as Q4_K with a fifth bit, that of element l of group k in bit k of qh[l]. v = (d s) q - (dmin m), each product rounded.
#pragma once
#include <cstdint>
#include "dtype/f16.h"
#include "dtype/k_scales.h"

namespace wz {

struct __attribute__((packed)) BlockQ5_K {
  static constexpr int kElements = 256;
  uint16_t d;          // binary16
  uint16_t dmin;       // binary16
  uint8_t scales[12];  // k_scales.h
  uint8_t qh[32];
  uint8_t qs[128];
};
static_assert(sizeof(BlockQ5_K) == 176);

static inline float decoded(const BlockQ5_K& b, int i) {
  const int low = b.qs[i / 64 * 32 + i % 32] >> (i / 32 % 2 * 4) & 15;
  const int q = low | (b.qh[i % 32] >> (i / 32) & 1) << 4;
  const float scale = f32_from_f16(b.d) * static_cast<float>(k_scale(b.scales, i / 32));
  const float minimum = f32_from_f16(b.dmin) * static_cast<float>(k_minimum(b.scales, i / 32));
  return scale * static_cast<float>(q) - minimum;
}

}  // namespace wz
