// Q4_0: 32 elements of 4 bits around 0, one binary16 scale. v = d (q - 8). Elements 0..15 are the low halves of the bytes, 16..31 the high
// ones.
#pragma once
#include <cstdint>
#include "dtype/f16.h"

namespace wz {

struct __attribute__((packed)) BlockQ4_0 {
  static constexpr int kElements = 32;
  uint16_t d;      // binary16
  uint8_t qs[16];
};
static_assert(sizeof(BlockQ4_0) == 18);

static inline float decoded(const BlockQ4_0& b, int i) {
  const int q = i < 16 ? b.qs[i] & 15 : b.qs[i - 16] >> 4;
  return static_cast<float>(q - 8) * f32_from_f16(b.d);
}

}  // namespace wz
