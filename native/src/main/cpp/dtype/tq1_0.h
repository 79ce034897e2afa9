// TQ1_0: 256 elements of -1, 0, 1, five in a byte. v = d (t - 1). A byte is ceil(256/243 x), x a number of five base-3 digits, so that the digit
// k is the overflow of 3 (byte 3^k mod 256) above 8 bits.
#pragma once
#include <cstdint>
#include "dtype/f16.h"

namespace wz {

struct __attribute__((packed)) BlockTQ1_0 {
  static constexpr int kElements = 256;
  uint8_t qs[48];  // bytes 0..31: elements m, 32 + m, ...; bytes 32..47: elements 160 + m, 176 + m, ...
  uint8_t qh[4];   // elements 240 + m, 244 + m, 248 + m, 252 + m: four digits
  uint16_t d;      // binary16
};
static_assert(sizeof(BlockTQ1_0) == 54);

static inline int trit(uint8_t byte, int k) {
  constexpr uint8_t kPowers[5] = {1, 3, 9, 27, 81};
  return static_cast<uint8_t>(byte * kPowers[k]) * 3 >> 8;
}

static inline float decoded(const BlockTQ1_0& b, int i) {
  const int t = i < 160   ? trit(b.qs[i % 32], i / 32)
                : i < 240 ? trit(b.qs[32 + (i - 160) % 16], (i - 160) / 16)
                          : trit(b.qh[(i - 240) % 4], (i - 240) / 4);
  return static_cast<float>(t - 1) * f32_from_f16(b.d);
}

}  // namespace wz
