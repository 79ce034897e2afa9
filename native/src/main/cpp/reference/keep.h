// Whether an element of a model's delta survives the sparsifier, one element after the other.
#pragma once
#include <vector>
#include "base/probability.h"
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {

// WZ_KEEP_RANGE over keys in the order of the tensor.
class RangeFilter {
 public:
  explicit RangeFilter(const wz_gta_model& range) : range_(range), low_seen_(range.low_seen), high_seen_(range.high_seen) {}

  bool keeps(uint32_t key) {
    if (key == range_.low) return low_seen_++ < range_.low_ties;
    if (key == range_.high) return high_seen_++ < range_.high_ties;
    return key > range_.low && key < range_.high;
  }

 private:
  const wz_gta_model& range_;
  int64_t low_seen_;
  int64_t high_seen_;
};

// 0 for a dropped element, 1 or (inverse) 1/probability for a kept one.
template <class A>
class Sparsifier {
  using T = typename A::T;

 public:
  Sparsifier(const wz_gta_model& model, const wz_gta& gta, bool inverse)
      : model_(model), gta_(gta), inverse_(inverse), range_(model), rank_(static_cast<size_t>(gta.cols)) {}

  // To be called for i = 0, 1, 2, ...
  T factor(int64_t i) {
    switch (model_.sparsifier) {
      case WZ_KEEP_RANGE: return range_.keeps(magnitude_bits(delta<A>(model(), base(), i))) ? 1 : 0;
      case WZ_KEEP_RANDOM: {
        const KeepThreshold threshold = keep_threshold(model_.density);
        if (threshold.none || word(i) > threshold.last) return 0;
        return inverse_ ? A::scalar(1 / model_.density) : T(1);
      }
      case WZ_KEEP_RANKED: {
        const int64_t column = i % gta_.cols;
        if (column == 0) rank_row(i);
        const uint32_t last = last_word(keep_ramp(model_.density, model_.epsilon, gta_.cols), rank_[static_cast<size_t>(column)]);
        if (word(i) > last) return 0;
        return inverse_ ? A::round(inverse_probability<T>(last)) : T(1);
      }
      case WZ_KEEP_MASK: return model_.mask[i] != 0 ? 1 : 0;
      default: return 1;
    }
  }

 private:
  wz_model model() const { return {model_.x, model_.dtype}; }
  wz_model base() const { return {gta_.base, gta_.base_dtype}; }

  uint32_t word(int64_t i) const {
    uint32_t w;
    philox_words(&w, model_.key, gta_.first + i, 1);
    return w;
  }

  void rank_row(int64_t begin) {
    std::vector<uint32_t> key(rank_.size());
    for (size_t j = 0; j < key.size(); ++j) key[j] = magnitude_bits(delta<A>(model(), base(), begin + static_cast<int64_t>(j)));
    row_ranks(rank_.data(), key.data(), 1, gta_.cols);
  }

  const wz_gta_model& model_;
  const wz_gta& gta_;
  const bool inverse_;
  RangeFilter range_;
  std::vector<uint32_t> rank_;
};

}  // namespace wz::reference
