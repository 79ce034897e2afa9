// Many rows of x: the quants of some tiles of a packed weight become operands and their scales float32, once, in a strip that stays in the
// second-level cache. Types with the same kinds of scales share their kernels from there on.
#pragma once
#include <cstdint>
#include "generic/packed_products.h"

namespace wz::WZ_ISA {
namespace {

// Registers of a tile of sixteen rows, and tiles of a register tile.
constexpr int kOfTile = kTileRows / kWidth;
constexpr int kTiles = kPackedRegisters / kOfTile;
static_assert(kPackedRegisters % kOfTile == 0);

// A block of columns: operands, then scales; those of kPackedRegisters registers next to each other, in the order in which they are read.
template <int kHalves, bool kMinimum>
struct StripOf {
  static constexpr int64_t kRegisterBytes = kWidth * 4;
  static constexpr int64_t kStep = kPackedRegisters * kRegisterBytes;  // from one group to the next
  static constexpr int64_t kSecond = (kOperands - 1) * 8 * kStep;      // from a first operand to its second
  static constexpr int64_t kQuantBytes = kOperands * 8 * kStep;
  static constexpr int kScales = kHalves + (kMinimum ? 1 : 0);
  static constexpr int64_t kBlockBytes = kQuantBytes + kScales * kStep;

  // Where group g of register r is, and its scale number s.
  static int64_t operand(int r, int g) { return g * kStep + r * kRegisterBytes; }
  static int64_t scale(int r, int s) { return kQuantBytes + s * kStep + r * kRegisterBytes; }

  struct Group {
    const uint8_t* p;
    Operand first() const { return load_operand(p); }
    Operand second() const { return load_operand(p + kSecond); }
  };

  // kTokens rows of x, whose blocks begin at x and follow each other at a distance of stride, by the rows of the weight from row on.
  template <int kTokens>
  static void tile(const wz_linear_part& part, const uint8_t* strip, int32_t offset, const QuantizedBlock* x, int64_t stride, int64_t token,
                   int64_t row) {
    Products<kHalves, kMinimum, kPackedRegisters, kTokens, true> products;
    for (int64_t b = 0; b < part.weight.cols / kBlockCols; ++b, x += stride, strip += kBlockBytes) {
      products.add(
          x, offset, [&](int r, auto count) __attribute__((always_inline)) { return Group{strip + operand(r, count.kCount - 1)}; },
          [&](int r) __attribute__((always_inline)) {
            const auto number = [&](int s) { return load_floats(reinterpret_cast<const float*>(strip + scale(r, s))); };
            BlockScales<kHalves> scales;
            for (int h = 0; h < kHalves; ++h) scales.scale[h] = number(h);
            scales.minimum = number(kScales - 1);
            return scales;
          });
    }
    products.finish(part, token, row);
  }
};

template <class Type>
using StripFor = StripOf<Type::kHalves, Type::kMinimum>;

// Tiles [first, first + kTiles) of the weight, as far as it has them, zeros in place of the others.
template <class Type>
void fill_strip(uint8_t* strip, const wz_weight& w, int64_t first) {
  using Strip = StripFor<Type>;
  const PackedType& type = *packed_type(Type::kDtype);
  const int64_t bytes = packed_tile_bytes(type, w.cols), section = packed_scale_section(type, w.cols), tiles = packed_tiles(w.rows);
  for (int64_t b = 0; b < w.cols / kBlockCols; ++b, strip += Strip::kBlockBytes) {
    for (int r = 0; r < kPackedRegisters; ++r) {
      const auto put_quants = [&](int g, Bytes v) {
        uint8_t* to = strip + Strip::operand(r, g);
        store_operand(to, first_operand(v));
        if (kOperands == 2) store_operand(to + Strip::kSecond, second_operand(v));
      };
      const auto put_scale = [&](int s, Floats v) { store_floats(reinterpret_cast<float*>(strip + Strip::scale(r, s)), v); };
      if (first + r / kOfTile >= tiles) {
        for (int g = 0; g < 8; ++g) put_quants(g, every_byte(0));
        for (int s = 0; s < Strip::kScales; ++s) put_scale(s, every_float(0));
        continue;
      }
      const int row = r % kOfTile * kWidth;
      const uint8_t* tile = static_cast<const uint8_t*>(w.data) + (first + r / kOfTile) * bytes;
      const uint8_t* lines = tile + section + b * (Type::kLines * kLine) + row * 4;
      const auto put_group = [&](auto count) __attribute__((always_inline)) {
        put_quants(count.kCount - 1, Type::template group<count.kCount - 1>(lines));
      };
      put_group(Count<1>{});
      put_group(Count<2>{});
      put_group(Count<3>{});
      put_group(Count<4>{});
      put_group(Count<5>{});
      put_group(Count<6>{});
      put_group(Count<7>{});
      put_group(Count<8>{});
      const BlockScales<Type::kHalves> scales = Type::scales(tile, b, row);
      for (int h = 0; h < Type::kHalves; ++h) put_scale(h, scales.scale[h]);
      if (Type::kMinimum) put_scale(Type::kHalves, scales.minimum);
    }
  }
}

}  // namespace
}  // namespace wz::WZ_ISA
