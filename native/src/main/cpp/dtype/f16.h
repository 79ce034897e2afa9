// IEEE binary16: 1 sign, 5 exponent (bias 15), 10 mantissa bits. Packing rounds to nearest, ties to even; NaN keeps its sign and upper
// payload bits and becomes quiet, which is what F16C and NEON do.
#pragma once
#include <cstdint>
#include <cstring>

namespace wz {

static inline float f32_from_f16(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000u) << 16;
  const uint32_t exponent = h >> 10 & 31u;
  const uint32_t mantissa = h & 0x3FFu;
  uint32_t bits;
  if (exponent == 31) {
    bits = sign | 0x7F800000u | mantissa << 13 | (mantissa != 0 ? 0x00400000u : 0u);
  } else if (exponent != 0) {
    bits = sign | (exponent + 112) << 23 | mantissa << 13;
  } else {
    const float magnitude = static_cast<float>(mantissa) * 0x1p-24f;
    std::memcpy(&bits, &magnitude, 4);
    bits |= sign;
  }
  float v;
  std::memcpy(&v, &bits, 4);
  return v;
}

static inline uint16_t f16_from_f32(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, 4);
  const uint32_t sign = bits >> 16 & 0x8000u;
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  uint32_t h;
  if (magnitude > 0x7F800000u) {
    h = 0x7E00u | (magnitude >> 13 & 0x3FFu);
  } else if (magnitude >= 0x477FF000u) {  // 65520 and above round to infinity
    h = 0x7C00u;
  } else if (magnitude >= 0x38800000u) {  // normal in binary16: at least 2^-14
    h = (magnitude + 0xFFFu + (magnitude >> 13 & 1u) - 0x38000000u) >> 13;
  } else {  // adding 0.5 puts the unit 2^-24 of binary16's subnormals into the last place of the sum, so the addition rounds
    float shifted;
    std::memcpy(&shifted, &magnitude, 4);
    shifted += 0.5f;
    std::memcpy(&h, &shifted, 4);
    h -= 0x3F000000u;
  }
  return static_cast<uint16_t>(sign | h);
}

}  // namespace wz
