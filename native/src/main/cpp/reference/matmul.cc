// c = op(a) b, the sum over k in order and in float64.
#include "capi/operations.h"

namespace wz::reference {

void matmul(float* c, const float* a, const float* b, int64_t m, int64_t n, int64_t k, int transpose_a, int64_t row_begin, int64_t row_end) {
  for (int64_t i = row_begin; i < row_end; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t l = 0; l < k; ++l) sum += static_cast<double>(transpose_a ? a[l * m + i] : a[i * k + l]) * static_cast<double>(b[l * n + j]);
      c[i * n + j] = static_cast<float>(sum);
    }
  }
}

}  // namespace wz::reference
