// What passes over the logits of a vocabulary share.
//
// Unnormalised probabilities are added as integers, so that sums come out the same in any order: a mass is e^(logit - largest logit), in [0, 1],
// times the unit, a power of 2, rounded. The unit is as large as lets the masses of a whole vocabulary fit 62 bits: for 2^18 tokens 2^44, and all
// that rounding can lose is 2^-27 of the sum.
#pragma once
#include <cstdint>
#include "base/elementary.h"

namespace wz {
namespace {

constexpr int64_t kChunk = 64;  // of a vocabulary, with its maximum known: chunks that cannot hold what is looked for are passed over
inline __attribute__((always_inline)) int64_t chunks_of(int64_t n) { return (n + kChunk - 1) / kChunk; }

// For n tokens, 0 < n < 2^31: 2^51 at most, so that a mass fits the mantissa.
inline __attribute__((always_inline)) double mass_unit(int64_t n) {
  int bits = 11;
  while (int64_t{1} << bits < n) ++bits;
  return double_of(static_cast<uint64_t>(1023 + 62 - bits) << 52);
}

// 0 <= e <= 1. To nearest, ties to even: adding 2^52 leaves the integer in the mantissa.
inline __attribute__((always_inline)) uint64_t mass_of(float e, double unit) {
  return bits_of(static_cast<double>(e) * unit + 0x1p52) - bits_of(0x1p52);
}

}  // namespace
}  // namespace wz
