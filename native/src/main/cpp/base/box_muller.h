// Normal deviates from pairs of 32-bit words (Box and Muller 1958) in float64 with a fixed sequence of operations: no library function is
// called, so the bits are the same on every processor, compiler and instruction set. Without branches, so loops over it vectorise.
//
//   radius = sqrt(-2 ln((a + 1) / 2^32)),   angle = 2 pi b / 2^32,   z0 = radius cos(angle),   z1 = radius sin(angle)
//
#pragma once
#include <cstdint>
#include "base/elementary.h"

namespace wz {

struct SinCos {
  double sin, cos;
};

// Sine and cosine of 2 pi b / 2^32 by their Taylor series, cut where the rest is below half a unit in the last place. The reduction to
// |r| <= pi/4 is exact: it happens on the integer.
static inline __attribute__((always_inline)) SinCos sin_cos_of_turn(uint32_t b) {
  const uint32_t quarter = (b + 0x20000000u) >> 30;
  const auto rest = static_cast<int32_t>(b - (quarter << 30));
  const double r = static_cast<double>(rest) * (3.14159265358979323846 / 0x1p31);
  const double q = r * r;
  double s = 1.0 / 355687428096000;
  s = s * q - 1.0 / 1307674368000;
  s = s * q + 1.0 / 6227020800;
  s = s * q - 1.0 / 39916800;
  s = s * q + 1.0 / 362880;
  s = s * q - 1.0 / 5040;
  s = s * q + 1.0 / 120;
  s = s * q - 1.0 / 6;
  const double sin_r = r + r * (q * s);
  double c = 1.0 / 20922789888000;
  c = c * q - 1.0 / 87178291200;
  c = c * q + 1.0 / 479001600;
  c = c * q - 1.0 / 3628800;
  c = c * q + 1.0 / 40320;
  c = c * q - 1.0 / 720;
  c = c * q + 1.0 / 24;
  c = c * q - 1.0 / 2;
  const double cos_r = 1.0 + q * c;
  const bool swap = (quarter & 1u) != 0;
  const double sine = swap ? cos_r : sin_r;
  const double cosine = swap ? sin_r : cos_r;
  // Quarters 2 and 3 have a negative sine, 1 and 2 a negative cosine.
  return {(quarter & 2u) != 0 ? -sine : sine, ((quarter + 1) & 2u) != 0 ? -cosine : cosine};
}

// z0, z1 of the words a, b.
static inline __attribute__((always_inline)) void box_muller(uint32_t a, uint32_t b, double& z0, double& z1) {
  const double radius = __builtin_sqrt(-2.0 * log_of_positive((static_cast<double>(a) + 1.0) * 0x1p-32));
  const SinCos angle = sin_cos_of_turn(b);
  z0 = radius * angle.cos;
  z1 = radius * angle.sin;
}

}  // namespace wz
