// The Gram lanes of up to three models, read from memory straight into registers. The 32 lanes are taken in groups that leave every sum of a
// group in a register; a block is small enough to stay in the first-level cache while the groups pass over it.
#pragma once
#include "generic/arithmetic.h"
#include "simd.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kFewModels = 3;

// kDoubles elements from i on and element i of an array of the type, as float64.
struct FromBf16 {
  static Doubles vector(const void* p, int64_t i) { return doubles_from_bf16(static_cast<const char*>(p) + 2 * i); }
  static double element(const void* p, int64_t i) { return static_cast<double>(get_bf16(p, i)); }
};

struct FromF32 {
  static Doubles vector(const void* p, int64_t i) { return doubles_from_f32(static_cast<const char*>(p) + 4 * i); }
  static double element(const void* p, int64_t i) { return static_cast<double>(get<float>(p, i)); }
};

struct FromF64 {
  static Doubles vector(const void* p, int64_t i) { return doubles_from_f64(static_cast<const char*>(p) + 8 * i); }
  static double element(const void* p, int64_t i) { return get<double>(p, i); }
};

// How many vectors of lanes go together: a divisor of all of them, with what they and the pairs make of sums in registers.
constexpr int group_of(int pairs) {
  int group = kLanes / kDoubles;
  while (group > 1 && group * pairs > kRegisters / 2) group /= 2;
  return group;
}

// lanes [MODELS (MODELS + 1) / 2, kLanes] = the sums of products of one block, n <= kBlock.
template <class From, int MODELS, bool BASE>
void few_lanes(double* lanes, const void* const* x, const void* base, int64_t n) {
  constexpr int kPairs = MODELS * (MODELS + 1) / 2;
  constexpr int kGroup = group_of(kPairs);
  // + - * on vectors are elementwise.
  for (int first = 0; first < kLanes; first += kGroup * kDoubles) {
    Doubles sums[kPairs][kGroup] = {};
    for (int64_t j = 0; j + kLanes <= n; j += kLanes) {
#pragma GCC unroll 16
      for (int l = 0; l < kGroup; ++l) {
        const int64_t i = j + first + l * kDoubles;
        Doubles v[MODELS];
#pragma GCC unroll 4
        for (int k = 0; k < MODELS; ++k) v[k] = From::vector(x[k], i);
        if constexpr (BASE) {
          const Doubles b = From::vector(base, i);
#pragma GCC unroll 4
          for (int k = 0; k < MODELS; ++k) v[k] -= b;
        }
        int pair = 0;
#pragma GCC unroll 4
        for (int a = 0; a < MODELS; ++a) {
#pragma GCC unroll 4
          for (int b = a; b < MODELS; ++b) sums[pair++][l] += v[a] * v[b];
        }
      }
    }
    for (int pair = 0; pair < kPairs; ++pair) std::memcpy(lanes + pair * kLanes + first, sums[pair], sizeof sums[pair]);
  }
  for (int64_t j = n - n % kLanes; j < n; ++j) {
    double v[MODELS];
    for (int k = 0; k < MODELS; ++k) v[k] = BASE ? From::element(x[k], j) - From::element(base, j) : From::element(x[k], j);
    int pair = 0;
    for (int a = 0; a < MODELS; ++a) {
      for (int b = a; b < MODELS; ++b) lanes[pair++ * kLanes + j % kLanes] += v[a] * v[b];
    }
  }
}

template <class From>
void few_lanes(double* lanes, const void* const* x, int models, const void* base, int64_t n) {
  switch (models * 2 + (base != nullptr ? 1 : 0)) {
    case 2: few_lanes<From, 1, false>(lanes, x, base, n); break;
    case 3: few_lanes<From, 1, true>(lanes, x, base, n); break;
    case 4: few_lanes<From, 2, false>(lanes, x, base, n); break;
    case 5: few_lanes<From, 2, true>(lanes, x, base, n); break;
    case 6: few_lanes<From, 3, false>(lanes, x, base, n); break;
    default: few_lanes<From, 3, true>(lanes, x, base, n); break;
  }
}

// The lanes of n <= kBlock elements from i on; staging [kFewModels + 1, kBlock] for types that are not read in place.
inline void few_lanes(double* lanes, double* staging, const wz_model* x, int models, wz_model base, int64_t i, int64_t n) {
  const void* p[kFewModels];
  const void* b = base.x != nullptr ? at(base.x, base.dtype, i) : nullptr;
  bool one_type = base.x == nullptr || base.dtype == x[0].dtype;
  for (int k = 0; k < models; ++k) {
    p[k] = at(x[k].x, x[k].dtype, i);
    one_type = one_type && x[k].dtype == x[0].dtype;
  }
  if (one_type && x[0].dtype == WZ_BF16) return few_lanes<FromBf16>(lanes, p, models, b, n);
  if (one_type && x[0].dtype == WZ_F32) return few_lanes<FromF32>(lanes, p, models, b, n);
  for (int k = 0; k < models; ++k) {
    load_block(staging + k * kBlock, p[k], x[k].dtype, n);
    p[k] = staging + k * kBlock;
  }
  if (b != nullptr) {
    load_block(staging + models * kBlock, b, base.dtype, n);
    b = staging + models * kBlock;
  }
  few_lanes<FromF64>(lanes, p, models, b, n);
}

}  // namespace
}  // namespace wz::WZ_ISA
