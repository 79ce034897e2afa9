// One element at a time: loads, stores and the four arithmetics of merge.h for the plain loops that specify every operation.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include "dtype/bf16.h"
#include "dtype/f16.h"
#include "dtype/f8.h"
#include "dtype/round_to_odd.h"
#include "wootz/merge.h"

namespace wz::reference {

inline const void* address(const void* p, int dtype, int64_t i) { return static_cast<const char*>(p) + i * wz_dtype_bytes(dtype); }
inline void* address(void* p, int dtype, int64_t i) { return static_cast<char*>(p) + i * wz_dtype_bytes(dtype); }

template <class S>
S bits_at(const void* p) {
  S s;
  std::memcpy(&s, p, sizeof s);
  return s;
}

template <class S>
void put_bits(void* p, S s) {
  std::memcpy(p, &s, sizeof s);
}

// Element i as float or double; rounds where T is narrower than the dtype.
template <class T>
T load(const void* p, int dtype, int64_t i) {
  const void* q = address(p, dtype, i);
  switch (dtype) {
    case WZ_F32: return static_cast<T>(bits_at<float>(q));
    case WZ_F16: return static_cast<T>(f32_from_f16(bits_at<uint16_t>(q)));
    case WZ_BF16: return static_cast<T>(f32_from_bf16(bits_at<uint16_t>(q)));
    case WZ_F64: return static_cast<T>(bits_at<double>(q));
    case WZ_F8_E4M3: return static_cast<T>(f32_from_f8_e4m3(bits_at<uint8_t>(q)));
    case WZ_F8_E5M2: return static_cast<T>(f32_from_f8_e5m2(bits_at<uint8_t>(q)));
    case WZ_I8: return static_cast<T>(bits_at<int8_t>(q));
    case WZ_U8: return static_cast<T>(bits_at<uint8_t>(q));
    case WZ_I16: return static_cast<T>(bits_at<int16_t>(q));
    case WZ_I32: return static_cast<T>(bits_at<int32_t>(q));
    default: return static_cast<T>(bits_at<int64_t>(q));
  }
}

// Rounds to nearest, ties to even, and saturates; NaN becomes 0.
template <class I>
I integer_from(double v) {
  constexpr I kLeast = std::numeric_limits<I>::min(), kMost = std::numeric_limits<I>::max();
  const double r = std::nearbyint(v);
  if (std::isnan(r)) return 0;
  if (r >= std::ldexp(1.0, std::numeric_limits<I>::digits)) return kMost;
  if (r <= static_cast<double>(kLeast)) return kLeast;
  return static_cast<I>(r);
}

inline void store(void* p, int dtype, int64_t i, float v) {
  void* q = address(p, dtype, i);
  switch (dtype) {
    case WZ_F32: put_bits(q, v); break;
    case WZ_F16: put_bits(q, f16_from_f32(v)); break;
    case WZ_BF16: put_bits(q, bf16_from_f32(v)); break;
    case WZ_F64: put_bits(q, static_cast<double>(v)); break;
    case WZ_F8_E4M3: put_bits(q, f8_e4m3_from_f32(v)); break;
    case WZ_F8_E5M2: put_bits(q, f8_e5m2_from_f32(v)); break;
    case WZ_I8: put_bits(q, integer_from<int8_t>(v)); break;
    case WZ_U8: put_bits(q, integer_from<uint8_t>(v)); break;
    case WZ_I16: put_bits(q, integer_from<int16_t>(v)); break;
    case WZ_I32: put_bits(q, integer_from<int32_t>(v)); break;
    default: put_bits(q, integer_from<int64_t>(v)); break;
  }
}

// One rounding, whatever the type.
inline void store(void* p, int dtype, int64_t i, double v) {
  void* q = address(p, dtype, i);
  switch (dtype) {
    case WZ_F32: put_bits(q, static_cast<float>(v)); break;
    case WZ_F16: put_bits(q, f16_from_f32(f32_round_to_odd(v))); break;
    case WZ_BF16: put_bits(q, bf16_from_f32(f32_round_to_odd(v))); break;
    case WZ_F64: put_bits(q, v); break;
    case WZ_F8_E4M3: put_bits(q, f8_e4m3_from_f32(f32_round_to_odd(v))); break;
    case WZ_F8_E5M2: put_bits(q, f8_e5m2_from_f32(f32_round_to_odd(v))); break;
    case WZ_I8: put_bits(q, integer_from<int8_t>(v)); break;
    case WZ_U8: put_bits(q, integer_from<uint8_t>(v)); break;
    case WZ_I16: put_bits(q, integer_from<int16_t>(v)); break;
    case WZ_I32: put_bits(q, integer_from<int32_t>(v)); break;
    default: put_bits(q, integer_from<int64_t>(v)); break;
  }
}

// The type of a step and the rounding of its result.
struct F32 {
  using T = float;
  static float round(float v) { return v; }
  static float scalar(double v) { return static_cast<float>(v); }
};

struct F64 {
  using T = double;
  static double round(double v) { return v; }
  static double scalar(double v) { return v; }
};

struct Bf16 {
  using T = float;
  static float round(float v) { return f32_from_bf16(bf16_from_f32(v)); }
  static float scalar(double v) { return round(static_cast<float>(v)); }
};

struct F16 {
  using T = float;
  static float round(float v) { return f32_from_f16(f16_from_f32(v)); }
  static float scalar(double v) { return round(static_cast<float>(v)); }
};

// Calls f with the arithmetic's struct.
template <class F>
void with_arithmetic(int arithmetic, F&& f) {
  switch (arithmetic) {
    case WZ_ARITHMETIC_F32: f(F32{}); break;
    case WZ_ARITHMETIC_F64: f(F64{}); break;
    case WZ_ARITHMETIC_BF16: f(Bf16{}); break;
    default: f(F16{}); break;
  }
}

// Element i of x as the arithmetic sees it.
template <class A>
typename A::T value(wz_model x, int64_t i) {
  return A::round(load<typename A::T>(x.x, x.dtype, i));
}

// x - base
template <class A>
typename A::T delta(wz_model x, wz_model base, int64_t i) {
  return A::round(value<A>(x, i) - value<A>(base, i));
}

// x - base, or x where there is no base.
template <class A>
typename A::T value_or_delta(wz_model x, wz_model base, int64_t i) {
  return base.x != nullptr ? delta<A>(x, base, i) : value<A>(x, i);
}

// |float(d)| as ordered bits; every NaN has the key that follows infinity's.
inline uint32_t magnitude_bits(double d) {
  if (std::isnan(d)) return 0x7F800001u;
  const auto f = static_cast<float>(d);
  return bits_at<uint32_t>(&f) & 0x7FFFFFFFu;
}

// The fixed order of every reduction: term(j), j < n <= WZ_BLOCK, into 32 lanes by j % 32, then a tree over the lanes.
template <class F>
double reduce_block(int64_t n, F&& term) {
  double lanes[32] = {};
  for (int64_t j = 0; j < n; ++j) lanes[j % 32] += term(j);
  for (int s = 16; s > 0; s /= 2) {
    for (int l = 0; l < s; ++l) lanes[l] += lanes[l + s];
  }
  return lanes[0];
}

}  // namespace wz::reference
