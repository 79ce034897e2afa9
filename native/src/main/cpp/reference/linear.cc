// out (+)= x W^T + bias, one product after the other.
#include <cstring>
#include <vector>
#include "base/packed_weight.h"
#include "base/quantized_row.h"
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {
namespace {

void finish(const wz_linear_part& part, int64_t i, int64_t r, float sum) {
  float* out = part.out + i * part.out_stride + r;
  if (part.bias != nullptr) sum += part.bias[r];
  *out = part.add != 0 ? *out + sum : sum;
}

// Quants and scales of a packed weight, found one by one.
class PackedWeight {
 public:
  explicit PackedWeight(const wz_weight& w)
      : data_(static_cast<const uint8_t*>(w.data)), type_(*packed_type(w.dtype)), section_(packed_scale_section(type_, w.cols)),
        tile_bytes_(packed_tile_bytes(type_, w.cols)) {}

  int offset() const { return type_.offset; }

  // 0 to 255
  int quant(int64_t r, int64_t c) const {
    const uint8_t* lines = tile(r) + section_ + c / kBlockCols * type_.lines * kLine;
    const int64_t group = c % kBlockCols / 4, byte = r % kTileRows16 * 4 + c % 4;
    if (type_.lines == 8) return lines[group * kLine + byte];
    const int low = lines[group % 4 * kLine + byte] >> (group < 4 ? 0 : 4) & 15;
    if (type_.lines == 5) return low | (lines[4 * kLine + byte] >> group & 1) << 4;
    if (type_.lines == 6) return low | (lines[(4 + group / 4) * kLine + byte] >> (group % 4 * 2) & 3) << 4;
    return low;
  }

  // weight = scale (quant - offset) + minimum
  float scale(int64_t r, int64_t c) const {
    const uint8_t* scales = scales_of(r, c);
    const float d = half(scales, r);
    if (type_.dtype == WZ_Q6_K) return d * static_cast<float>(static_cast<int8_t>(scales[32 + c % 256 / 16 * kTileRows16 + r % kTileRows16]));
    return type_.scale_blocks == 8 ? d * static_cast<float>(scales[64 + c % 256 / 32 * kTileRows16 + r % kTileRows16]) : d;
  }
  float minimum(int64_t r, int64_t c) const {
    const uint8_t* scales = scales_of(r, c);
    const float m = half(scales + 32, r);
    return type_.scale_blocks == 8 ? -(m * static_cast<float>(scales[192 + c % 256 / 32 * kTileRows16 + r % kTileRows16])) : m;
  }

 private:
  const uint8_t* tile(int64_t r) const { return data_ + r / kTileRows16 * tile_bytes_; }
  const uint8_t* scales_of(int64_t r, int64_t c) const { return tile(r) + c / (kBlockCols * type_.scale_blocks) * type_.scale_bytes; }
  static float half(const uint8_t* scales, int64_t r) { return f32_from_f16(bits_at<uint16_t>(scales + r % kTileRows16 * 2)); }

  const uint8_t* data_;
  const PackedType& type_;
  const int64_t section_, tile_bytes_;
};

void quantize(QuantizedBlock& block, const float* x) {
  uint32_t bits = 0;
  for (int c = 0; c < kBlockCols; ++c) {
    const uint32_t magnitude = bits_at<uint32_t>(x + c) & 0x7FFFFFFFu;
    if (magnitude > bits) bits = magnitude;
  }
  const float most = bits_at<float>(&bits);
  const bool finite = bits < 0x7F800000u, zero = most < kSmallestMaximum;
  const float inverse = finite && !zero ? kLargestActivation / most : 0;
  int16_t number[kBlockCols];
  int sums[2] = {0, 0};
  for (int c = 0; c < kBlockCols; ++c) {
    const int q = static_cast<int>(inverse != 0 ? std::nearbyint(x[c] * inverse) : 0);
    number[c] = static_cast<int16_t>(q);
    sums[c / 16] += q;
  }
  std::memcpy(block.q, number, sizeof number);
  block.scale = !finite ? std::numeric_limits<float>::quiet_NaN() : zero ? 0 : most / kLargestActivation;
  block.scaled_sum = block.scale * static_cast<float>(sums[0] + sums[1]);
  for (int half = 0; half < 2; ++half) block.minus_sums[half] = -sums[half];
}

// Block b of row i.
int64_t place(int64_t i, int64_t b, int64_t m, int64_t blocks) {
  const int64_t panel = i / kPanelRows * kPanelRows;
  return panel_begin(panel, blocks) + b * panel_rows(panel, m) + i - panel;
}

}  // namespace

void linear_quantize(void* quantized, const float* x, int64_t x_stride, const int32_t* row_of, int64_t m, int64_t begin, int64_t end,
    int64_t cols) {
  const int64_t blocks = cols / kBlockCols;
  for (int64_t i = begin; i < end; ++i) {
    const float* row = x + (row_of != nullptr ? row_of[i] : i) * x_stride;
    for (int64_t b = 0; b < blocks; ++b) quantize(static_cast<QuantizedBlock*>(quantized)[place(i, b, m, blocks)], row + b * kBlockCols);
  }
}

void linear_packed(const wz_linear_part& part, const void* quantized, int64_t m, int64_t begin, int64_t end) {
  const PackedWeight w(part.weight);
  const int64_t cols = part.weight.cols;
  const int64_t depth = part.weight.dtype == WZ_Q6_K ? 16 : kBlockCols;  // of an integer sum
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t r = begin; r < end; ++r) {
      float sum = 0;
      for (int64_t c = 0; c < cols; c += depth) {
        const QuantizedBlock& x = static_cast<const QuantizedBlock*>(quantized)[place(i, c / kBlockCols, m, cols / kBlockCols)];
        int products = 0;
        const auto* q = reinterpret_cast<const int16_t*>(x.q);
        for (int64_t l = c; l < c + depth; ++l) products += (w.quant(r, l) - w.offset()) * bits_at<int16_t>(q + l % kBlockCols);
        sum = std::fma(w.scale(r, c) * x.scale, static_cast<float>(products), sum);
        if (w.offset() == 0) sum = std::fma(w.minimum(r, c), x.scaled_sum, sum);
      }
      finish(part, i, r, sum);
    }
  }
}

void linear_rows(const wz_linear_part& part, const float* x, int64_t x_stride, const int32_t* row_of, int64_t m, int64_t begin,
    int64_t end) {
  constexpr int kLanes = 16;
  const int64_t cols = part.weight.cols, row_bytes = cols / wz_dtype_block(part.weight.dtype) * wz_dtype_block_bytes(part.weight.dtype);
  std::vector<float> w(static_cast<size_t>(cols));
  for (int64_t r = begin; r < end; ++r) {
    dequantize(w.data(), static_cast<const char*>(part.weight.data) + r * row_bytes, part.weight.dtype, cols);
    for (int64_t i = 0; i < m; ++i) {
      const float* row = x + (row_of != nullptr ? row_of[i] : i) * x_stride;
      float lane[kLanes] = {};
      for (int64_t c = 0; c < (cols + kLanes - 1) / kLanes * kLanes; ++c) {
        const bool inside = c < cols;
        lane[c % kLanes] = std::fma(inside ? w[static_cast<size_t>(c)] : 0, inside ? row[c] : 0, lane[c % kLanes]);
      }
      for (int s = kLanes / 2; s > 0; s /= 2) {
        for (int l = 0; l < s; ++l) lane[l] += lane[l + s];
      }
      finish(part, i, r, lane[0]);
    }
  }
}

}  // namespace wz::reference
