#include "base/packed_weight.h"
#include <cstring>

namespace wz {
namespace {

constexpr PackedType kTypes[] = {
    {WZ_Q8_0, 8, 32, 1, 128}, {WZ_Q4_0, 4, 32, 1, 8},  {WZ_Q4_1, 4, 64, 1, 0},  {WZ_Q5_0, 5, 32, 1, 16},
    {WZ_Q5_1, 5, 64, 1, 0},   {WZ_Q4_K, 4, 320, 8, 0}, {WZ_Q5_K, 5, 320, 8, 0}, {WZ_Q6_K, 6, 288, 8, 32},
};

using Quants = uint8_t[kBlockCols];

// q[i] = nibble of column i of a block of 32 that stores columns i and i + 16 in one byte.
void halves_of(uint8_t* q, const uint8_t* bytes) {
  for (int i = 0; i < 16; ++i) {
    q[i] = bytes[i] & 15;
    q[i + 16] = bytes[i] >> 4;
  }
}

void add_bits(uint8_t* q, const uint8_t* bits) {
  for (int i = 0; i < 32; ++i) q[i] = static_cast<uint8_t>(q[i] | (bits[i / 8] >> (i % 8) & 1) << 4);
}

// The block of 32 columns number b of a row, as quants without sign.
void quants_of(Quants& q, const uint8_t* row, int32_t dtype, int64_t b) {
  const int64_t part = b % 8;  // of a block of 256
  switch (dtype) {
    case WZ_Q8_0: {
      const uint8_t* block = row + b * 34 + 2;
      for (int i = 0; i < 32; ++i) q[i] = static_cast<uint8_t>(block[i] ^ 0x80);
      break;
    }
    case WZ_Q4_0: halves_of(q, row + b * 18 + 2); break;
    case WZ_Q4_1: halves_of(q, row + b * 20 + 4); break;
    case WZ_Q5_0:
      halves_of(q, row + b * 22 + 6);
      add_bits(q, row + b * 22 + 2);
      break;
    case WZ_Q5_1:
      halves_of(q, row + b * 24 + 8);
      add_bits(q, row + b * 24 + 4);
      break;
    case WZ_Q4_K: {  // a byte has columns i of two neighbouring parts
      const uint8_t* bytes = row + b / 8 * 144 + 16 + part / 2 * 32;
      const int shift = part % 2 == 0 ? 0 : 4;
      for (int i = 0; i < 32; ++i) q[i] = bytes[i] >> shift & 15;
      break;
    }
    case WZ_Q5_K: {
      const uint8_t* high = row + b / 8 * 176 + 16;  // bit p of a byte: column i of part p
      const uint8_t* bytes = high + 32 + part / 2 * 32;
      const int shift = part % 2 == 0 ? 0 : 4;
      for (int i = 0; i < 32; ++i) q[i] = static_cast<uint8_t>((bytes[i] >> shift & 15) | (high[i] >> part & 1) << 4);
      break;
    }
    default: {  // q6_k: halves of 128 columns; parts 0 and 2, 1 and 3 of a half share bytes of nibbles, all four a byte of upper bits
      const uint8_t* block = row + b / 8 * 210;
      const uint8_t* bytes = block + part / 4 * 64 + part % 2 * 32;
      const uint8_t* high = block + 128 + part / 4 * 32;
      const int shift = part % 4 < 2 ? 0 : 4;
      const int high_shift = static_cast<int>(part % 4 * 2);
      for (int i = 0; i < 32; ++i) q[i] = static_cast<uint8_t>((bytes[i] >> shift & 15) | (high[i] >> high_shift & 3) << 4);
      break;
    }
  }
}

uint32_t group(const Quants& q, int g) {
  uint32_t word;
  std::memcpy(&word, q + 4 * g, sizeof word);
  return word;
}

// The lines of a block: those of one row, kTileRows16 dwords apart.
void put_quants(uint32_t* lines, const Quants& q, int32_t dtype) {
  if (dtype == WZ_Q8_0) {
    for (int g = 0; g < 8; ++g) lines[g * kTileRows16] = group(q, g);
    return;
  }
  for (int l = 0; l < 4; ++l) lines[l * kTileRows16] = (group(q, l) & 0x0F0F0F0Fu) | (group(q, l + 4) & 0x0F0F0F0Fu) << 4;
  if (dtype == WZ_Q5_0 || dtype == WZ_Q5_1 || dtype == WZ_Q5_K) {
    uint32_t bits = 0;
    for (int g = 0; g < 8; ++g) bits |= (group(q, g) >> 4 & 0x01010101u) << g;
    lines[4 * kTileRows16] = bits;
  } else if (dtype == WZ_Q6_K) {
    for (int half = 0; half < 2; ++half) {
      uint32_t bits = 0;
      for (int g = 0; g < 4; ++g) bits |= (group(q, 4 * half + g) >> 4 & 0x03030303u) << 2 * g;
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

void pack_tiles(void* packed, const void* weight, const PackedType& type, int64_t rows, int64_t cols, int64_t tile_begin, int64_t tile_end) {
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
        Quants q;
        quants_of(q, first + r * row_bytes, type.dtype, b);
        put_quants(reinterpret_cast<uint32_t*>(lines) + r, q, type.dtype);
      }
    }
  }
}

}  // namespace wz
