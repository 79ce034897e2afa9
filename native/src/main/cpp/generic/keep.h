// Which elements of a model's delta survive its sparsifier, as one factor per element of a block: 0 for a dropped one, 1 or 1/probability for
// a kept one. A product with 0 keeps NaN, so a broken input shows in the output whatever the sparsifier does.
#pragma once
#include "base/probability.h"
#include "capi/operations.h"
#include "generic/arithmetic.h"

namespace wz::WZ_ISA {
namespace {

// One model of a call, and how many of its ties the call has passed.
template <class A>
struct Part {
  using T = typename A::T;
  wz_gta_model model;
  T weight;
  T rescale;  // a scalar of a product is not rounded to the arithmetic, a weight is
  KeepThreshold random;
  KeepRamp ramp;
  int64_t low_seen;
  int64_t high_seen;
  uint32_t* rank;  // RANKED: [cols], of the row at hand
};

template <class A>
inline Part<A> part(const wz_gta_model& model, int64_t cols, uint32_t* rank) {
  using T = typename A::T;
  Part<A> p{model, A::scalar(model.weight), static_cast<T>(model.rescale), {}, {}, model.low_seen, model.high_seen, rank};
  if (model.sparsifier == WZ_KEEP_RANDOM) p.random = keep_threshold(model.density);
  if (model.sparsifier == WZ_KEEP_RANKED) p.ramp = keep_ramp(model.density, model.epsilon, cols);
  return p;
}

// Of the `equal` elements of this block whose key is `cut`, keeps those among the first `ties` of the tensor.
template <class T, class K>
inline __attribute__((always_inline)) void keep_ties(T* factor, K&& key, int64_t n, uint32_t cut, int64_t ties, int64_t equal, int64_t& seen) {
  int64_t left = ties - seen;
  seen += equal;
  if (left <= 0 || equal == 0) return;
  if (equal <= left) {
    for (int64_t j = 0; j < n; ++j) factor[j] = key(j) == cut ? T(1) : factor[j];
    return;
  }
  for (int64_t j = 0; left > 0; ++j) {
    if (key(j) != cut) continue;
    factor[j] = 1;
    --left;
  }
}

template <class T, class K>
inline __attribute__((always_inline)) void keep_range(T* factor, K&& key, int64_t n, const wz_gta_model& range, int64_t& low_seen,
                                                      int64_t& high_seen) {
  const uint32_t low = range.low;
  const uint32_t high = range.high;
  int32_t lows = 0;
  int32_t highs = 0;
  for (int64_t j = 0; j < n; ++j) {
    const uint32_t bits = key(j);
    factor[j] = (bits > low) & (bits < high) ? T(1) : T(0);
    lows += bits == low;
    highs += bits == high;
  }
  keep_ties(factor, key, n, low, range.low_ties, lows, low_seen);
  if (high != low) keep_ties(factor, key, n, high, range.high_ties, highs, high_seen);
}

template <class A>
inline void keep_random(typename A::T* factor, const Part<A>& p, bool inverse, int64_t first, int64_t n) {
  using T = typename A::T;
  alignas(64) uint32_t word[kBlock];
  philox_words(word, p.model.key, first, n);
  const T kept = p.random.none ? T(0) : inverse ? A::scalar(1 / p.model.density) : T(1);
  const uint32_t last = p.random.last;
  for (int64_t j = 0; j < n; ++j) factor[j] = word[j] <= last ? kept : T(0);
}

template <class A>
inline void keep_ranked(typename A::T* factor, const Part<A>& p, bool inverse, int64_t first, int64_t column, int64_t n) {
  using T = typename A::T;
  alignas(64) uint32_t word[kBlock];
  philox_words(word, p.model.key, first, n);
  const uint32_t* rank = p.rank + column;
  const KeepRamp ramp = p.ramp;
  for (int64_t j = 0; j < n; ++j) {
    const uint32_t last = last_word(ramp, rank[j]);
    const T kept = inverse ? inverse_probability<T>(last) : T(1);
    factor[j] = word[j] <= last ? kept : T(0);
  }
  A::round(factor, n);
}

// The factors of n elements: `first` the flat index of the first in its tensor, `offset` its index in this piece, `column` in its row.
// inverse: 1/probability instead of 1. Not for KEEP_ALL, which has none.
template <class A>
inline void keep_block(typename A::T* factor, const typename A::T* d, Part<A>& p, bool inverse, int64_t first, int64_t offset,
                       int64_t column, int64_t n) {
  using T = typename A::T;
  switch (p.model.sparsifier) {
    case WZ_KEEP_RANGE:
      keep_range(factor, [d](int64_t j) { return magnitude_bits(d[j]); }, n, p.model, p.low_seen, p.high_seen);
      break;
    case WZ_KEEP_RANDOM: keep_random(factor, p, inverse, first, n); break;
    case WZ_KEEP_RANKED: keep_ranked(factor, p, inverse, first, column, n); break;
    default:
      for (int64_t j = 0; j < n; ++j) factor[j] = p.model.mask[offset + j] != 0 ? T(1) : T(0);
      break;
  }
}

}  // namespace
}  // namespace wz::WZ_ISA
