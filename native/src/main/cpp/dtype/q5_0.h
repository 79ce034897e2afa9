// Q5_0: as Q4_0 with a fifth bit, that of element i in bit i of qh. v = d (q - 16).
#pragma once
#include <cstdint>
#include "dtype/f16.h"

namespace wz {

struct __attribute__((packed)) BlockQ5_0 {
  static constexpr int kElements = 32;
  uint16_t d;     // binary16
  uint8_t qh[4];  // little-endian
  uint8_t qs[16];
};
static_assert(sizeof(BlockQ5_0) == 22);

static inline float decoded(const BlockQ5_0& b, int i) {
  const int low = i < 16 ? b.qs[i] & 15 : b.qs[i - 16] >> 4;
  const int q = low | (b.qh[i / 8] >> (i % 8) & 1) << 4;
  return static_cast<float>(q - 16) * f32_from_f16(b.d);
}

}  // namespace wz
