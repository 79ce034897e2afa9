// A register tile of integer dot products: kRegisters registers of rows of a packed weight by kTokens rows of x. Integer sums of a block
// are exact, so their order does not matter; float32 sums take the blocks in the order of the columns.
#pragma once
#include <cstdint>
#include "base/quantized_row.h"
#include "generic/packed_types.h"
#include "generic/with_count.h"
#include "wootz/linear.h"

namespace wz::WZ_ISA {
namespace {

// f(Count<1>) to f(Count<8>), for the groups of a block or, of two halves, for those of half h. Groups g and g + 4 are often the two halves
// of the same bytes.
template <int kHalves, class F>
inline __attribute__((always_inline)) void each_group(int h, F&& f) {
  if (h == 0) f(Count<1>{});
  if (h == kHalves - 1) f(Count<5>{});
  if (h == 0) f(Count<2>{});
  if (h == kHalves - 1) f(Count<6>{});
  if (h == 0) f(Count<3>{});
  if (h == kHalves - 1) f(Count<7>{});
  if (h == 0) f(Count<4>{});
  if (h == kHalves - 1) f(Count<8>{});
}

// kHalves, kMinimum: as in packed_types.h. kUnpacked: weights lie ready in memory, so that reading them twice costs less than keeping two
// sums of each kind in registers.
template <int kHalves, bool kMinimum, int kRegisters, int kTokens, bool kUnpacked>
struct Products {
  Floats sum[kTokens][kRegisters];

  Products() {
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
      for (int r = 0; r < kRegisters; ++r) sum[t][r] = every_float(0);
  }

  // One block of columns. The blocks of the tokens lie next to each other at x. offset is taken off every quant: instead, what the integer
  // sum gets is the offset times the sum of what the quants meet. group(r, Count<g + 1>) has the Operands of group g of register r, first()
  // and second(); scales(r) are the register's scales.
  template <class Group, class Scales>
  inline __attribute__((always_inline)) void add(const QuantizedBlock* x, int32_t offset, Group&& group, Scales&& scales) {
    BlockScales<kHalves> of_block[kRegisters];
#pragma GCC unroll 8
    for (int r = 0; r < kRegisters; ++r) of_block[r] = scales(r);
#pragma GCC unroll 2
    for (int h = 0; h < kHalves; ++h) {
      Ints products[kTokens][kRegisters];
      if constexpr (kUnpacked) {
        in_turn(products, x, h, offset, group);
      } else {
        together(products, x, h, offset, group);
      }
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t) {
        const Floats scale = every_float(x[t].scale);
#pragma GCC unroll 8
        for (int r = 0; r < kRegisters; ++r) sum[t][r] = fused(times(of_block[r].scale[h], scale), floats_of(products[t][r]), sum[t][r]);
      }
    }
    if constexpr (kMinimum) {
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
        for (int r = 0; r < kRegisters; ++r) sum[t][r] = fused(of_block[r].minimum, every_float(x[t].scaled_sum), sum[t][r]);
    }
  }

  // Rows [row, row + kRegisters * kWidth) of the weight, as far as it has them, and rows [token, token + kTokens) of x.
  void finish(const wz_linear_part& part, int64_t token, int64_t row) const {
    for (int t = 0; t < kTokens; ++t) {
      float* out = part.out + (token + t) * part.out_stride;
      for (int r = 0; r < kRegisters; ++r) {
        const int64_t at = row + r * kWidth, left = part.weight.rows - at;
        if (left >= kWidth) {
          Floats y = sum[t][r];
          if (part.bias != nullptr) y = plus(y, load_floats(part.bias + at));
          if (part.add != 0) y = plus(load_floats(out + at), y);
          store_floats(out + at, y);
          continue;
        }
        float rest[kWidth];
        store_floats(rest, sum[t][r]);
        for (int64_t k = 0; k < left; ++k) {
          float y = rest[k];
          if (part.bias != nullptr) y += part.bias[at + k];
          out[at + k] = part.add != 0 ? out[at + k] + y : y;
        }
      }
    }
  }

 private:
  static Ints start(const QuantizedBlock& x, int h, int32_t offset) {
    return every_int(kMinimum ? 0 : offset * (kHalves == 2 ? x.minus_sums[h] : x.minus_sums[0] + x.minus_sums[1]));
  }

  // First all first operands, then all second ones, into the same sums.
  template <class Group>
  static inline __attribute__((always_inline)) void in_turn(Ints (&products)[kTokens][kRegisters], const QuantizedBlock* x, int h,
                                                            int32_t offset, Group&& group) {
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
      for (int r = 0; r < kRegisters; ++r) products[t][r] = kFirstCounts == 1 ? start(x[t], h, offset) : every_int(0);
    each_group<kHalves>(h, [&](auto count) __attribute__((always_inline)) {
      Operand weights[kRegisters];
#pragma GCC unroll 8
      for (int r = 0; r < kRegisters; ++r) weights[r] = group(r, count).first();
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
        for (int r = 0; r < kRegisters; ++r) products[t][r] = dot(products[t][r], weights[r], every_dword(x[t].q + count.kCount - 1));
    });
    if constexpr (kFirstCounts != 1) {
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
        for (int r = 0; r < kRegisters; ++r) {
          products[t][r] = of_first(products[t][r]);
          if constexpr (!kMinimum) products[t][r] = plus(products[t][r], start(x[t], h, offset));
        }
    }
    each_group<kHalves>(h, [&](auto count) __attribute__((always_inline)) {
      Operand weights[kRegisters];
#pragma GCC unroll 8
      for (int r = 0; r < kRegisters; ++r) weights[r] = group(r, count).second();
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
        for (int r = 0; r < kRegisters; ++r) products[t][r] = dot(products[t][r], weights[r], every_dword(x[t].q + 8 + count.kCount - 1));
    });
  }

  // Both operands of a group at once, each into its sums where there are registers for them: additions that do not wait for each other.
  template <class Group>
  static inline __attribute__((always_inline)) void together(Ints (&products)[kTokens][kRegisters], const QuantizedBlock* x, int h,
                                                             int32_t offset, Group&& group) {
    constexpr bool kApart = kFirstCounts != 1 || kTokens * kRegisters <= 4;
    Ints of_firsts[kTokens][kRegisters];
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
      for (int r = 0; r < kRegisters; ++r) {
        products[t][r] = start(x[t], h, offset);
        of_firsts[t][r] = every_int(0);
      }
    each_group<kHalves>(h, [&](auto count) __attribute__((always_inline)) {
      decltype(group(0, count)) quants[kRegisters];
#pragma GCC unroll 8
      for (int r = 0; r < kRegisters; ++r) quants[r] = group(r, count);
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
        for (int r = 0; r < kRegisters; ++r) {
          Ints& firsts = kApart ? of_firsts[t][r] : products[t][r];
          firsts = dot(firsts, quants[r].first(), every_dword(x[t].q + count.kCount - 1));
          products[t][r] = dot(products[t][r], quants[r].second(), every_dword(x[t].q + 8 + count.kCount - 1));
        }
    });
    if constexpr (kApart) {
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
        for (int r = 0; r < kRegisters; ++r) products[t][r] = plus(of_first(of_firsts[t][r]), products[t][r]);
    }
  }
};

}  // namespace
}  // namespace wz::WZ_ISA
