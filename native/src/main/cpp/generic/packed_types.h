// The types of base/packed_weight.h as policies: how the lines of a block become bytes of quants, and its scales float32.
//
// A register holds kWidth rows of a tile of sixteen, row the first of them. group<g>(lines) gives group g of the eight of a block; lines
// points to the block's first line, at that row's dword.
//
// kHalves: integer sums of a block, each with its scale. kMinimum: whether weights have one; else kOffset is what the type takes off its
// quants.
#pragma once
#include <cstdint>
#include "base/packed_weight.h"
#include "registers.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kTileRows = 16;

// Group g of lines whose line l has group l in the low nibbles and group l + 4 in the high ones.
template <int g>
inline Bytes nibbles(const uint8_t* lines) {
  const Bytes line = load_bytes(lines + g % 4 * kLine);
  return masked(g < 4 ? line : moved_up<-4>(line), every_byte(15));
}

struct EightBits {
  static constexpr int kLines = 8;
  template <int g>
  static Bytes group(const uint8_t* lines) {
    return load_bytes(lines + g * kLine);
  }
};

struct FourBits {
  static constexpr int kLines = 4;
  template <int g>
  static Bytes group(const uint8_t* lines) {
    return nibbles<g>(lines);
  }
};

struct FiveBits {
  static constexpr int kLines = 5;
  template <int g>
  static Bytes group(const uint8_t* lines) {
    return masked_or(moved_up<4 - g>(load_bytes(lines + 4 * kLine)), every_byte(0x10), nibbles<g>(lines));
  }
};

struct SixBits {
  static constexpr int kLines = 6;
  template <int g>
  static Bytes group(const uint8_t* lines) {
    return masked_or(moved_up<4 - g % 4 * 2>(load_bytes(lines + (4 + g / 4) * kLine)), every_byte(0x30), nibbles<g>(lines));
  }
};

// What a block adds to the sums of a register of rows: scale[h] times an integer sum, and minimum times the sum of the activations.
template <int kHalves>
struct BlockScales {
  Floats scale[kHalves];
  Floats minimum;
};

// One binary16 scale a block, and an offset.
template <class Bits, int32_t kType, int kTaken>
struct Plain : Bits {
  static constexpr int kOffset = kTaken;
  static constexpr int32_t kDtype = kType;
  static constexpr int kHalves = 1;
  static constexpr bool kMinimum = false;
  static BlockScales<1> scales(const uint8_t* tile, int64_t block, int row) {
    return {{floats_from_f16(tile + block * 32 + row * 2)}, every_float(0)};
  }
};

// A binary16 scale and minimum a block.
template <class Bits, int32_t kType>
struct WithMinimum : Bits {
  static constexpr int32_t kDtype = kType;
  static constexpr int kHalves = 1;
  static constexpr bool kMinimum = true;
  static constexpr int kOffset = 0;
  static BlockScales<1> scales(const uint8_t* tile, int64_t block, int row) {
    const uint8_t* p = tile + block * 64 + row * 2;
    return {{floats_from_f16(p)}, floats_from_f16(p + 32)};
  }
};

// A binary16 scale and minimum for 256 columns, which integers refine for each 32.
template <class Bits, int32_t kType>
struct Refined : Bits {
  static constexpr int32_t kDtype = kType;
  static constexpr int kHalves = 1;
  static constexpr bool kMinimum = true;
  static constexpr int kOffset = 0;
  static BlockScales<1> scales(const uint8_t* tile, int64_t block, int row) {
    const uint8_t* p = tile + block / 8 * 320;
    const uint8_t* fine = p + 64 + block % 8 * kTileRows + row;
    // The products are exact, and so is a change of sign.
    return {{times(floats_from_f16(p + row * 2), floats_from_u8(fine))},
            times(times(floats_from_f16(p + 32 + row * 2), every_float(-1)), floats_from_u8(fine + 8 * kTileRows))};
  }
};

// A binary16 scale for 256 columns, which integers refine for each 16, and an offset of 32.
struct Q6K : SixBits {
  static constexpr int32_t kDtype = WZ_Q6_K;
  static constexpr int kHalves = 2;
  static constexpr bool kMinimum = false;
  static constexpr int kOffset = 32;
  static BlockScales<2> scales(const uint8_t* tile, int64_t block, int row) {
    const uint8_t* p = tile + block / 8 * 288;
    const uint8_t* fine = p + 32 + block % 8 * 2 * kTileRows + row;
    const Floats d = floats_from_f16(p + row * 2);
    return {{times(d, floats_from_i8(fine)), times(d, floats_from_i8(fine + kTileRows))}, every_float(0)};
  }
};

using Q80 = Plain<EightBits, WZ_Q8_0, 128>;
using Q40 = Plain<FourBits, WZ_Q4_0, 8>;
using Q50 = Plain<FiveBits, WZ_Q5_0, 16>;
using Q41 = WithMinimum<FourBits, WZ_Q4_1>;
using Q51 = WithMinimum<FiveBits, WZ_Q5_1>;
using Q4K = Refined<FourBits, WZ_Q4_K>;
using Q5K = Refined<FiveBits, WZ_Q5_K>;

// f(the policy of a type).
template <class F>
inline __attribute__((always_inline)) void with_packed_type(int32_t dtype, F&& f) {
  switch (dtype) {
    case WZ_Q8_0: f(Q80{}); break;
    case WZ_Q4_0: f(Q40{}); break;
    case WZ_Q4_1: f(Q41{}); break;
    case WZ_Q5_0: f(Q50{}); break;
    case WZ_Q5_1: f(Q51{}); break;
    case WZ_Q4_K: f(Q4K{}); break;
    case WZ_Q5_K: f(Q5K{}); break;
    default: f(Q6K{});
  }
}

}  // namespace
}  // namespace wz::WZ_ISA
