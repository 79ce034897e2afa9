// Linear layers over WZ_PACKED weights: integer dot products of a register tile, kPackedRegisters registers of rows by up to kPackedTokens rows of x.
//
// Few rows of x: quants are unpacked on their way from memory to the dot product. Many: the quants of some tiles become bytes, and their scales
// float32, once (a strip that stays in the second-level cache), for all panels of x.
#include "base/thread_scratch.h"
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "generic/packed_types.h"
#include "generic/with_count.h"

namespace wz::WZ_ISA {
namespace {

// Registers that make a tile of sixteen rows, and tiles of a register tile.
constexpr int kOfTile = kTileRows / kWidth;
constexpr int kTiles = kPackedRegisters / kOfTile > 0 ? kPackedRegisters / kOfTile : 1;
static_assert(kPackedRegisters % kOfTile == 0);

// Bytes ahead of the quants that are asked for, where they are read once.
constexpr int64_t kAhead = 2048;

// sum [kTokens, kRegisters] += the block's products, blocks of the tokens next to each other at x.
template <class Type, int kRegisters, int kTokens>
struct Accumulator {
  static constexpr int kHalves = Type::kHalves;
  Floats sum[kTokens][kRegisters];

  Accumulator() {
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
      for (int r = 0; r < kRegisters; ++r) sum[t][r] = every_float(0);
  }

