// What PTX says of floating point beyond IEEE: one NaN for every NaN result in f32, .ftz, .sat, min and max that drop a NaN.
#pragma once
#include <bit>
#include <cmath>
#include "machine/types.h"

namespace wz::software {

inline float float_of(u32 b) { return std::bit_cast<float>(b); }
inline u32 bits_of(float v) { return std::bit_cast<u32>(v); }
inline bool is_nan(float v) { return (bits_of(v) & 0x7FFFFFFFu) > 0x7F800000u; }
inline bool is_nan(double v) { return v != v; }
constexpr u32 kNan32 = 0x7FFFFFFFu;
constexpr u16 kNan16 = 0x7FFFu;

inline float canonical(float v) { return is_nan(v) ? float_of(kNan32) : v; }
inline double canonical(double v) { return v; }
inline float flushed(float v) { return (bits_of(v) & 0x7F800000u) == 0 ? float_of(bits_of(v) & 0x80000000u) : v; }
// To [0, 1]; NaN becomes 0.
inline float saturated(float v) { return v > 0 ? (v < 1 ? v : 1.0f) : 0.0f; }

template <class T>
inline T least(T a, T b) {
  if (is_nan(a)) return is_nan(b) ? canonical(b) : b;
  if (is_nan(b)) return a;
  return a < b || (a == b && std::signbit(a)) ? a : b;
}
template <class T>
inline T greatest(T a, T b) {
  if (is_nan(a)) return is_nan(b) ? canonical(b) : b;
  if (is_nan(b)) return a;
  return a > b || (a == b && !std::signbit(a)) ? a : b;
}

}  // namespace wz::software
