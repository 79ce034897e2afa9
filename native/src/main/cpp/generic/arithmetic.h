// The four arithmetics of merge.h as policies: the type of a step and what happens to its result.
#pragma once
#include <cstdint>
#include <cstring>
#include "generic/block.h"
#include "generic/element.h"
#include "wootz/merge.h"

namespace wz::WZ_ISA {
namespace {

constexpr int64_t kBlock = WZ_BLOCK;

// kRounds: whether round does anything. round(v, n) works on a block of any length, rounded(v) on one element of a loop that vectorises: better
// for several steps in one loop, except where kRoundsByBlock (binary16 has instructions that only whole vectors can use).
// kDtype: the type whose values all are values of the arithmetic as they stand.
struct F32 {
  using T = float;
  static constexpr bool kRounds = false;
  static constexpr bool kRoundsByBlock = false;
  static constexpr int kDtype = WZ_F32;
  static float rounded(float v) { return v; }
  static void round(T*, int64_t) {}
  static T scalar(double v) { return static_cast<float>(v); }
};

struct F64 {
  using T = double;
  static constexpr bool kRounds = false;
  static constexpr bool kRoundsByBlock = false;
  static constexpr int kDtype = WZ_F64;
  static double rounded(double v) { return v; }
  static void round(T*, int64_t) {}
  static T scalar(double v) { return v; }
};

struct Bf16 {
  using T = float;
  static constexpr bool kRounds = true;
  static constexpr bool kRoundsByBlock = false;
  static constexpr int kDtype = WZ_BF16;
  static float rounded(float v) { return rounded_to_bf16(v); }
  static void round(T* v, int64_t n) { round_block_bf16(v, n); }
  static T scalar(double v) { return rounded(static_cast<float>(v)); }
};

struct F16 {
  using T = float;
  static constexpr bool kRounds = true;
  static constexpr bool kRoundsByBlock = true;
  static constexpr int kDtype = WZ_F16;
  static float rounded(float v) { return rounded_to_f16(v); }
  static void round(T* v, int64_t n) { round_block_f16(v, n); }
  static T scalar(double v) { return rounded(static_cast<float>(v)); }
};

// Calls f with the policy object of an arithmetic that capi has checked.
template <class F>
inline __attribute__((always_inline)) void with_arithmetic(int arithmetic, F&& f) {
  switch (arithmetic) {
    case WZ_ARITHMETIC_F32: f(F32{}); break;
    case WZ_ARITHMETIC_F64: f(F64{}); break;
    case WZ_ARITHMETIC_BF16: f(Bf16{}); break;
    default: f(F16{}); break;
  }
}

inline __attribute__((always_inline)) int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

inline __attribute__((always_inline)) const void* at(const void* p, int dtype, int64_t i) {
  return static_cast<const char*>(p) + i * element_bytes(dtype);
}
inline __attribute__((always_inline)) void* at(void* p, int dtype, int64_t i) {
  return static_cast<char*>(p) + i * element_bytes(dtype);
}

// Loads n elements of x starting at i, in the arithmetic's own precision (a bfloat16 arithmetic sees bfloat16 inputs).
template <class A>
inline void load(typename A::T* v, wz_model x, int64_t i, int64_t n) {
  load_block(v, at(x.x, x.dtype, i), x.dtype, n);
  if (A::kRounds && x.dtype != A::kDtype) A::round(v, n);
}

// v[j] = f(j, x - base) for a block. f(j, d) must vectorise.
template <class A, class F>
inline __attribute__((always_inline)) void map_delta(typename A::T* v, wz_model x, const typename A::T* base, int64_t i, int64_t n, F&& f) {
  using T = typename A::T;
  const void* p = at(x.x, x.dtype, i);
  if constexpr (A::kDtype != WZ_F16) {
    if (x.dtype == WZ_BF16) {
      for (int64_t j = 0; j < n; ++j) v[j] = f(j, A::rounded(static_cast<T>(get_bf16(p, j)) - base[j]));
      return;
    }
  }
  load<A>(v, x, i, n);
  if constexpr (A::kRoundsByBlock) {
    for (int64_t j = 0; j < n; ++j) v[j] -= base[j];
    A::round(v, n);
    for (int64_t j = 0; j < n; ++j) v[j] = f(j, v[j]);
  } else {
    for (int64_t j = 0; j < n; ++j) v[j] = f(j, A::rounded(v[j] - base[j]));
  }
}

// v = x - base
template <class A>
inline void load_delta(typename A::T* v, wz_model x, const typename A::T* base, int64_t i, int64_t n) {
  map_delta<A>(v, x, base, i, n, [](int64_t, typename A::T d) { return d; });
}

// |float(d)| as ordered bits; all NaNs are one, above infinity, so that no order depends on the payload that a processor hands on.
constexpr uint32_t kNanKey = 0x7F800001u;
inline __attribute__((always_inline)) uint32_t magnitude_bits(float d) {
  const uint32_t bits = bits_of(d) & 0x7FFFFFFFu;
  return bits < kNanKey ? bits : kNanKey;
}
inline __attribute__((always_inline)) uint32_t magnitude_bits(double d) { return magnitude_bits(static_cast<float>(d)); }

// The fixed order of every reduction: 32 lanes over a block, then a tree.
constexpr int kLanes = 32;
inline __attribute__((always_inline)) double reduce_lanes(double* lanes) {
  for (int s = kLanes / 2; s > 0; s /= 2)
    for (int l = 0; l < s; ++l) lanes[l] += lanes[l + s];
  return lanes[0];
}

}  // namespace
}  // namespace wz::WZ_ISA
