// The activations that WZ_PACKED weights meet: float32 rows as 16-bit numbers, with a scale for each block of 32 columns.
//
//   scale = max |x| / 32639    q = x (32639 / max |x|) to the nearest integer, ties to even
//
// 32639 = 127 * 256 + 127: such a number is also the sum of two int8 terms, 256 high + low, for the dot product of bytes.
//
// A block whose maximum is below kSmallestMaximum is all zeros (32639 / max would overflow, or scale would lose bits); one with a NaN or
// an infinity has the scale NaN, so that what it touches becomes NaN.
//
// Sums of products are exact: a block's quants with their offset taken off are -128 to 127, so |sum| <= 32 * 128 * 32639 < 2^27; before it is
// taken off they are 0 to 255, so |sum| <= 32 * 255 * 32639 < 2^28, and so is the offset times the sum of q, at most 32 * 128 * 32639.
//
// Rows lie in panels of kPanelRows, the blocks of a panel's rows next to each other: block b of row i at ((i / kPanelRows * blocks + b) *
// rows of the panel) + i % kPanelRows, where the last panel has as many rows as are left.
#pragma once
#include <cstdint>

namespace wz {

constexpr int64_t kPanelRows = 6;
constexpr int32_t kLargestActivation = 32639;
constexpr float kSmallestMaximum = 1e-33f;

struct QuantizedBlock {
  int32_t q[16];  // 32 numbers of 16 bits, in the form and order that the instruction set multiplies (registers.h: put_group)
  float scale;
  float scaled_sum;       // scale * sum of q, rounded once
  int32_t minus_sums[2];  // of columns [0, 16) and [16, 32)
};
static_assert(sizeof(QuantizedBlock) == 80);

// The first block of a panel that begins at row i (a multiple of kPanelRows).
static inline int64_t panel_begin(int64_t i, int64_t blocks) { return i * blocks; }
static inline int64_t panel_rows(int64_t i, int64_t rows) { return rows - i < kPanelRows ? rows - i : kPanelRows; }

}  // namespace wz
