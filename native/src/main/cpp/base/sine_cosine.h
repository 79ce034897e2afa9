// sin and cos in float64 from additions, multiplications and fused multiply-adds alone: the same bits with every C library. Absolute error below
// 2^-51 for |x| up to 2^31 (tests: elementary_test.cc).
#pragma once

namespace wz {

struct SineCosine {
  double sine;
  double cosine;
};

// x = k pi / 2 + r, |r| <= pi / 4 (Cody and Waite, with pi / 2 in three parts of 53 bits each); Taylor polynomials, whose remainders are below 2^-60.
inline SineCosine sine_cosine(double x) {
  constexpr double kShift = 0x1.8p52;  // adding it rounds to an integer
  const double k = x * 0x1.45f306dc9c883p-1 + kShift - kShift;
  double r = __builtin_fma(-k, 0x1.921fb54442d18p0, x);
  r = __builtin_fma(-k, 0x1.1a62633145c07p-54, r);
  r = __builtin_fma(-k, -0x1.f1976b7ed8fbcp-110, r);
  const double z = r * r;
  double s = 1 / 355687428096000.0;
  s = s * z - 1 / 1307674368000.0;
  s = s * z + 1 / 6227020800.0;
  s = s * z - 1 / 39916800.0;
  s = s * z + 1 / 362880.0;
  s = s * z - 1 / 5040.0;
  s = s * z + 1 / 120.0;
  s = s * z - 1 / 6.0;
  const double sine = r + r * (z * s);
  double c = 1 / 20922789888000.0;
  c = c * z - 1 / 87178291200.0;
  c = c * z + 1 / 479001600.0;
  c = c * z - 1 / 3628800.0;
  c = c * z + 1 / 40320.0;
  c = c * z - 1 / 720.0;
  c = c * z + 1 / 24.0;
  c = c * z - 0.5;
  const double cosine = 1 + z * c;
  const double quadrant = k - 4 * __builtin_floor(k / 4);
  if (quadrant == 0) return {sine, cosine};
  if (quadrant == 1) return {cosine, -sine};
  if (quadrant == 2) return {-sine, -cosine};
  if (quadrant == 3) return {-cosine, sine};
  return {x - x, x - x};  // of infinity and NaN: NaN
}

}  // namespace wz
