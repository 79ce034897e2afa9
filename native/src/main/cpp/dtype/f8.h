// The 8-bit floats of the OCP 8-bit floating point specification (2209.05433).
//   e4m3 ("fn"): 4 exponent (bias 7), 3 mantissa bits, no infinity, NaN = S.1111.111; what rounds above 448 packs to NaN
//   e5m2:        5 exponent (bias 15), 2 mantissa bits, the upper byte of a binary16; what rounds above 57344 packs to infinity
// Packing rounds to nearest, ties to even; NaN keeps its sign.
#pragma once
#include <cmath>
#include <cstdint>
#include "dtype/f16.h"

namespace wz {

static inline float f32_from_f8_e4m3(uint8_t b) {
  const int exponent = b >> 3 & 15;
  const int mantissa = b & 7;
  const float sign = (b & 0x80) != 0 ? -1.0f : 1.0f;
  if (exponent == 15 && mantissa == 7) return std::copysign(__builtin_nanf(""), sign);
  if (exponent == 0) return sign * std::ldexp(static_cast<float>(mantissa), -9);
  return sign * std::ldexp(static_cast<float>(8 + mantissa), exponent - 10);
}

static inline uint8_t f8_e4m3_from_f32(float v) {
  const uint8_t sign = std::signbit(v) ? 0x80 : 0;
  const float magnitude = std::fabs(v);
  if (!(magnitude < 480.0f)) return sign | 0x7F;
  int exponent = 0;
  std::frexp(magnitude, &exponent);  // magnitude in [2^(exponent-1), 2^exponent)
  const int unit = magnitude < 0x1p-6f ? -9 : exponent - 4;  // exponent of the last place; subnormals share the lowest binade's
  const auto steps = static_cast<int>(std::nearbyint(std::ldexp(magnitude, -unit)));  // 0..16
  // Codes count steps on from binade to binade, so a carry out of the mantissa is the next exponent.
  return static_cast<uint8_t>(sign | (steps + (unit + 9) * 8));
}

static inline float f32_from_f8_e5m2(uint8_t b) { return f32_from_f16(static_cast<uint16_t>(b << 8)); }

static inline uint8_t f8_e5m2_from_f32(float v) {
  const uint8_t sign = std::signbit(v) ? 0x80 : 0;
  const float magnitude = std::fabs(v);
  if (std::isnan(v)) return sign | 0x7E;
  if (magnitude >= 61440.0f) return sign | 0x7C;
  int exponent = 0;
  std::frexp(magnitude, &exponent);
  const int unit = magnitude < 0x1p-14f ? -16 : exponent - 3;
  const auto steps = static_cast<int>(std::nearbyint(std::ldexp(magnitude, -unit)));  // 0..8
  return static_cast<uint8_t>(sign | (steps + (unit + 16) * 4));
}

}  // namespace wz
