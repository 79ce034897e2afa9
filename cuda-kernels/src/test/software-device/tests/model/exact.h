// Exact numbers for the models: a sign and a magnitude in fixed point that holds every product and sum of two doubles, and its rounding to any
// binary format, straight from the definitions. Shares nothing with the device's own arithmetic.
#pragma once
#include <array>
#include <cstdint>

namespace wz::software::model {

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using u64 = uint64_t;
using s32 = int32_t;
using s64 = int64_t;
using u128 = unsigned __int128;
using s128 = __int128;

// A binary format: e exponent bits above m mantissa bits. e4m3 has neither infinity nor more than one NaN.
struct Format {
  int e, m;
  bool finite_only = false;
  int bits() const { return 1 + e + m; }
  int bias() const { return (1 << (e - 1)) - 1; }
  u64 sign() const { return u64{1} << (e + m); }
  u64 infinity() const { return ((u64{1} << e) - 1) << m; }
};
constexpr Format kF16{5, 10}, kBf16{8, 7}, kTf32{8, 10}, kF32{8, 23}, kF64{11, 52}, kE5m2{5, 2}, kE4m3{4, 3, true};

enum class Round { kNearestEven, kZero, kDown, kUp, kNearestAway };

// (-1)^negative * magnitude * 2^-kUnit. The lowest bit may stand for "and a little more".
struct Exact {
  static constexpr int kWords = 74, kUnit = 2368;
  bool negative = false;
  std::array<u64, kWords> w{};

