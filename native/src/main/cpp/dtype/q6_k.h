// Q6_K: 256 elements of 6 bits around 0 in groups of 16 with an 8-bit scale. v = (d s) (q - 32).
// Half h of the block has 64 bytes of ql and 32 of qh. Element 32 j + l of the half: its low 4 bits are in ql[32 (j % 2) + l], the low half of
// the byte for j < 2, the high half else; its upper 2 bits are bits 2 j, 2 j + 1 of qh[l].
#pragma once
#include <cstdint>
#include "dtype/f16.h"

namespace wz {

struct __attribute__((packed)) BlockQ6_K {
  static constexpr int kElements = 256;
  uint8_t ql[128];
  uint8_t qh[64];
  int8_t scales[16];
  uint16_t d;  // binary16
};
static_assert(sizeof(BlockQ6_K) == 210);

static inline float decoded(const BlockQ6_K& b, int i) {
  const int j = i % 128 / 32;
  const int low = b.ql[i / 128 * 64 + j % 2 * 32 + i % 32] >> (j / 2 * 4) & 15;
  const int q = low | (b.qh[i / 128 * 32 + i % 32] >> (j * 2) & 3) << 4;
  return f32_from_f16(b.d) * static_cast<float>(b.scales[i / 16]) * static_cast<float>(q - 32);
}

}  // namespace wz
