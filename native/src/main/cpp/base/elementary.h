// exp and log in float64 from additions, multiplications and divisions alone: plain loops over them vectorise, and give the same bits on every
// instruction set and with every C library. Within 2 units in the last place (tests: elementary_test.cc).
#pragma once
#include <cstdint>
#include <cstring>

namespace wz {
namespace {

inline __attribute__((always_inline)) double double_of(uint64_t bits) {
  double v;
  std::memcpy(&v, &bits, 8);
  return v;
}

inline __attribute__((always_inline)) uint64_t bits_of(double v) {
  uint64_t bits;
  std::memcpy(&bits, &v, 8);
  return bits;
}

// e^x for x <= 0 (softmax's range), 0 below -708; NaN stays NaN.
// x = k ln 2 + r, |r| <= ln 2 / 2; e^r by its Taylor polynomial, whose remainder r^14 / 14! is below 2^-57.
inline __attribute__((always_inline)) double exp_of_negative(double x) {
  constexpr double kShift = 0x1.8p52;  // adding it rounds to an integer, which then stands in the low bits
  constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  const double clamped = x < -708 ? -708 : x;
  const double shifted = clamped * 0x1.71547652b82fep+0 + kShift;
  const double k = shifted - kShift;
  const double r = (clamped - k * kLn2High) - k * kLn2Low;
  double p = 1 / 6227020800.0;
  p = p * r + 1 / 479001600.0;
  p = p * r + 1 / 39916800.0;
  p = p * r + 1 / 3628800.0;
  p = p * r + 1 / 362880.0;
  p = p * r + 1 / 40320.0;
  p = p * r + 1 / 5040.0;
  p = p * r + 1 / 720.0;
  p = p * r + 1 / 120.0;
  p = p * r + 1 / 24.0;
  p = p * r + 1 / 6.0;
  p = p * r + 0.5;
  const double e = 1 + (r + r * r * p);
  const double scaled = e * double_of((bits_of(shifted) << 52) + (uint64_t{1023} << 52));
  return x < -708 ? 0 : scaled;
}

// ln y for positive normal y; anything else that is not above 0 gives NaN, but 0 gives -infinity; infinity and NaN stay.
// y = 2^k m, m in [sqrt 1/2, sqrt 2); ln m = 2 atanh s, s = (m - 1) / (m + 1), |s| <= 0.1716: the series to s^23.
inline __attribute__((always_inline)) double log_of_positive(double y) {
  constexpr double kLn2High = 0x1.62e42feep-1, kLn2Low = 0x1.a39ef35793c76p-33;
  constexpr uint64_t kSqrtHalf = 0x3FE6A09E667F3BCDu;
  const uint64_t moved = bits_of(y) - kSqrtHalf;
  const uint64_t exponent = (moved >> 52 ^ 0x800) - 0x800;  // k in two's complement
  const double k = double_of((exponent + 0x4338000000000000u)) - 0x1.8p52;
  const double m = double_of((moved & 0x000FFFFFFFFFFFFFu) + kSqrtHalf);
  const double f = m - 1;
  const double s = f / (2 + f);
  const double z = s * s;
  double p = 1 / 23.0;
  p = p * z + 1 / 21.0;
  p = p * z + 1 / 19.0;
  p = p * z + 1 / 17.0;
  p = p * z + 1 / 15.0;
  p = p * z + 1 / 13.0;
  p = p * z + 1 / 11.0;
  p = p * z + 1 / 9.0;
  p = p * z + 1 / 7.0;
  p = p * z + 1 / 5.0;
  p = p * z + 1 / 3.0;
  const double log_m = 2 * s + 2 * s * z * p;
  const double log_y = k * kLn2High + (log_m + k * kLn2Low);
  const double infinity = double_of(0x7FF0000000000000u);
  const double special = y > 0 ? y : y == 0 ? -infinity : double_of(0x7FF8000000000000u);
  return y > 0 && y < infinity ? log_y : special;
}

}  // namespace
}  // namespace wz
