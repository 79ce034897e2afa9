// gram[i, j] = sum_n v_i v_j in float64, v = x or x - base, block by block or column by column; the order of the sums is that of merge.h.
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {

void gram_blocks(double* blocks, const wz_model* x, int models, wz_model base, int64_t n) {
  double* gram = blocks;
  for (int64_t begin = 0; begin < n; begin += WZ_BLOCK, gram += models * models) {
    const int64_t m = n - begin < WZ_BLOCK ? n - begin : WZ_BLOCK;
    for (int a = 0; a < models; ++a) {
      for (int b = a; b < models; ++b) {
        gram[a * models + b] =
            reduce_block(m, [&](int64_t j) { return value_or_delta<F64>(x[a], base, begin + j) * value_or_delta<F64>(x[b], base, begin + j); });
        gram[b * models + a] = gram[a * models + b];
      }
    }
  }
}

void gram_columns(double* gram, const wz_model* x, int models, wz_model base, int64_t rows, int64_t cols, int64_t col_begin, int64_t col_end) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t c = col_begin; c < col_end; ++c) {
      for (int a = 0; a < models; ++a) {
        for (int b = a; b < models; ++b) {
          const double product = value_or_delta<F64>(x[a], base, r * cols + c) * value_or_delta<F64>(x[b], base, r * cols + c);
          gram[(a * models + b) * cols + c] += product;
          gram[(b * models + a) * cols + c] = gram[(a * models + b) * cols + c];
        }
      }
    }
  }
}

}  // namespace wz::reference
