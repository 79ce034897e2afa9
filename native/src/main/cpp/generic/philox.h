// Philox4x32-10 (Salmon et al., SC 2011) over consecutive counters: one round is
//   {x0, x1, x2, x3} -> {hi(M1 x2) ^ x1 ^ k0, lo(M1 x2), hi(M0 x0) ^ x3 ^ k1, lo(M0 x0)}
// with the key {k0, k1} stepped by two Weyl constants from round to round.
#pragma once
#include <cstdint>
#include "base/philox.h"
#include "philox_lanes.h"

namespace wz::WZ_ISA {
namespace {

// Counters of one block.
constexpr int64_t kPhiloxCounters = 64;
constexpr int64_t kPhiloxWords = 4 * kPhiloxCounters;

// The words of kPhiloxLanes counters. between(round) is called after each of the rounds 1 to 9: what is done there and does not wait for
// the words, above all loads and stores, fills the gaps between the vector multiplications, and costs little or nothing.
template <class Between>
inline __attribute__((always_inline)) void philox_lanes(uint32_t* out, uint64_t key, uint64_t counter, Between&& between) {
  auto k0 = static_cast<uint32_t>(key);
  auto k1 = static_cast<uint32_t>(key >> 32);
  const PhiloxLanes zero = every_lane(0);
  // The first round, of {lo32, hi32, 0, 0}.
  const PhiloxLanes first = counters_from(counter);
  PhiloxLanes x3 = multiply(first, kPhiloxMultiplier0);
  PhiloxLanes x0 = exclusive_or(upper_half(first), every_lane(k0), zero);
  PhiloxLanes x1 = zero;
  PhiloxLanes x2 = exclusive_or(upper_half(x3), every_lane(k1), zero);
#pragma GCC unroll 9
  for (int round = 1; round < kPhiloxRounds; ++round) {
    k0 += kPhiloxWeyl0;
    k1 += kPhiloxWeyl1;
    const PhiloxLanes p0 = multiply(x0, kPhiloxMultiplier0);
    const PhiloxLanes p1 = multiply(x2, kPhiloxMultiplier1);
    x0 = exclusive_or(upper_half(p1), x1, every_lane(k0));
    x1 = p1;
    x2 = exclusive_or(upper_half(p0), x3, every_lane(k1));
    x3 = p0;
    between(round);
  }
  store_words(out, x0, x1, x2, x3);
}

// words[4 i + k] = word k of counter first + i, i < kPhiloxCounters; any alignment.
inline void philox_block(uint32_t* words, uint64_t key, uint64_t first) {
  for (int i = 0; i < kPhiloxCounters; i += kPhiloxLanes) philox_lanes(words + 4 * i, key, first + static_cast<uint64_t>(i), [](int) {});
}

}  // namespace
}  // namespace wz::WZ_ISA
