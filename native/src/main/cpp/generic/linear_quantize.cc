// Rows of x as 16-bit numbers with a scale for each block of 32 columns: base/quantized_row.h.
#include "base/packed_weight.h"
#include "base/quantized_row.h"
#include "capi/operations.h"
#include "generic/element.h"
#include "registers.h"

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
  const float inverse = kLargestActivation / most;
  int32_t q[kCols];
  // Adding 1.5 * 2^23 puts the unit into the last place of the sum, so the addition rounds.
  for (int c = 0; c < kCols; ++c) q[c] = static_cast<int32_t>(bits_of(x[c] * inverse + 0x1.8p23f)) - static_cast<int32_t>(bits_of(0x1.8p23f));
  int32_t low = 0, high = 0;
  for (int c = 0; c < kCols / 2; ++c) low += q[c];
  for (int c = kCols / 2; c < kCols; ++c) high += q[c];
  for (int g = 0; g < kCols / 4; ++g) put_group(block.q + g, block.q + kCols / 4 + g, q + 4 * g);
  block.scale = most / kLargestActivation;
  block.scaled_sum = block.scale * static_cast<float>(low + high);
  block.minus_sums[0] = -low;
  block.minus_sums[1] = -high;
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
