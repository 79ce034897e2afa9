// A register tile of integer dot products: kRegisters registers of rows of a packed weight by kTokens rows of x. Integer sums of a block
// are exact, so their order does not matter; float32 sums take the blocks in the order of the columns.
#pragma once
#include <cstdint>
#include "generic/packed_types.h"
#include "generic/with_count.h"
#include "wootz/linear.h"

namespace wz::WZ_ISA {
namespace {

// kWide, kHalves, kMinimum: as in packed_types.h.
template <bool kWide, int kHalves, bool kMinimum, int kRegisters, int kTokens>
struct Products {
  Floats sum[kTokens][kRegisters];

  Products() {
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
      for (int r = 0; r < kRegisters; ++r) sum[t][r] = every_float(0);
  }

  // One block of columns. The blocks of the tokens lie next to each other at x. start(block of x, half) is what an integer sum begins with,
  // group(r, Count<g + 1>) group g of register r, scales(r) its scales.
  template <class Start, class Group, class Scales>
  inline __attribute__((always_inline)) void add(const QuantizedBlock* x, Start&& start, Group&& group, Scales&& scales) {
    BlockScales<kHalves> of_block[kRegisters];
#pragma GCC unroll 8
    for (int r = 0; r < kRegisters; ++r) of_block[r] = scales(r);
#pragma GCC unroll 2
    for (int h = 0; h < kHalves; ++h) {
      Ints products[kTokens][kRegisters];
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
        for (int r = 0; r < kRegisters; ++r) products[t][r] = start(x[t], h);

      const auto multiply = [&](auto count) __attribute__((always_inline)) {
        Bytes quants[kRegisters];
#pragma GCC unroll 8
        for (int r = 0; r < kRegisters; ++r) quants[r] = group(r, count);
#pragma GCC unroll 8
        for (int t = 0; t < kTokens; ++t) {
          const Activations<kWide> activations(x[t].q + 4 * (count.kCount - 1));
#pragma GCC unroll 8
          for (int r = 0; r < kRegisters; ++r) products[t][r] = dot(products[t][r], Weights<kWide>(quants[r]), activations);
        }
      };
      // Groups g and g + 4 are often the two halves of the same bytes.
      if (h == 0) multiply(Count<1>{});
      if (h == kHalves - 1) multiply(Count<5>{});
      if (h == 0) multiply(Count<2>{});
      if (h == kHalves - 1) multiply(Count<6>{});
      if (h == 0) multiply(Count<3>{});
      if (h == kHalves - 1) multiply(Count<7>{});
      if (h == 0) multiply(Count<4>{});
      if (h == kHalves - 1) multiply(Count<8>{});

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
};

}  // namespace
}  // namespace wz::WZ_ISA
