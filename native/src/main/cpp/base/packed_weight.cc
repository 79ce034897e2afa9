#include "base/packed_weight.h"
#include <cstring>

namespace wz {
namespace {

constexpr PackedType kTypes[] = {
    {WZ_Q8_0, 8, 32, 1, 128}, {WZ_Q4_0, 4, 32, 1, 8},  {WZ_Q4_1, 4, 64, 1, 0},  {WZ_Q5_0, 5, 32, 1, 16},
    {WZ_Q5_1, 5, 64, 1, 0},   {WZ_Q4_K, 4, 320, 8, 0}, {WZ_Q5_K, 5, 320, 8, 0}, {WZ_Q6_K, 6, 288, 8, 32},
};

// The eight groups of a block of 32 columns, one byte a column, as quants without sign.
using Groups = uint32_t[8];

constexpr uint32_t kNibbles = 0x0F0F0F0Fu, kPairs = 0x03030303u, kBits = 0x01010101u;

uint32_t word(const uint8_t* p) {
  uint32_t w;
  std::memcpy(&w, p, sizeof w);
  return w;
}

// Bytes that have column i in their low halves and column i + 16 in the high ones: group g % 4 and its partner.
void halves_of(Groups& q, const uint8_t* bytes) {
  for (int g = 0; g < 4; ++g) {
    q[g] = word(bytes + 4 * g) & kNibbles;
    q[g + 4] = word(bytes + 4 * g) >> 4 & kNibbles;
  }
}

// Bit i of the word at bits is the fifth bit of column i. The product puts copies of a group's four bits so that each byte has one of them
// lowest.
void add_fifth_bits(Groups& q, const uint8_t* bits) {
  const uint32_t all = word(bits);
  for (int g = 0; g < 8; ++g) q[g] |= ((all >> 4 * g & 15u) * 0x00204081u & kBits) << 4;
}

// Block of 32 columns number b of a row.
void groups_of(Groups& q, const uint8_t* row, int32_t dtype, int64_t b) {
  const int part = static_cast<int>(b % 8);  // of a block of 256
  switch (dtype) {
    case WZ_Q8_0:
      for (int g = 0; g < 8; ++g) q[g] = word(row + b * 34 + 2 + 4 * g) ^ 0x80808080u;
      break;
    case WZ_Q4_0: halves_of(q, row + b * 18 + 2); break;
    case WZ_Q4_1: halves_of(q, row + b * 20 + 4); break;
    case WZ_Q5_0:
      halves_of(q, row + b * 22 + 6);
      add_fifth_bits(q, row + b * 22 + 2);
      break;
    case WZ_Q5_1:
      halves_of(q, row + b * 24 + 8);
      add_fifth_bits(q, row + b * 24 + 4);
      break;
    case WZ_Q4_K: {  // a byte has column i of two neighbouring parts
      const uint8_t* bytes = row + b / 8 * 144 + 16 + part / 2 * 32;
      for (int g = 0; g < 8; ++g) q[g] = word(bytes + 4 * g) >> part % 2 * 4 & kNibbles;
      break;
    }
    case WZ_Q5_K: {  // so it does, and a byte of high has in bit p that of part p
      const uint8_t* high = row + b / 8 * 176 + 16;
      const uint8_t* bytes = high + 32 + part / 2 * 32;
      for (int g = 0; g < 8; ++g) q[g] = (word(bytes + 4 * g) >> part % 2 * 4 & kNibbles) | (word(high + 4 * g) >> part & kBits) << 4;
      break;
    }
    default: {  // q6_k: halves of 128 columns; parts 0 and 2, 1 and 3 of a half share bytes of nibbles, all four a byte of upper bits
      const uint8_t* bytes = row + b / 8 * 210 + part / 4 * 64 + part % 2 * 32;
      const uint8_t* high = row + b / 8 * 210 + 128 + part / 4 * 32;
      const int shift = part % 4 < 2 ? 0 : 4, high_shift = part % 4 * 2;
      for (int g = 0; g < 8; ++g) q[g] = (word(bytes + 4 * g) >> shift & kNibbles) | (word(high + 4 * g) >> high_shift & kPairs) << 4;
      break;
    }
  }
}

// The lines of a block: those of one row, kTileRows16 dwords apart.
void put_quants(uint32_t* lines, const Groups& q, int32_t dtype) {
  if (dtype == WZ_Q8_0) {
    for (int g = 0; g < 8; ++g) lines[g * kTileRows16] = q[g];
    return;
  }
  for (int l = 0; l < 4; ++l) lines[l * kTileRows16] = (q[l] & kNibbles) | (q[l + 4] & kNibbles) << 4;
  if (dtype == WZ_Q5_0 || dtype == WZ_Q5_1 || dtype == WZ_Q5_K) {
    uint32_t bits = 0;
    for (int g = 0; g < 8; ++g) bits |= (q[g] >> 4 & kBits) << g;
    lines[4 * kTileRows16] = bits;
  } else if (dtype == WZ_Q6_K) {
    for (int half = 0; half < 2; ++half) {
      uint32_t bits = 0;
      for (int g = 0; g < 4; ++g) bits |= (q[4 * half + g] >> 4 & kPairs) << 2 * g;
      lines[(4 + half) * kTileRows16] = bits;
    }
  }
}

// The six-bit scales and minima of the eight parts of a q4_k or q5_k block.
void put_six_bits(uint8_t* scales, uint8_t* minima, const uint8_t* packed) {
  for (int j = 0; j < 4; ++j) {
    scales[j * kTileRows16] = packed[j] & 63;
    minima[j * kTileRows16] = packed[j + 4] & 63;
    scales[(j + 4) * kTileRows16] = static_cast<uint8_t>((packed[j + 8] & 15) | packed[j] >> 6 << 4);
    minima[(j + 4) * kTileRows16] = static_cast<uint8_t>(packed[j + 8] >> 4 | packed[j + 4] >> 6 << 4);
  }
}

// The scales of row r of a tile: scales points to those of the whole tile, row to the row's blocks.
void put_scales(uint8_t* scales, const uint8_t* row, const PackedType& type, int64_t cols, int64_t r) {
  const int64_t block_bytes = wz_dtype_block_bytes(type.dtype);
  for (int64_t b = 0; b < cols / (kBlockCols * type.scale_blocks); ++b, row += block_bytes, scales += type.scale_bytes) {
    if (type.dtype == WZ_Q6_K) {
      std::memcpy(scales + 2 * r, row + 208, 2);
      for (int i = 0; i < 16; ++i) scales[32 + i * kTileRows16 + r] = row[192 + i];
      continue;
    }
    std::memcpy(scales + 2 * r, row, 2);
    if (type.offset == 0) std::memcpy(scales + 32 + 2 * r, row + 2, 2);
    if (type.scale_blocks == 8) put_six_bits(scales + 64 + r, scales + 64 + 8 * kTileRows16 + r, row + 4);
  }
}

}  // namespace

const PackedType* packed_type(int32_t dtype) {
  for (const PackedType& type : kTypes) {
    if (type.dtype == dtype) return &type;
  }
  return nullptr;
}

void pack_tiles(void* packed, const void* weight, const PackedType& type, int64_t rows, int64_t cols, int64_t tile_begin,
    int64_t tile_end) {
  const int64_t row_bytes = cols / wz_dtype_block(type.dtype) * wz_dtype_block_bytes(type.dtype);
  const int64_t section = packed_scale_section(type, cols), tile_bytes = packed_tile_bytes(type, cols);
  for (int64_t t = tile_begin; t < tile_end; ++t) {
    uint8_t* tile = static_cast<uint8_t*>(packed) + t * tile_bytes;
    const int64_t present = rows - t * kTileRows16 < kTileRows16 ? rows - t * kTileRows16 : kTileRows16;
    std::memset(tile, 0, static_cast<size_t>(present < kTileRows16 ? tile_bytes : section));
    const uint8_t* first = static_cast<const uint8_t*>(weight) + t * kTileRows16 * row_bytes;
    for (int64_t r = 0; r < present; ++r) put_scales(tile, first + r * row_bytes, type, cols, r);
    uint8_t* lines = tile + section;
    for (int64_t b = 0; b < cols / kBlockCols; ++b, lines += type.lines * kLine) {
      for (int64_t r = 0; r < present; ++r) {
        Groups q;
        groups_of(q, first + r * row_bytes, type.dtype, b);
        put_quants(reinterpret_cast<uint32_t*>(lines) + r, q, type.dtype);
      }
    }
  }
}

}  // namespace wz
