// c [m, n] = op(a) b for rows [row_begin, row_end), op(a) [m, k], b [k, n].
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "generic/matmul_tile.h"
#include "generic/scratch.h"

namespace wz::WZ_ISA {

void matmul(float* c, const float* a, const float* b, int64_t m, int64_t n, int64_t k, int transpose_a, int64_t row_begin,
            int64_t row_end) {
  // A chunk of rows is packed once and meets every panel of b: b is packed anew for each chunk, which costs 1/kChunk of the products.
  constexpr int64_t kChunk = 128;
  // Columns of op(a) that are packed for all rows of a chunk before the next. Of a transposed a these are cache lines that lie a row apart,
  // often a power of two: with more, they push each other out before every tile has read its part.
  constexpr int64_t kDepth = 8;
  const int64_t row_stride = transpose_a ? 1 : k, k_stride = transpose_a ? m : 1;
  Scratch<float> packed_a(kChunk * k);
  Scratch<float> packed_b(kTileCols * k);
  alignas(64) double sum[kTileRows * kTileCols];
  for (int64_t begin = row_begin; begin < row_end; begin += kChunk) {
    const int64_t end = smaller(begin + kChunk, row_end);
    for (int64_t i = 0; i < k; i += kDepth) {
      for (int64_t row = begin; row < end; row += kTileRows) {
        float* tile = packed_a.data() + (row - begin) * k + i * kTileRows;
        pack_rows(tile, a + i * k_stride, row_stride, k_stride, row, end, smaller(kDepth, k - i));
      }
    }
    for (int64_t j = 0; j < n; j += kTileCols) {
      pack_cols(packed_b.data(), b, j, n, k);
      for (int64_t row = begin; row < end; row += kTileRows) {
        matmul_tile(sum, packed_a.data() + (row - begin) * k, packed_b.data(), k);
        for (int64_t r = 0; r < smaller(kTileRows, end - row); ++r)
          for (int64_t l = 0; l < smaller(kTileCols, n - j); ++l) c[(row + r) * n + j + l] = static_cast<float>(sum[r * kTileCols + l]);
      }
    }
  }
}

}  // namespace wz::WZ_ISA
