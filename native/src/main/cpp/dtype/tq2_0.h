// TQ2_0: 256 elements of 2 bits around 0. v = d (q - 1). Bits stand as in Q2_K.
#pragma once
#include <cstdint>
#include "dtype/f16.h"

namespace wz {

struct __attribute__((packed)) BlockTQ2_0 {
  static constexpr int kElements = 256;
  uint8_t qs[64];
  uint16_t d;  // binary16
};
static_assert(sizeof(BlockTQ2_0) == 66);

static inline float decoded(const BlockTQ2_0& b, int i) {
  const int q = b.qs[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
  return static_cast<float>(q - 1) * f32_from_f16(b.d);
}

}  // namespace wz
