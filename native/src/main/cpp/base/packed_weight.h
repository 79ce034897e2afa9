// WZ_PACKED: the bytes of a weight whose rows are interleaved by sixteen for the integer dot product.
//
// A tile holds sixteen rows (those past the last are zero) and all columns: the scales of all blocks, up to a multiple of 64 bytes, then
// the quants of all blocks of 32 columns. A group is four columns: one dword for each row, sixteen dwords in the order of the rows, column
// c of the group in bits [8 c, 8 c + 8). Quants have no sign here; offset is what the type takes off.
//
//            quants of a block: lines of 64 bytes                     scales                                                      weight
//   q8_0     8: group g, q + 128                                      f16 d[16] a block                                           d (q - 128)
//   q4_0     4: line l has group l in the low nibbles, l + 4 in high  f16 d[16] a block                                           d (q - 8)
//   q4_1     as q4_0                                                  f16 d[16], m[16] a block                                    d q + m
//   q5_0     as q4_0, and 1: bit g of a byte is bit 4 in group g      as q4_0                                                     d (q - 16)
//   q5_1     as q5_0                                                  as q4_1                                                     d q + m
//   q4_k     as q4_0                                                  f16 d[16], m[16], u8 ds[8][16], ms[8][16] for 256 columns   d ds q - m ms
//   q5_k     as q5_0                                                  as q4_k                                                     d ds q - m ms
//   q6_k     as q4_0, and 2: bits 2 (g % 4) and up of a byte of line  f16 d[16], i8 ds[16][16] for 256 columns, one for each 16   d ds (q - 32)
//            g / 4 are bits 4 and 5 in group g
#pragma once
#include <cstdint>
#include "wootz/dtype.h"

namespace wz {

constexpr int64_t kTileRows16 = 16;
constexpr int64_t kBlockCols = 32;
constexpr int64_t kLine = 64;

struct PackedType {
  int32_t dtype;
  int32_t lines;         // of quants in a block of 32 columns
  int32_t scale_bytes;   // of kTileRows16 rows
  int32_t scale_blocks;  // blocks of 32 columns that these bytes serve: 1 or 8
  int32_t offset;        // taken off a quant; 0 for types with a minimum
};

// nullptr for a type without a packed layout.
const PackedType* packed_type(int32_t dtype);

static inline int64_t packed_scale_section(const PackedType& type, int64_t cols) {
  const int64_t bytes = cols / kBlockCols / type.scale_blocks * type.scale_bytes;
  return (bytes + kLine - 1) / kLine * kLine;
}
static inline int64_t packed_tile_bytes(const PackedType& type, int64_t cols) {
  return packed_scale_section(type, cols) + cols / kBlockCols * type.lines * kLine;
}
static inline int64_t packed_tiles(int64_t rows) { return rows / kTileRows16 + (rows % kTileRows16 != 0 ? 1 : 0); }

// Tiles [tile_begin, tile_end) of packed = weight [rows, cols], row-major blocks.
void pack_tiles(void* packed, const void* weight, const PackedType& type, int64_t rows, int64_t cols, int64_t tile_begin, int64_t tile_end);

}  // namespace wz