  // pair(r, l) gives groups l and l + 4 of register r, scales(r) its scales.
  template <class Pair, class Scales>
  inline __attribute__((always_inline)) void add(const QuantizedBlock* x, Pair&& pair, Scales&& scales) {
    Ints products[kTokens][kRegisters][kHalves];
#pragma GCC unroll 8
    for (int t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
      for (int r = 0; r < kRegisters; ++r)
#pragma GCC unroll 2
        for (int h = 0; h < kHalves; ++h) products[t][r][h] = Type::start(x[t], h);

    const auto step = [&](auto group) __attribute__((always_inline)) {
      constexpr int l = group.kCount - 1;
      GroupPair quants[kRegisters];
#pragma GCC unroll 8
      for (int r = 0; r < kRegisters; ++r) quants[r] = pair(r, group);
      const auto half = [&](int columns, auto second) __attribute__((always_inline)) {
        constexpr int h = second.kCount - 1;
        using W = Weights<Type::kWide>;
        using X = Activations<Type::kWide>;
        const auto w = [&](int r) __attribute__((always_inline)) { return W(h == 0 ? quants[r].first : quants[r].second); };
#pragma GCC unroll 8
        for (int t = 0; t < kTokens; ++t) {
          const X activations(x[t].q + columns);
#pragma GCC unroll 8
          for (int r = 0; r < kRegisters; ++r) products[t][r][h % kHalves] = dot(products[t][r][h % kHalves], w(r), activations);
        }
      };
      half(4 * l, Count<1>{});
      half(4 * l + 16, Count<2>{});
    };
    step(Count<1>{});
    step(Count<2>{});
    step(Count<3>{});
    step(Count<4>{});

#pragma GCC unroll 8
    for (int r = 0; r < kRegisters; ++r) {
      const BlockScales<kHalves> of_block = scales(r);
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t) {
        const Floats scale = every_float(x[t].scale);
#pragma GCC unroll 2
        for (int h = 0; h < kHalves; ++h) sum[t][r] = fused(times(of_block.scale[h], scale), floats_of(products[t][r][h]), sum[t][r]);
        if constexpr (Type::kMinimum) sum[t][r] = fused(of_block.minimum, every_float(x[t].scaled_sum), sum[t][r]);
      }
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

// kTokens rows of x, all in one panel whose rows number stride, and nTiles tiles of the weight from tile number first on.
template <class Type, int nTiles, int kTokens>
void direct(const wz_linear_part& part, const QuantizedBlock* x, int64_t stride, int64_t token, int64_t first) {
  const wz_weight& w = part.weight;
  const PackedType& type = *packed_type(Type::kDtype);
  const int64_t bytes = packed_tile_bytes(type, w.cols), section = packed_scale_section(type, w.cols);
  const uint8_t* tile = static_cast<const uint8_t*>(w.data) + first * bytes;
  Accumulator<Type, nTiles * kOfTile, kTokens> sums;
  for (int64_t b = 0; b < w.cols / kBlockCols; ++b, x += stride) {
    const uint8_t* lines = tile + section + b * (Type::kLines * kLine);
#pragma GCC unroll 4
    for (int t = 0; t < nTiles; ++t)
#pragma GCC unroll 8
      for (int l = 0; l < Type::kLines; ++l) prefetch(lines + t * bytes + l * kLine + kAhead);
    sums.add(
        x, [&](int r, auto group) __attribute__((always_inline)) {
          return Type::template pair<group.kCount - 1>(lines + r / kOfTile * bytes + r % kOfTile * kWidth * 4);
        },
        [&](int r) __attribute__((always_inline)) { return Type::scales(tile + r / kOfTile * bytes, b, r % kOfTile * kWidth); });
  }
  sums.finish(part, token, first * kTileRows);
}

// Bytes of quants and float32 scales: [kPackedRegisters, ...] for each block, so that a tile of products reads them in order.
template <class Type>
struct Strip : EightBits {
  static constexpr bool kWide = Type::kWide;
  static constexpr int kHalves = Type::kHalves;
  static constexpr bool kMinimum = Type::kMinimum;
  static Ints start(const QuantizedBlock& x, int half) { return Type::start(x, half); }

  static constexpr int64_t kQuantBytes = 8 * kPackedRegisters * kWidth * 4;
  static constexpr int kScales = kHalves + (kMinimum ? 1 : 0);
  static constexpr int64_t kBlockBytes = kQuantBytes + kScales * kPackedRegisters * kWidth * 4;

  // Where register r's group g of a block is, and its scale number s.
  static int64_t quants(int r, int g) { return (g * kPackedRegisters + r) * kWidth * 4; }
  static int64_t scale(int r, int s) { return kQuantBytes + (s * kPackedRegisters + r) * kWidth * 4; }
};

// Tiles [first, first + kTiles) of the weight, as far as it has them, zeros in place of the others.
template <class Type>
void fill_strip(uint8_t* strip, const wz_weight& w, int64_t first) {
  using S = Strip<Type>;
  const PackedType& type = *packed_type(Type::kDtype);
  const int64_t bytes = packed_tile_bytes(type, w.cols), section = packed_scale_section(type, w.cols), tiles = packed_tiles(w.rows);
  for (int64_t b = 0; b < w.cols / kBlockCols; ++b, strip += S::kBlockBytes) {
    for (int r = 0; r < kPackedRegisters; ++r) {
      const int row = r % kOfTile * kWidth;
      if (first + r / kOfTile >= tiles) {
        for (int g = 0; g < 8; ++g) store_bytes(strip + S::quants(r, g), every_byte(0));
        for (int s = 0; s < S::kScales; ++s) store_floats(reinterpret_cast<float*>(strip + S::scale(r, s)), every_float(0));
        continue;
      }
      const uint8_t* tile = static_cast<const uint8_t*>(w.data) + (first + r / kOfTile) * bytes;
      const uint8_t* lines = tile + section + b * (Type::kLines * kLine) + row * 4;
      const auto put = [&](auto group) {
        constexpr int l = group.kCount - 1;
        const GroupPair pair = Type::template pair<l>(lines);
        store_bytes(strip + S::quants(r, l), pair.first);
        store_bytes(strip + S::quants(r, l + 4), pair.second);
      };
      put(Count<1>{});
      put(Count<2>{});
      put(Count<3>{});
      put(Count<4>{});
      const BlockScales<Type::kHalves> scales = Type::scales(tile, b, row);
      for (int h = 0; h < Type::kHalves; ++h) store_floats(reinterpret_cast<float*>(strip + S::scale(r, h)), scales.scale[h]);
      if (Type::kMinimum) store_floats(reinterpret_cast<float*>(strip + S::scale(r, Type::kHalves)), scales.minimum);
    }
  }
}

template <class Type, int kTokens>
void strip_tile(const wz_linear_part& part, const uint8_t* strip, const QuantizedBlock* x, int64_t stride, int64_t token, int64_t row) {
  using S = Strip<Type>;
  Accumulator<S, kPackedRegisters, kTokens> sums;
  for (int64_t b = 0; b < part.weight.cols / kBlockCols; ++b, x += stride, strip += S::kBlockBytes) {
    sums.add(
        x, [&](int r, auto group) __attribute__((always_inline)) -> GroupPair {
          constexpr int l = group.kCount - 1;
          return {load_bytes(strip + S::quants(r, l)), load_bytes(strip + S::quants(r, l + 4))};
        },
        [&](int r) __attribute__((always_inline)) {
          BlockScales<S::kHalves> s;
          for (int h = 0; h < S::kHalves; ++h) s.scale[h] = load_floats(reinterpret_cast<const float*>(strip + S::scale(r, h)));
          s.minimum = S::kMinimum ? load_floats(reinterpret_cast<const float*>(strip + S::scale(r, S::kHalves))) : every_float(0);
          return s;
        });
  }
  sums.finish(part, token, row);
}

// f(number of tokens, first token, its first block, distance of blocks) for each tile of tokens; no tile reaches from one panel into the next.
template <class F>
inline __attribute__((always_inline)) void for_each_token_tile(const void* quantized, int64_t m, int64_t blocks, F&& f) {
  for (int64_t panel = 0; panel < m; panel += kPanelRows) {
    const int64_t rows = panel_rows(panel, m);
    const QuantizedBlock* x = static_cast<const QuantizedBlock*>(quantized) + panel_begin(panel, blocks);
    for (int64_t i = 0; i < rows; i += kPackedTokens) {
      with_count<kPackedTokens>(smaller(rows - i, kPackedTokens), [&](auto count) { f(count, panel + i, x + i, rows); });
    }
  }
}

template <class Type>
void few(const wz_linear_part& part, const void* quantized, int64_t m, int64_t first, int64_t last) {
  for_each_token_tile(quantized, m, part.weight.cols / kBlockCols, [&](auto count, int64_t token, const QuantizedBlock* x, int64_t stride) {
    constexpr int kTokens = count.kCount;
    int64_t tile = first;
    for (; tile + kTiles <= last; tile += kTiles) direct<Type, kTiles, kTokens>(part, x, stride, token, tile);
    if constexpr (kTiles > 1) {
      for (; tile < last; ++tile) direct<Type, 1, kTokens>(part, x, stride, token, tile);
    }
  });
}

template <class Type>
void many(const wz_linear_part& part, const void* quantized, int64_t m, int64_t first, int64_t last) {
  constexpr int64_t kStripBytes = 384 << 10;
  const int64_t blocks = part.weight.cols / kBlockCols, bytes = blocks * Strip<Type>::kBlockBytes;
  const int64_t height = kTiles * (bytes > kStripBytes / 2 ? 1 : kStripBytes / (bytes > 0 ? bytes : 1));  // tiles of a strip
  const int64_t present = smaller(height, (last - first + kTiles - 1) / kTiles * kTiles);
  uint8_t* strip = reinterpret_cast<uint8_t*>(thread_scratch(present / kTiles * bytes));
  for (int64_t begin = first; begin < last; begin += height) {
    const int64_t end = smaller(begin + height, last);
    for (int64_t tile = begin; tile < end; tile += kTiles) fill_strip<Type>(strip + (tile - begin) / kTiles * bytes, part.weight, tile);
    for_each_token_tile(quantized, m, blocks, [&](auto count, int64_t token, const QuantizedBlock* x, int64_t stride) {
      for (int64_t tile = begin; tile < end; tile += kTiles) {
        strip_tile<Type, count.kCount>(part, strip + (tile - begin) / kTiles * bytes, x, stride, token, tile * kTileRows);
      }
    });
  }
}

}  // namespace

void linear_packed(const wz_linear_part& part, const void* quantized, int64_t m, int64_t begin, int64_t end) {
  const int64_t first = begin / kTileRows, last = packed_tiles(end);
  with_packed_type(part.weight.dtype, [&](auto type) {
    using Type = decltype(type);
    if (m <= kPackedTokens) {
      few<Type>(part, quantized, m, first, last);
    } else {
      many<Type>(part, quantized, m, first, last);
    }
  });
}

}  // namespace wz::WZ_ISA
