// Rows of x as int8 with a scale for each block of 32 columns: base/quantized_row.h.
#include "base/packed_weight.h"
#include "base/quantized_row.h"
#include "capi/operations.h"
#include "generic/element.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kCols = static_cast<int>(kBlockCols);

void quantize(QuantizedBlock& block, const float* x) {
  uint32_t bits = 0;
  for (int c = 0; c < kCols; ++c) {
    const uint32_t magnitude = bits_of(x[c]) & 0x7FFFFFFFu;
    bits = magnitude > bits ? magnitude : bits;
  }
  const float most = float_of(bits);
  const bool finite = bits < 0x7F800000u, zero = most < kSmallestMaximum;
  if (!finite || zero) {
    block = {};
    block.scale = block.scaled_sum = finite ? 0 : float_of(0x7FC00000u);
    return;
  }
  const float inverse = 127 / most;
  int32_t q[kCols];
  // Adding 1.5 * 2^23 puts the unit into the last place of the sum, so the addition rounds.
  for (int c = 0; c < kCols; ++c) q[c] = static_cast<int32_t>(bits_of(x[c] * inverse + 0x1.8p23f)) - static_cast<int32_t>(bits_of(0x1.8p23f));
  int32_t low = 0, high = 0;
  for (int c = 0; c < kCols / 2; ++c) low += q[c];
  for (int c = kCols / 2; c < kCols; ++c) high += q[c];
  for (int c = 0; c < kCols; ++c) block.q[c] = static_cast<int8_t>(q[c]);
  const int32_t sum = low + high;
  block.scale = most / 127;
  block.scaled_sum = block.scale * static_cast<float>(sum);
  block.minus_sum_8 = -8 * sum;
  block.minus_sum_16 = -16 * sum;
  block.minus_sum_128 = -128 * sum;
  block.minus_half_sums_32[0] = -32 * low;
  block.minus_half_sums_32[1] = -32 * high;
  block.unused = 0;
}

}  // namespace

void linear_quantize(void* quantized, const float* x, int64_t x_stride, const int32_t* row_of, int64_t m, int64_t begin, int64_t end,
    int64_t cols) {
  const int64_t blocks = cols / kBlockCols;
  for (int64_t i = begin; i < end; ++i) {
    const float* row = x + (row_of != nullptr ? row_of[i] : i) * x_stride;
    const int64_t panel = i / kPanelRows * kPanelRows, rows = panel_rows(panel, m);
    QuantizedBlock* to = static_cast<QuantizedBlock*>(quantized) + panel_begin(panel, blocks) + i - panel;
    for (int64_t b = 0; b < blocks; ++b) quantize(to[b * rows], row + b * kBlockCols);
  }
}

}  // namespace wz::WZ_ISA
