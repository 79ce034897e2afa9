// Q3_K: 256 elements of 3 bits around 0 in groups of 16 with a 6-bit scale. v = (d (s - 32)) (q - 4).
// The two low bits of an element stand as in Q2_K; the third bit of element 32 j + l of half h is bit 4 h + j of hmask[l].
#pragma once
#include <cstdint>
#include "dtype/f16.h"

namespace wz {

struct __attribute__((packed)) BlockQ3_K {
  static constexpr int kElements = 256;
  uint8_t hmask[32];
  uint8_t qs[64];
  uint8_t scales[12];  // groups k and k + 8 share byte k % 8 for the low 4 bits; byte 8 + k % 4 has the high 2 bits of four groups
  uint16_t d;          // binary16
};
static_assert(sizeof(BlockQ3_K) == 110);

// The scale of group k, 0..63.
static inline int scale_of(const BlockQ3_K& b, int k) {
  const int low = k < 8 ? b.scales[k] & 15 : b.scales[k - 8] >> 4;
  return low | (b.scales[8 + k % 4] >> (k / 4 * 2) & 3) << 4;
}

static inline float decoded(const BlockQ3_K& b, int i) {
  const int low = b.qs[i / 128 * 32 + i % 32] >> (i % 128 / 32 * 2) & 3;
  const int q = low | (b.hmask[i % 32] >> (i / 32) & 1) << 2;
  const float scale = f32_from_f16(b.d) * static_cast<float>(scale_of(b, i / 16) - 32);
  return scale * static_cast<float>(q - 4);
}

}  // namespace wz
