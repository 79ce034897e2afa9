// WZ_KEEP_RANKED, the MAGPRUNE step of DELLA (2406.11617): which deltas of a row survive depends on random words and on their ranks.
#pragma once
#include "base/probability.h"
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "generic/philox.h"
#include "generic/ranking.h"

namespace wz::WZ_ISA {
namespace {

class RankedRow {
 public:
  // word, rank: cols + 64 numbers each; memory: ranking_bytes(cols).
  RankedRow(int64_t cols, uint32_t* word, uint32_t* rank, void* memory) : cols_(cols), word_(word), rank_(rank), memory_(memory) {}

  // Ranks the magnitudes of a row and draws its random words; `first` is the flat index of its first element in its tensor.
  // key: room for cols keys; window: of RowRanks::open.
  template <class T>
  void draw(const T* d, uint32_t* key, Window& window, uint64_t philox_key, int64_t first) {
    if (short_ranks()) {
      RowRanks ranks(memory_, cols_);
      if constexpr (sizeof(T) == 4) {
        ranks.open(d, 0x7FFFFFFFu, kNanKey, cols_, window);
      } else {
        magnitudes(key, d);
        ranks.open(key, 0xFFFFFFFFu, 0xFFFFFFFFu, cols_, window);
      }
      auto* rank = reinterpret_cast<uint16_t*>(rank_);
      ranks.count();
      draw_and_rank(philox_key, first, ranks, rank);
      ranks.settle(rank);
      drawn_ = word_ + first % 4;
      return;
    }
    magnitudes(key, d);
    if (cols_ <= kShortRow) {
      rank_short_row(rank_, key, cols_);
    } else {
      rank_long_row(rank_, key, cols_, memory_);
    }
    philox_words(word_, philox_key, first, cols_);
    drawn_ = word_;
  }

  // use(factor) for the elements from `column` on; INVERSE: 1/probability for kept ones, else 1.
  template <class A, bool INVERSE, class Use>
  void keep(KeepRamp ramp, int64_t column, Use&& use) const {
    using T = typename A::T;
    const uint32_t* word = drawn_ + column;
    const auto factor = [word](int64_t j, uint32_t last) __attribute__((always_inline)) {
      return kept_if(word[j] <= last, INVERSE ? A::rounded(inverse_probability<T>(last)) : T(1));
    };
    if (short_ranks()) {
      // rank * step >> 16 of last_word, in 32 bits: step = 2^16 whole + part, and a rank has 16 bits.
      const auto whole = static_cast<uint32_t>(ramp.step >> 16);
      const auto part = static_cast<uint32_t>(ramp.step & 0xFFFFu);
      const uint16_t* rank = reinterpret_cast<const uint16_t*>(rank_) + column;
      use([=](int64_t j) __attribute__((always_inline)) {
        const uint32_t r = rank[j];
        return factor(j, ramp.foot + r * whole + (r * part >> 16));
      });
    } else {
      const uint32_t* rank = rank_ + column;
      use([=](int64_t j) { return factor(j, last_word(ramp, rank[j])); });
    }
  }

 private:
  bool short_ranks() const { return cols_ > kShortRow && cols_ <= kMaxRankedRow; }

  template <class T>
  void magnitudes(uint32_t* key, const T* d) const {
    for (int64_t j = 0; j < cols_; ++j) key[j] = magnitude_bits(d[j]);
  }

  // Ranks and words together: the dependent loads and stores of the ranks fill the gaps in the computation of the words.
  void draw_and_rank(uint64_t philox_key, int64_t first, RowRanks& ranks, uint16_t* rank) {
    constexpr int64_t kGroup = 4 * kPhiloxLanes;
    const auto counter = static_cast<uint64_t>(first / 4);
    int64_t i = 0;
    for (; i + kGroup <= cols_; i += kGroup) {
      philox_lanes(word_ + i, philox_key, counter + static_cast<uint64_t>(i / 4), [&](int round) __attribute__((always_inline)) {
        ranks.rank(rank, i + kGroup * (round - 1) / 9, i + kGroup * round / 9);
      });
    }
    ranks.rank(rank, i, cols_);
    for (; i < cols_ + first % 4; i += kGroup) philox_lanes(word_ + i, philox_key, counter + static_cast<uint64_t>(i / 4), [](int) {});
  }

  const int64_t cols_;
  uint32_t* word_;
  uint32_t* rank_;
  void* memory_;
  const uint32_t* drawn_ = nullptr;
};

}  // namespace
}  // namespace wz::WZ_ISA
