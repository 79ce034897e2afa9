// bfloat16: the upper half of a binary32. Packing rounds to nearest, ties to even; NaN keeps its sign and upper payload bits and becomes quiet.
#pragma once
#include <cstdint>
#include <cstring>

namespace wz {

static inline float f32_from_bf16(uint16_t h) {
  const uint32_t bits = static_cast<uint32_t>(h) << 16;
  float v;
  std::memcpy(&v, &bits, 4);
  return v;
}

static inline uint16_t bf16_from_f32(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, 4);
  if ((bits & 0x7FFFFFFFu) > 0x7F800000u) return static_cast<uint16_t>(bits >> 16 | 0x40u);
  return static_cast<uint16_t>((bits + 0x7FFFu + (bits >> 16 & 1u)) >> 16);
}

}  // namespace wz
