// IQ4_NL: 32 elements, each one of 16 levels that lie denser around 0, one binary16 scale. v = d level[q]. Halves of bytes as in Q4_0.
#pragma once
#include <cstdint>
#include "dtype/f16.h"

namespace wz {

static constexpr int8_t kLevelsIQ4[16] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

struct __attribute__((packed)) BlockIQ4_NL {
  static constexpr int kElements = 32;
  uint16_t d;  // binary16
  uint8_t qs[16];
};
static_assert(sizeof(BlockIQ4_NL) == 18);

static inline float decoded(const BlockIQ4_NL& b, int i) {
  const int q = i < 16 ? b.qs[i] & 15 : b.qs[i - 16] >> 4;
  return f32_from_f16(b.d) * static_cast<float>(kLevelsIQ4[q]);
}

}  // namespace wz
