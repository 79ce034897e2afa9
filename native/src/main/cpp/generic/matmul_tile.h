// sum_k a[i, k] b[k, j] in float64 for a tile of rows and columns. Products of float32 values are exact in float64 and k runs in order, so
// the fused multiply-add gives the same bits as a product and a sum.
#pragma once
#include <cstdint>
#include "generic/arithmetic.h"
#include "simd.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kTileRows = 4;
constexpr int kTileCols = 16;

// Column vectors whose sums stay in registers together with the values of b: half of the registers hold sums.
constexpr int kTileVectors = kTileCols / kDoubles < kRegisters / 2 / kTileRows ? kTileCols / kDoubles : kRegisters / 2 / kTileRows;
static_assert(kTileCols % (kTileVectors * kDoubles) == 0);

// sum [kTileRows, kTileCols] for packed a [k, kTileRows] and b [k, kTileCols]. Explicit vectors, because the compiler leaves an array of
// sums in memory, which takes ten times as long.
inline void matmul_tile(double* sum, const float* a, const float* b, int64_t k) {
  for (int col = 0; col < kTileCols; col += kTileVectors * kDoubles) {
    Doubles s[kTileRows][kTileVectors];
    for (auto& row : s)
      for (auto& v : row) v = doubles_of(0);
    for (int64_t i = 0; i < k; ++i) {
      Doubles from_b[kTileVectors];
#pragma GCC unroll 16
      for (int v = 0; v < kTileVectors; ++v) from_b[v] = doubles_from_f32(b + i * kTileCols + col + v * kDoubles);
#pragma GCC unroll 16
      for (int r = 0; r < kTileRows; ++r) {
        const Doubles ar = doubles_of(static_cast<double>(a[i * kTileRows + r]));
#pragma GCC unroll 16
        for (int v = 0; v < kTileVectors; ++v) s[r][v] = multiply_add(ar, from_b[v], s[r][v]);
      }
    }
    for (int r = 0; r < kTileRows; ++r)
      for (int v = 0; v < kTileVectors; ++v) put(sum + r * kTileCols + col, v, s[r][v]);
  }
}

// packed [k, kTileRows] = rows [row, row + kTileRows) of a, element (i, j) at a[i * row_stride + j * k_stride]; zeros past row_end.
inline void pack_rows(float* packed, const float* a, int64_t row_stride, int64_t k_stride, int64_t row, int64_t row_end, int64_t k) {
  const float* from[kTileRows];
  for (int r = 0; r < kTileRows; ++r) from[r] = a + (row + r < row_end ? row + r : row) * row_stride;
  for (int64_t i = 0; i < k; ++i) {
    for (int r = 0; r < kTileRows; ++r) packed[i * kTileRows + r] = from[r][i * k_stride];
  }
  for (int64_t r = row_end - row; r < kTileRows; ++r) {
    for (int64_t i = 0; i < k; ++i) packed[i * kTileRows + r] = 0;
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
