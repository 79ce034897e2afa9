// Q5_1: as Q4_1 with a fifth bit, that of element i in bit i of qh. v = d q + m, rounded twice.
#pragma once
#include <cstdint>
#include "dtype/f16.h"

namespace wz {

struct __attribute__((packed)) BlockQ5_1 {
  static constexpr int kElements = 32;
  uint16_t d;     // binary16
  uint16_t m;     // binary16
  uint8_t qh[4];  // little-endian
  uint8_t qs[16];
};
static_assert(sizeof(BlockQ5_1) == 24);

static inline float decoded(const BlockQ5_1& b, int i) {
  const int low = i < 16 ? b.qs[i] & 15 : b.qs[i - 16] >> 4;
  const int q = low | (b.qh[i / 8] >> (i % 8) & 1) << 4;
  return static_cast<float>(q) * f32_from_f16(b.d) + f32_from_f16(b.m);
}

}  // namespace wz
