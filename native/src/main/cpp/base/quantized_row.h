// The activations that WZ_PACKED weights meet: float32 rows as int8, with a scale for each block of 32 columns.
//
//   scale = max |x| / 127    q = x (127 / max |x|) to the nearest integer, ties to even
//
// A block whose maximum is below kSmallestMaximum is all zeros (127 / max would overflow); one with a NaN or an infinity has the scale NaN, so
// that what it touches becomes NaN. The sums of q are multiplied by the offsets of packed_weight.h here, once, instead of in every tile.
//
// Rows lie in panels of kPanelRows, the blocks of a panel's rows next to each other: block b of row i at ((i / kPanelRows * blocks + b) *
// rows of the panel) + i % kPanelRows, where the last panel has as many rows as are left.
#pragma once
#include <cstdint>

namespace wz {

constexpr int64_t kPanelRows = 6;
constexpr float kSmallestMaximum = 1e-36f;

struct QuantizedBlock {
  int8_t q[32];
  float scale;
  float scaled_sum;      // scale * sum of q, rounded once
  int32_t minus_sum_8;   // -8 times the sum of q, and so on
  int32_t minus_sum_16;
  int32_t minus_sum_128;
  int32_t minus_half_sums_32[2];  // of columns [0, 16) and [16, 32)
  int32_t unused;
};
static_assert(sizeof(QuantizedBlock) == 64);

// The first block of a panel that begins at row i (a multiple of kPanelRows).
static inline int64_t panel_begin(int64_t i, int64_t blocks) { return i * blocks; }
static inline int64_t panel_rows(int64_t i, int64_t rows) { return rows - i < kPanelRows ? rows - i : kPanelRows; }

}  // namespace wz
