// The eight 6-bit scales and eight 6-bit minima of Q4_K and Q5_K in 12 bytes: groups 0..3 in the low 6 bits of bytes 0..3 (scales) and 4..7
// (minima); groups 4..7 in bytes 8..11, low half scale, high half minimum, their upper 2 bits on top of bytes 0..7.
#pragma once
#include <cstdint>

namespace wz {

static inline int k_scale(const uint8_t* packed, int k) {
  return k < 4 ? packed[k] & 63 : (packed[k + 4] & 15) | packed[k - 4] >> 6 << 4;
}

static inline int k_minimum(const uint8_t* packed, int k) { return k < 4 ? packed[k + 4] & 63 : packed[k + 4] >> 4 | packed[k] >> 6 << 4; }

static inline void pack_k_scales(uint8_t* packed, const uint8_t* scales, const uint8_t* minima) {
  for (int k = 0; k < 4; ++k) {
    packed[k] = static_cast<uint8_t>(scales[k] | scales[k + 4] >> 4 << 6);
    packed[k + 4] = static_cast<uint8_t>(minima[k] | minima[k + 4] >> 4 << 6);
    packed[k + 8] = static_cast<uint8_t>((scales[k + 4] & 15) | (minima[k + 4] & 15) << 4);
  }
}

}  // namespace wz
