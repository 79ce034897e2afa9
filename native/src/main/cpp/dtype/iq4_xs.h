// IQ4_XS: 256 elements in groups of 32 with the levels of IQ4_NL and a 6-bit scale. v = (d (s - 32)) level[q]. Halves of bytes as in Q4_0.
#pragma once
#include <cstdint>
#include "dtype/f16.h"
#include "dtype/iq4_nl.h"

namespace wz {

struct __attribute__((packed)) BlockIQ4_XS {
  static constexpr int kElements = 256;
  uint16_t d;            // binary16
  uint16_t scales_h;     // bits 2 k, 2 k + 1: the upper bits of scale k
  uint8_t scales_l[4];   // the low 4 bits of scales 2 k and 2 k + 1
  uint8_t qs[128];
};
static_assert(sizeof(BlockIQ4_XS) == 136);

static inline int scale_of(const BlockIQ4_XS& b, int k) {
  return (b.scales_l[k / 2] >> (k % 2 * 4) & 15) | (b.scales_h >> (2 * k) & 3) << 4;
}

static inline float decoded(const BlockIQ4_XS& b, int i) {
  const int q = b.qs[i / 32 * 16 + i % 16] >> (i % 32 / 16 * 4) & 15;
  return f32_from_f16(b.d) * static_cast<float>(scale_of(b, i / 32) - 32) * static_cast<float>(kLevelsIQ4[q]);
}

}  // namespace wz