  bool zero() const {
    for (const u64 v : w) {
      if (v != 0) return false;
    }
    return true;
  }
  int top() const {  // position of the highest set bit; -1: zero
    for (int k = kWords - 1; k >= 0; --k) {
      if (w[static_cast<size_t>(k)] != 0) return 64 * k + 63 - __builtin_clzll(w[static_cast<size_t>(k)]);
    }
    return -1;
  }
  bool bit(int k) const { return k >= 0 && (w[static_cast<size_t>(k / 64)] >> (k % 64) & 1) != 0; }
  bool any_below(int k) const {
    for (int j = 0; j < k; ++j) {
      if (j % 64 == 0 && j + 64 <= k) {
        if (w[static_cast<size_t>(j / 64)] != 0) return true;
        j += 63;
      } else if (bit(j)) {
        return true;
      }
    }
    return false;
  }
};

// m * 2^exponent; bits below the unit are kept as its lowest bit.
inline Exact exact(bool negative, u128 m, int exponent) {
  Exact x;
  x.negative = negative;
  for (int k = 0; k < 128; ++k) {
    if ((m >> k & 1) == 0) continue;
    int at = k + exponent + Exact::kUnit;
    if (at < 0) at = 0;
    x.w[static_cast<size_t>(at / 64)] |= u64{1} << (at % 64);
  }
  return x;
}

inline int compare_magnitudes(const Exact& a, const Exact& b) {
  for (size_t k = Exact::kWords; k-- > 0;) {
    if (a.w[k] != b.w[k]) return a.w[k] < b.w[k] ? -1 : 1;
  }
  return 0;
}

// An exact zero of unlike signs is negative only when rounding down.
inline Exact add(const Exact& a, const Exact& b, Round mode = Round::kNearestEven) {
  Exact r;
  if (a.negative == b.negative) {
    r.negative = a.negative;
    u64 carry = 0;
    for (size_t k = 0; k < Exact::kWords; ++k) {
      const u128 s = static_cast<u128>(a.w[k]) + b.w[k] + carry;
      r.w[k] = static_cast<u64>(s);
      carry = static_cast<u64>(s >> 64);
    }
    return r;
  }
  const int order = compare_magnitudes(a, b);
  if (order == 0) {
    r.negative = mode == Round::kDown;
    return r;
  }
  const Exact& big = order > 0 ? a : b;
  const Exact& small = order > 0 ? b : a;
  r.negative = big.negative;
  u64 borrow = 0;
  for (size_t k = 0; k < Exact::kWords; ++k) {
    const u128 s = static_cast<u128>(big.w[k]) - small.w[k] - borrow;
    r.w[k] = static_cast<u64>(s);
    borrow = (s >> 64) != 0 ? 1 : 0;
  }
  return r;
}

// The bits of x in the format, after one rounding. An overflow gives infinity or the largest number, as the mode says.
inline u64 rounded(const Exact& x, const Format& f, Round mode) {
  const u64 sign = x.negative ? f.sign() : 0;
  const int top = x.top();
  if (top < 0) return sign;
  const int exponent = top - Exact::kUnit, least = 1 - f.bias();
  const int ulp = (exponent < least ? least : exponent) - f.m + Exact::kUnit;  // position of the last place
  u64 units = 0;
  for (int k = top; k >= ulp; --k) units = units << 1 | (x.bit(k) ? 1 : 0);
  const bool half = x.bit(ulp - 1), more = ulp > 1 && x.any_below(ulp - 1);
  bool up = false;
  switch (mode) {
    case Round::kNearestEven: up = half && (more || (units & 1)); break;
    case Round::kNearestAway: up = half; break;
    case Round::kZero: break;
    case Round::kDown: up = x.negative && (half || more); break;
    case Round::kUp: up = !x.negative && (half || more); break;
  }
  units += up ? 1 : 0;
  // A mantissa that became 2^(m+1) carries into the exponent by itself.
  const u64 field = exponent < least ? 0 : static_cast<u64>(exponent - least);
  const u64 bits = (field << f.m) + units;
  if (f.finite_only) return sign | (bits > f.infinity() + 6 ? f.infinity() + 6 : bits);  // 448 saturates
  if (bits < f.infinity()) return sign | bits;
  const bool beyond = mode == Round::kNearestEven || mode == Round::kNearestAway || (mode == Round::kDown && x.negative) || (mode == Round::kUp && !x.negative);
  return sign | (beyond ? f.infinity() : f.infinity() - 1);
}

// A value of a format, taken apart.
struct Number {
  enum Kind { kNan, kInfinity, kFinite } kind = kFinite;
  bool negative = false;
  u64 mantissa = 0;  // with the leading one; value = mantissa * 2^exponent
  int exponent = 0;
  bool nan() const { return kind == kNan; }
  bool infinite() const { return kind == kInfinity; }
  bool zero() const { return kind == kFinite && mantissa == 0; }
};
inline Number number(u64 bits, const Format& f) {
  Number n;
  n.negative = (bits & f.sign()) != 0;
  const u64 field = bits >> f.m & ((u64{1} << f.e) - 1), fraction = bits & ((u64{1} << f.m) - 1);
  if (f.finite_only) {
    if (field == 15 && fraction == 7) n.kind = Number::kNan;
  } else if (field == (u64{1} << f.e) - 1) {
    n.kind = fraction != 0 ? Number::kNan : Number::kInfinity;
  }
  n.mantissa = field == 0 ? fraction : fraction | u64{1} << f.m;
  n.exponent = (field == 0 ? 1 : static_cast<int>(field)) - f.bias() - f.m;
  return n;
}
inline Exact exact(const Number& n) { return exact(n.negative, n.mantissa, n.exponent); }
inline Exact product(const Number& a, const Number& b) { return exact(a.negative != b.negative, static_cast<u128>(a.mantissa) * b.mantissa, a.exponent + b.exponent); }

// a / b with 70 bits and whether there were more; b is not zero.
inline Exact quotient(Number a, Number b) {
  while (a.mantissa != 0 && a.mantissa >> 52 == 0) a.mantissa <<= 1, --a.exponent;
  while (b.mantissa >> 52 == 0) b.mantissa <<= 1, --b.exponent;
  const u128 wide = static_cast<u128>(a.mantissa) << 72;
  const u128 q = wide / b.mantissa, rest = wide % b.mantissa;
  return exact(a.negative != b.negative, q << 1 | (rest != 0 ? 1 : 0), a.exponent - b.exponent - 73);
}
inline Exact root(Number a) {
  if (a.mantissa == 0) return exact(a);
  while (a.mantissa >> 53 == 0) a.mantissa <<= 1, --a.exponent;
  u128 wide = static_cast<u128>(a.mantissa) << 72;
  int exponent = a.exponent - 72;
  if (exponent & 1) wide <<= 1, --exponent;
  u128 r = 0;
  for (int k = 63; k >= 0; --k) {
    const u128 t = r | static_cast<u128>(1) << k;
    if (t * t <= wide) r = t;
  }
  return exact(false, r << 1 | (r * r != wide ? 1 : 0), exponent / 2 - 1);
}

}  // namespace wz::software::model
