// f16, bf16, tf32 and the two fp8 types as bits, to and from float, in every rounding.
#pragma once
#include "operations/float_rules.h"

namespace wz::software {

enum class Rounding : s64 { kNearestEven, kZero, kDown, kUp, kNearestAway };

// The value as bits of a format with E exponent bits and M mantissa bits (IEEE: infinities, NaN above). From double, one rounding.
template <int E, int M>
inline u32 rounded(double v, Rounding rounding) {
  const u64 b = std::bit_cast<u64>(v);
  const u32 sign = static_cast<u32>(b >> 63) << (E + M);
  constexpr int kBias = (1 << (E - 1)) - 1;
  constexpr u32 kInfinity = ((1u << E) - 1) << M;
  const u64 magnitude = b & 0x7FFFFFFFFFFFFFFFull;
  if (magnitude > 0x7FF0000000000000ull) return (1u << (E + M)) - 1;  // canonical NaN
  if (magnitude == 0x7FF0000000000000ull) return sign | kInfinity;
  if (magnitude == 0) return sign;
  int exponent = static_cast<int>(magnitude >> 52) - 1023;
  u64 mantissa = magnitude & 0xFFFFFFFFFFFFFull;
  if (exponent == -1023) ++exponent;  // a subnormal double is below everything here
  else mantissa |= 1ull << 52;
  int shift = 52 - M;
  u32 field = 0;
  if (exponent >= 1 - kBias) field = static_cast<u32>(exponent + kBias - 1);
  else shift += 1 - kBias - exponent;
  u64 kept, rest, half;
  if (shift > 62) kept = 0, rest = 1, half = 2;
  else kept = mantissa >> shift, rest = mantissa & ((1ull << shift) - 1), half = 1ull << (shift - 1);
  bool up = false;
  switch (rounding) {
    case Rounding::kNearestEven: up = rest > half || (rest == half && (kept & 1)); break;
    case Rounding::kNearestAway: up = rest >= half; break;
    case Rounding::kZero: break;
    case Rounding::kDown: up = rest != 0 && sign != 0; break;
    case Rounding::kUp: up = rest != 0 && sign == 0; break;
  }
  const u64 result = (static_cast<u64>(field) << M) + kept + (up ? 1 : 0);
  if (result >= kInfinity) {
    const bool beyond = rounding == Rounding::kNearestEven || rounding == Rounding::kNearestAway || (rounding == Rounding::kDown && sign != 0) ||
                        (rounding == Rounding::kUp && sign == 0);
    return sign | (beyond ? kInfinity : kInfinity - 1);
  }
  return sign | static_cast<u32>(result);
}

inline u16 f16_of(double v, Rounding r = Rounding::kNearestEven) { return static_cast<u16>(rounded<5, 10>(v, r)); }
inline u16 bf16_of(double v, Rounding r = Rounding::kNearestEven) { return static_cast<u16>(rounded<8, 7>(v, r)); }

// To nearest even from float, as the vector loops want it.
inline u16 bf16_nearest(float v) {
  const u32 b = bits_of(v);
  return is_nan(v) ? kNan16 : static_cast<u16>((b + 0x7FFFu + (b >> 16 & 1)) >> 16);
}
inline float float_of_bf16(u16 b) { return float_of(static_cast<u32>(b) << 16); }
inline u16 f16_nearest(float v) {
  if (is_nan(v)) return kNan16;
  return std::bit_cast<u16>(static_cast<_Float16>(v));
}
inline float float_of_f16(u16 b) { return static_cast<float>(std::bit_cast<_Float16>(b)); }

inline u32 tf32_of(float v, Rounding r) {
  const u32 b = bits_of(v);
  if (is_nan(v)) return kNan32;
  if ((b & 0x7F800000u) == 0x7F800000u) return b;
  switch (r) {
    case Rounding::kNearestAway: return (b + 0x1000u) & 0xFFFFE000u;
    case Rounding::kNearestEven: return (b + 0xFFFu + (b >> 13 & 1)) & 0xFFFFE000u;
    default: return b & 0xFFFFE000u;
  }
}

// e4m3: no infinity, NaN is 0x7F, largest 448; e5m2: as IEEE, largest 57344. Both saturate.
inline u8 e4m3_of(float v) {
  if (is_nan(v)) return 0x7F;
  const u8 sign = std::signbit(v) ? 0x80 : 0;
  if (std::fabs(v) >= 464.0f) return sign | 0x7E;
  // In a format of 4 exponent bits the numbers from 256 to 448 lie where IEEE keeps infinity and NaN: one more exponent bit holds them.
  const float scaled = std::fabs(v);
  const int exponent = scaled == 0 ? -100 : std::ilogb(scaled);
  const int step = (exponent < -6 ? -6 : exponent) - 3;
  const double units = std::nearbyint(std::ldexp(static_cast<double>(scaled), -step));
  const int n = static_cast<int>(units);  // 0..16
  if (exponent < -6) return static_cast<u8>(sign | n);
  return static_cast<u8>(sign | (((exponent + 7) << 3) + (n - 8)));
}
inline float float_of_e4m3(u8 b) {
  const int e = b >> 3 & 15, m = b & 7;
  if ((b & 0x7F) == 0x7F) return float_of(kNan32);
  const float v = e == 0 ? std::ldexp(static_cast<float>(m), -9) : std::ldexp(static_cast<float>(8 + m), e - 10);
  return b & 0x80 ? -v : v;
}
inline u8 e5m2_of(float v) {
  if (is_nan(v)) return 0x7F;
  const u32 r = rounded<5, 2>(v, Rounding::kNearestEven);
  return static_cast<u8>((r & 0x7F) >= 0x7C ? (r & 0x80) | 0x7B : r);
}
inline float float_of_e5m2(u8 b) { return float_of_f16(static_cast<u16>(b << 8)); }

}  // namespace wz::software
