// WZ_PACKED on the device: the bytes of a weight cut for mma.sync m16n8k32 on integers.
//
// A unit is 16 rows and 128 columns, four blocks of 32; rows and columns past the last are zero weights. A record is one unit (simple types)
// or two side by side (k-types, blocks of 256 columns); records follow each other along the columns, then along the rows, so a warp that
// walks along the columns reads memory in one stream. A record holds planes, each of them for its first unit, then for its second:
//
//   quants  for each lane of a warp its A fragments: lane = 4 r + t holds rows r and r + 8, register j: row r + 8 (j & 1), columns
//           16 (j >> 1) + 4 t + {0, 1, 2, 3} of a block.
//           8 bits: block b at 512 b + 16 lane, word j.
//           else the low 4 bits: blocks 2 p and 2 p + 1 at 512 p + 16 lane; word 2 (b & 1) + (j >> 1) has j even in the low nibbles, j odd in
//           the high ones.
//   high    5 bits: at 8 lane, word b >> 1, bit 4 (b & 1) + j of a column's byte. 6 bits: at 16 lane, word b, bits 2 j and 2 j + 1.
//   scales  a line of 16 bytes for rows r and r + 8: f16 d[2][4] (and then lines of m[2][4]); q6_k: i8 ds[2][8], one for 16 columns.
//   common  of both units: q4_k, q5_k: the 16 bytes before the quants of GGUF's block for each row (d, dmin, 6-bit scales and minima);
//           q6_k: f16 d[2] for rows r and r + 8.
//
// Types around zero keep the quant with its upper bit flipped, so that shifted to the top of a byte it is the signed number times a power
// of two. A record has exactly the bytes of GGUF's blocks.
#pragma once
#include <cstdint>
#include "wootz/dtype.h"

namespace wz::cuda {

constexpr int kUnitRows = 16;
constexpr int kUnitCols = 128;
constexpr int kBlockCols = 32;

struct PackedLayout {
  int32_t dtype;
  int32_t bits;    // of a quant
  int32_t offset;  // taken off a quant: 0 for types with a minimum and for q8_0, whose quants have a sign
  int32_t units;   // in a record
  int32_t quants, high, scales;  // bytes of one unit
  int32_t common;                // bytes of a record

  constexpr int record() const { return units * (quants + high + scales) + common; }
};

template <int32_t kDtype>
inline constexpr PackedLayout kLayoutOf = {};
template <>
inline constexpr PackedLayout kLayoutOf<WZ_Q8_0> = {WZ_Q8_0, 8, 0, 1, 2048, 0, 128, 0};
template <>
inline constexpr PackedLayout kLayoutOf<WZ_Q4_0> = {WZ_Q4_0, 4, 8, 1, 1024, 0, 128, 0};
template <>
inline constexpr PackedLayout kLayoutOf<WZ_Q4_1> = {WZ_Q4_1, 4, 0, 1, 1024, 0, 256, 0};
template <>
inline constexpr PackedLayout kLayoutOf<WZ_Q5_0> = {WZ_Q5_0, 5, 16, 1, 1024, 256, 128, 0};
template <>
inline constexpr PackedLayout kLayoutOf<WZ_Q5_1> = {WZ_Q5_1, 5, 0, 1, 1024, 256, 256, 0};
template <>
inline constexpr PackedLayout kLayoutOf<WZ_Q4_K> = {WZ_Q4_K, 4, 0, 2, 1024, 0, 0, 256};
template <>
inline constexpr PackedLayout kLayoutOf<WZ_Q5_K> = {WZ_Q5_K, 5, 0, 2, 1024, 256, 0, 256};
template <>
inline constexpr PackedLayout kLayoutOf<WZ_Q6_K> = {WZ_Q6_K, 6, 32, 2, 1024, 512, 128, 32};

// For device code, which may use the value but not call the function.
template <int32_t kDtype>
inline constexpr int kRecordBytes = kLayoutOf<kDtype>.record();

// nullptr for a type without a packed layout.
inline const PackedLayout* packed_layout(int32_t dtype) {
  static constexpr PackedLayout kAll[] = {kLayoutOf<WZ_Q8_0>, kLayoutOf<WZ_Q4_0>, kLayoutOf<WZ_Q4_1>, kLayoutOf<WZ_Q5_0>,
                                          kLayoutOf<WZ_Q5_1>, kLayoutOf<WZ_Q4_K>, kLayoutOf<WZ_Q5_K>, kLayoutOf<WZ_Q6_K>};
  for (const PackedLayout& layout : kAll) {
    if (layout.dtype == dtype) return &layout;
  }
  return nullptr;
}

// Units along the columns; a multiple of the units in a record, since k-types have whole blocks of 256 columns.
constexpr int64_t packed_units(int64_t cols) { return (cols + kUnitCols - 1) / kUnitCols; }
constexpr int64_t packed_tiles(int64_t rows) { return (rows + kUnitRows - 1) / kUnitRows; }

// x as 16-bit numbers, row by row: for a unit of 128 columns two digits of a byte (number = 256 high + low, low signed) and
// {scale, scale * sum of the numbers} in float32 for each of its four blocks.
// Digits: blocks 2 p and 2 p + 1 at 128 p + 64 digit + 16 t + 8 (b & 1), columns 4 t + {0..3}, then 16 + 4 t + {0..3}; digit 0 is high.
constexpr int kDigitBytes = 256;
constexpr int kXUnitBytes = kDigitBytes + 4 * 8;

}  // namespace wz::cuda
