// Linear layers over WZ_PACKED weights. Few rows of x: quants are unpacked on their way from memory to the dot product. Many:
// packed_strip.h.
#include "base/thread_scratch.h"
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "generic/packed_strip.h"

namespace wz::WZ_ISA {
namespace {

// Bytes ahead of the quants that are asked for, where they are read once. Tiles follow each other, so this reaches the next tile's scales
// in time.
constexpr int64_t kAhead = 4096;

struct Group {
  Bytes v;
  Operand first() const { return first_operand(v); }
  Operand second() const { return second_operand(v); }
};

// kTokens rows of x, whose blocks begin at x and follow each other at a distance of stride, by kDirect tiles of the weight.
template <class Type, int kTokens, int kDirect>
void direct(const wz_linear_part& part, const QuantizedBlock* x, int64_t stride, int64_t token, int64_t number) {
  const wz_weight& w = part.weight;
  const PackedType& type = *packed_type(Type::kDtype);
  const int64_t bytes = packed_tile_bytes(type, w.cols);
  const uint8_t* tile = static_cast<const uint8_t*>(w.data) + number * bytes;
  const uint8_t* lines = tile + packed_scale_section(type, w.cols);
  const uint8_t* end = tile + bytes;
  Products<Type::kHalves, Type::kMinimum, kDirect * kOfTile, kTokens, false> products;
  for (int64_t b = 0; b < w.cols / kBlockCols; ++b, x += stride, lines += Type::kLines * kLine) {
    const uint8_t* ahead = lines + kAhead;
    if (ahead >= end) ahead += (kDirect - 1) * bytes;
#pragma GCC unroll 2
    for (int t = 0; t < kDirect; ++t)
#pragma GCC unroll 8
      for (int l = 0; l < Type::kLines; ++l) prefetch(ahead + t * bytes + l * kLine);
    products.add(
        x, Type::kOffset,
        [&](int r, auto count) __attribute__((always_inline)) {
          return Group{Type::template group<count.kCount - 1>(lines + r / kOfTile * bytes + r % kOfTile * kWidth * 4)};
        },
        [&](int r) __attribute__((always_inline)) { return Type::scales(tile + r / kOfTile * bytes, b, r % kOfTile * kWidth); });
  }
  products.finish(part, token, number * kTileRows);
}

// m at most kPanelRows: four, two or one at a time, which unpacks quants anew but from the cache.
template <class Type>
void few(const wz_linear_part& part, const QuantizedBlock* x, int64_t m, int64_t first, int64_t last) {
  int64_t tile = first;
  if (m == 1) {
    for (; tile + kTogether <= last; tile += kTogether) direct<Type, 1, kTogether>(part, x, m, 0, tile);
  }
  for (; tile < last; ++tile) {
    int64_t i = 0;
    if constexpr (kPackedTokens >= 4) {
      for (; i + 4 <= m; i += 4) direct<Type, 4, 1>(part, x + i, m, i, tile);
    }
    for (; i + 2 <= m; i += 2) direct<Type, 2, 1>(part, x + i, m, i, tile);
    if (i < m) direct<Type, 1, 1>(part, x + i, m, i, tile);
  }
}

template <class Type>
void many(const wz_linear_part& part, const QuantizedBlock* x, int64_t m, int64_t first, int64_t last) {
  using Strip = StripFor<Type>;
  constexpr int64_t kStripBytes = 384 << 10;
  const int64_t blocks = part.weight.cols / kBlockCols, bytes = blocks * Strip::kBlockBytes;
  const int64_t fitting = bytes > 0 ? kStripBytes / bytes : 1, wanted = (last - first + kTiles - 1) / kTiles;
  const int64_t groups = smaller(fitting > 1 ? fitting : 1, wanted);  // of kTiles tiles, in a strip
  uint8_t* strip = reinterpret_cast<uint8_t*>(thread_scratch(groups * bytes));
  for (int64_t begin = first; begin < last; begin += groups * kTiles) {
    const int64_t end = smaller(begin + groups * kTiles, last);
    for (int64_t tile = begin; tile < end; tile += kTiles) fill_strip<Type>(strip + (tile - begin) / kTiles * bytes, part.weight, tile);
    for (int64_t panel = 0; panel < m; panel += kPanelRows) {
      const int64_t rows = panel_rows(panel, m);
      for (int64_t i = 0; i < rows; i += kPackedTokens) {
        with_count<kPackedTokens>(smaller(rows - i, kPackedTokens), [&](auto count) {
          const QuantizedBlock* blocks_of_x = x + panel_begin(panel, blocks) + i;
          for (int64_t tile = begin; tile < end; tile += kTiles) {
            Strip::template tile<count.kCount>(part, strip + (tile - begin) / kTiles * bytes, Type::kOffset, blocks_of_x, rows, panel + i,
                tile * kTileRows);
          }
        });
      }
    }
  }
}

}  // namespace

void linear_packed(const wz_linear_part& part, const void* quantized, int64_t m, int64_t begin, int64_t end) {
  const int64_t first = begin / kTileRows, last = packed_tiles(end);
  with_packed_type(part.weight.dtype, [&](auto type) {
    using Type = decltype(type);
    const auto* x = static_cast<const QuantizedBlock*>(quantized);
    if (m <= kPanelRows) {
      few<Type>(part, x, m, first, last);
    } else {
      many<Type>(part, x, m, first, last);
    }
  });
}

}  // namespace wz::WZ_ISA
