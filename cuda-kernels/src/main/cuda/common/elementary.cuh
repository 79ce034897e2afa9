// exp and log in the very steps of native/src/main/cpp/base/elementary_f32.h and elementary.h, each rounded once: the CPU's bits, on every device.
#pragma once
#include <cstdint>
#include "common/exact.cuh"
#include "common/pack.cuh"

namespace wz::cuda {

// e^x within one unit in the last place; 0 below -87.336, infinity from 88.7229 on; NaN stays NaN.
// x = k ln 2 + r, |r| <= ln 2 / 2; adding 1.5 * 2^23 rounds x / ln 2 to the integer k, which then stands in the low bits.
__device__ inline float exp_f32(float x) {
  constexpr float kLeast = -87.336f, kMost = 0x1.62e42ep6f, kShift = 0x1.8p23f;
  const float shifted = __fmaf_rn(x, 0x1.715476p+0f, kShift);
  const float k = subtract(shifted, kShift);
  const float r = __fmaf_rn(k, -0x1.7f7d1cp-20f, __fmaf_rn(k, -0x1.62e400p-1f, x));
  float p = 0x1.6a21acp-10f;
  p = __fmaf_rn(p, r, 0x1.123b6ap-7f);
  p = __fmaf_rn(p, r, 0x1.5558fap-5f);
  p = __fmaf_rn(p, r, 0x1.55549p-3f);
  p = __fmaf_rn(p, r, 0x1.fffffcp-2f);
  const float e = add(1.0f, __fmaf_rn(p, multiply(r, r), r));
  float result = bits<float>(bits<uint32_t>(e) + (bits<uint32_t>(shifted) << 23));
  result = x < kLeast ? 0.0f : result;
  result = x > kMost ? bits<float>(0x7F800000u) : result;
  return x == x ? result : x;
}

// e^x for x <= 0, 0 below -708; NaN stays NaN. x = k ln 2 + r, e^r by its Taylor polynomial.
__device__ inline double exp_of_negative(double x) {
  constexpr double kShift = 0x1.8p52, kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  const double clamped = x < -708 ? -708.0 : x;
  const double shifted = add(multiply(clamped, 0x1.71547652b82fep+0), kShift);
  const double k = subtract(shifted, kShift);
  const double r = subtract(subtract(clamped, multiply(k, kLn2High)), multiply(k, kLn2Low));
  const double terms[] = {1 / 479001600.0, 1 / 39916800.0, 1 / 3628800.0, 1 / 362880.0, 1 / 40320.0, 1 / 5040.0,
                          1 / 720.0,       1 / 120.0,      1 / 24.0,      1 / 6.0,      0.5};
  double p = 1 / 6227020800.0;
#pragma unroll
  for (const double term : terms) p = add(multiply(p, r), term);
  const double e = add(1.0, add(r, multiply(multiply(r, r), p)));
  const double scaled = multiply(e, bits<double>((bits<uint64_t>(shifted) << 52) + (uint64_t{1023} << 52)));
  return x < -708 ? 0.0 : scaled;
}

// ln y for positive normal y. y = 2^k m, m in [sqrt 1/2, sqrt 2); ln m = 2 atanh s, s = (m - 1) / (m + 1), the series to s^23.
__device__ inline double log_of_normal(double y) {
  constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr uint64_t kSqrtHalf = 0x3FE6A09E667F3BCDu;
  const uint64_t moved = bits<uint64_t>(y) - kSqrtHalf;
  const uint64_t exponent = (moved >> 52 ^ 0x800) - 0x800;  // k in two's complement
  const double k = subtract(bits<double>(exponent + 0x4338000000000000u), 0x1.8p52);
  const double m = bits<double>((moved & 0x000FFFFFFFFFFFFFu) + kSqrtHalf);
  const double f = subtract(m, 1.0);
  const double s = divide(f, add(2.0, f));
  const double z = multiply(s, s);
  const double terms[] = {1 / 21.0, 1 / 19.0, 1 / 17.0, 1 / 15.0, 1 / 13.0, 1 / 11.0, 1 / 9.0, 1 / 7.0, 1 / 5.0, 1 / 3.0};
  double p = 1 / 23.0;
#pragma unroll
  for (const double term : terms) p = add(multiply(p, z), term);
  const double log_m = add(multiply(2.0, s), multiply(multiply(multiply(2.0, s), z), p));
  return add(multiply(k, kLn2High), add(log_m, multiply(k, kLn2Low)));
}

}  // namespace wz::cuda
