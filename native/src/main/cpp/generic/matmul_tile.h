// sum_k a[i, k] b[k, j] in float64 for a tile of rows and columns. Products of float32 values are exact in float64 and k runs in order, so a
// fused multiply-add, where there is one, gives the same bits as a product and a sum.
#pragma once
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

constexpr int kTileRows = 4;
constexpr int kTileCols = 16;

// sum [kTileRows, kTileCols] for packed a [k, kTileRows] and b [k, kTileCols].
inline void matmul_tile(double* sum, const float* a, const float* b, int64_t k) {
  alignas(64) double s[kTileRows][kTileCols] = {};
  for (int64_t i = 0; i < k; ++i) {
    for (int r = 0; r < kTileRows; ++r) {
      const auto ar = static_cast<double>(a[i * kTileRows + r]);
      for (int c = 0; c < kTileCols; ++c) s[r][c] += ar * static_cast<double>(b[i * kTileCols + c]);
    }
  }
  for (int r = 0; r < kTileRows; ++r)
    for (int c = 0; c < kTileCols; ++c) sum[r * kTileCols + c] = s[r][c];
}

// packed [k, kTileRows] = rows [row, row + kTileRows) of a, element (i, j) at a[i * row_stride + j * k_stride]; zeros past row_end.
inline void pack_rows(float* packed, const float* a, int64_t row_stride, int64_t k_stride, int64_t row, int64_t row_end, int64_t k) {
  for (int r = 0; r < kTileRows; ++r) {
    const bool inside = row + r < row_end;
    const float* from = a + (inside ? row + r : row) * row_stride;
    for (int64_t i = 0; i < k; ++i) packed[i * kTileRows + r] = inside ? from[i * k_stride] : 0.0f;
  }
}

// packed [k, kTileCols] = columns [col, col + kTileCols) of b [k, n]; zeros past n.
inline void pack_cols(float* packed, const float* b, int64_t col, int64_t n, int64_t k) {
  const int64_t width = n - col < kTileCols ? n - col : kTileCols;
  for (int64_t i = 0; i < k; ++i) {
    for (int64_t c = 0; c < width; ++c) packed[i * kTileCols + c] = b[i * n + col + c];
    for (int64_t c = width; c < kTileCols; ++c) packed[i * kTileCols + c] = 0;
  }
}

}  // namespace
}  // namespace wz::WZ_ISA
