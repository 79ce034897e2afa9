// out = W + scale B A: a low-rank adapter added to its weight, W [rows, cols], B [rows, rank], A [rank, cols]; float64 inside, one rounding.
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "generic/matmul_tile.h"
#include "generic/scratch.h"

namespace wz::WZ_ISA {

void lora(void* out, int out_dtype, const void* w, int w_dtype, const float* b, const float* a, double scale, int64_t rows, int64_t cols,
          int64_t rank) {
  const int64_t panels = (cols + kTileCols - 1) / kTileCols;
  Scratch<float> packed_a(panels * kTileCols * rank);
  Scratch<float> packed_b(rank * kTileRows);
  Scratch<double> product(kTileRows * panels * kTileCols);
  for (int64_t p = 0; p < panels; ++p) pack_cols(packed_a.data() + p * kTileCols * rank, a, p * kTileCols, cols, rank);
  alignas(64) double v[kBlock];
  for (int64_t row = 0; row < rows; row += kTileRows) {
    pack_rows(packed_b.data(), b, rank, 1, row, rows, rank);
    for (int64_t p = 0; p < panels; ++p) {
      matmul_tile(product.data() + p * kTileRows * kTileCols, packed_b.data(), packed_a.data() + p * kTileCols * rank, rank);
    }
    for (int64_t r = 0; r < smaller(kTileRows, rows - row); ++r) {
      for (int64_t c = 0; c < cols; c += kBlock) {
        const int64_t m = smaller(kBlock, cols - c);
        const int64_t i = (row + r) * cols + c;
        load_block(v, at(w, w_dtype, i), w_dtype, m);
        for (int64_t j = 0; j < m; j += kTileCols) {
          const double* ba = product.data() + ((c + j) / kTileCols * kTileRows + r) * kTileCols;
          for (int64_t l = 0; l < smaller(kTileCols, m - j); ++l) v[j + l] += scale * ba[l];
        }
        store_block(at(out, out_dtype, i), out_dtype, v, m);
      }
    }
  }
}

}  // namespace wz::WZ_ISA
