// exp and tanh in float32 from additions, fused multiply-adds and one division: plain loops over them vectorise, and give the same bits on every
// instruction set and with every C library. Within 1 and 3 units in the last place (tests: elementary_f32_test.cc). Polynomials: minimax fits of the
// relative error.
#pragma once
#include <cstdint>
#include <cstring>

namespace wz {
namespace {

inline __attribute__((always_inline)) float f32_of_bits(uint32_t bits) {
  float v;
  std::memcpy(&v, &bits, 4);
  return v;
}

inline __attribute__((always_inline)) uint32_t bits_of_f32(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, 4);
  return bits;
}

// e^x; 0 below -87.336, where the result would be subnormal; infinity from 88.7229 on; NaN stays NaN.
// x = k ln 2 + r, |r| <= ln 2 / 2; k goes into the exponent of e^r, whose bits never leave the normal numbers between the two bounds.
inline __attribute__((always_inline)) float exp_f32(float x) {
  constexpr float kLeast = -87.336f, kMost = 0x1.62e42ep6f;
  constexpr float kShift = 0x1.8p23f;  // adding it rounds to an integer, which then stands in the low bits
  const float shifted = __builtin_fmaf(x, 0x1.715476p+0f, kShift);
  const float k = shifted - kShift;
  const float r = __builtin_fmaf(k, -0x1.7f7d1cp-20f, __builtin_fmaf(k, -0x1.62e400p-1f, x));
  float p = 0x1.6a21acp-10f;
  p = __builtin_fmaf(p, r, 0x1.123b6ap-7f);
  p = __builtin_fmaf(p, r, 0x1.5558fap-5f);
  p = __builtin_fmaf(p, r, 0x1.55549p-3f);
  p = __builtin_fmaf(p, r, 0x1.fffffcp-2f);
  const float e = 1 + __builtin_fmaf(p, r * r, r);
  float result = f32_of_bits(bits_of_f32(e) + (bits_of_f32(shifted) << 23));
  result = x < kLeast ? 0 : result;
  result = x > kMost ? f32_of_bits(0x7F800000u) : result;
  return x == x ? result : x;
}

// tanh x; +-0 and NaN stay. Up to 0.625 a polynomial, where 1 - 2 / (e^2x + 1) would cancel.
inline __attribute__((always_inline)) float tanh_f32(float x) {
  const uint32_t sign = bits_of_f32(x) & 0x80000000u;
  const float y = f32_of_bits(bits_of_f32(x) ^ sign);
  const float z = y * y;
  float p = 0x1.18e41ap-9f;
  p = __builtin_fmaf(p, z, -0x1.0bf594p-7f);
  p = __builtin_fmaf(p, z, 0x1.638b76p-6f);
  p = __builtin_fmaf(p, z, -0x1.b9ee92p-5f);
  p = __builtin_fmaf(p, z, 0x1.111066p-3f);
  p = __builtin_fmaf(p, z, -0x1.555554p-2f);
  const float near = __builtin_fmaf(p * z, y, y);
  const float far = 1 - 2 / (exp_f32(2 * y) + 1);
  const float magnitude = y < 0.625f ? near : far;
  return f32_of_bits(bits_of_f32(magnitude) | sign);
}

}  // namespace
}  // namespace wz
