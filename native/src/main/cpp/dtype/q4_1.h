// Q4_1: 32 elements of 4 bits from a minimum on. v = d q + m, rounded twice. Elements 0..15 are the low halves of the bytes, 16..31 the high
// ones.
#pragma once
#include <cstdint>
#include "dtype/f16.h"

namespace wz {

struct __attribute__((packed)) BlockQ4_1 {
  static constexpr int kElements = 32;
  uint16_t d;  // binary16
  uint16_t m;  // binary16
  uint8_t qs[16];
};
static_assert(sizeof(BlockQ4_1) == 20);

static inline float decoded(const BlockQ4_1& b, int i) {
  const int q = i < 16 ? b.qs[i] & 15 : b.qs[i - 16] >> 4;
  return static_cast<float>(q) * f32_from_f16(b.d) + f32_from_f16(b.m);
}

}  // namespace wz
