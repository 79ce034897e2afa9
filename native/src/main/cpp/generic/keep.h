// The sparsifiers of generalised task arithmetic: the factor of each delta, 0 for a dropped one, 1 or 1/probability for a kept one.
// A product with 0 keeps NaN, so a broken input shows in the output whatever the sparsifier does.
//
// Every function here calls use(factor) once with a function of the index in the block, made so that a loop over it vectorises.
#pragma once
#include "base/probability.h"
#include "capi/operations.h"
#include "generic/arithmetic.h"

namespace wz::WZ_ISA {
namespace {

// WZ_KEEP_MASK
template <class T, class Use>
inline void keep_masked(const uint8_t* mask, Use&& use) {
  use([mask](int64_t j) { return mask[j] != 0 ? T(1) : T(0); });
}

// WZ_KEEP_RANDOM; `first` is the flat index of the block's first element in its tensor. kept: 1 or 1/density.
template <class T, class Use>
inline void keep_random(uint64_t key, double density, T kept, int64_t first, int64_t n, Use&& use) {
  alignas(64) uint32_t word[kBlock];
  philox_words(word, key, first, n);
  const KeepThreshold threshold = keep_threshold(density);
  use([&word, last = threshold.last, kept = threshold.none ? T(0) : kept](int64_t j) { return word[j] <= last ? kept : T(0); });
}

// WZ_KEEP_RANGE: keys strictly between low and high, and the ties at both ends that come first in the tensor.
class Range {
 public:
  explicit Range(const wz_gta_model& m)
      : low_(m.low), high_(m.high), low_left_(m.low_ties - m.low_seen), high_left_(m.low == m.high ? 0 : m.high_ties - m.high_seen) {}

  // The keys from least on, width + 1 of them; none where kept is 0.
  struct Interval {
    uint32_t least;
    uint32_t width;
    float kept;
  };

  // Whether among the next n elements all ties of a bound are kept, or none: then an interval says which keys are.
  bool is_interval(int64_t n) const { return (low_left_ <= 0 || low_left_ >= n) && (high_left_ <= 0 || high_left_ >= n); }
  Interval interval() const { return interval(low_left_ > 0, high_left_ > 0); }

  // The next n elements, with the given keys.
  template <class T, class Key, class Use>
  inline __attribute__((always_inline)) void keep(Key&& key, int64_t n, Use&& use) {
    int32_t lows = 0;
    int32_t highs = 0;
    for (int64_t j = 0; j < n; ++j) {
      lows += key(j) == low_;
      highs += key(j) == high_;
    }
    const bool all_low = lows <= low_left_;
    const bool all_high = highs <= high_left_;
    const Interval bounds = interval(all_low, all_high);
    if ((all_low || low_left_ <= 0) && (all_high || high_left_ <= 0)) {
      use(inside<T>(key, bounds));
    } else {
      alignas(64) T factor[kBlock];
      const auto within = inside<T>(key, bounds);
      for (int64_t j = 0; j < n; ++j) factor[j] = within(j);
      if (!all_low) keep_first(factor, key, low_, low_left_);
      if (!all_high) keep_first(factor, key, high_, high_left_);
      use([&factor](int64_t j) { return factor[j]; });
    }
    low_left_ -= lows;
    high_left_ -= highs;
  }

 private:
  // Where all ties of a bound are kept, or none, they are on one side of it; the lower bound is exclusive as well, in numbers from -1 on.
  // Keys have 32 bits and the bounds 33; key - least <= width without sign, least >= 0, says the same in 32.
  Interval interval(bool all_low, bool all_high) const {
    const int64_t over = int64_t{low_} - (all_low ? 1 : 0);
    const int64_t under = int64_t{high_} + ((low_ == high_ ? all_low : all_high) ? 1 : 0);
    if (under - over < 2) return {0, 0, 0};
    return {static_cast<uint32_t>(over + 1), static_cast<uint32_t>(under - over - 2), 1};
  }

  template <class T, class Key>
  static inline __attribute__((always_inline)) auto inside(Key&& key, Interval bounds) {
    return [&key, least = bounds.least, width = bounds.width, kept = T(bounds.kept)](int64_t j) { return key(j) - least <= width ? kept : T(0); };
  }

  template <class T, class Key>
  static void keep_first(T* factor, Key&& key, uint32_t cut, int64_t left) {
    for (int64_t j = 0; left > 0; ++j) {
      if (key(j) != cut) continue;
      factor[j] = 1;
      --left;
    }
  }

  uint32_t low_;
  uint32_t high_;
  int64_t low_left_;  // how many more ties are kept
  int64_t high_left_;
};

}  // namespace
}  // namespace wz::WZ_ISA
