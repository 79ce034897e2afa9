// out = W + scale B A, the sum over the rank in order and in float64.
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {

void lora(void* out, int out_dtype, const void* w, int w_dtype, const float* b, const float* a, double scale, int64_t rows, int64_t cols,
          int64_t rank) {
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < cols; ++j) {
      double sum = 0;
      for (int64_t r = 0; r < rank; ++r) sum += static_cast<double>(b[i * rank + r]) * static_cast<double>(a[r * cols + j]);
      store(out, out_dtype, i * cols + j, load<double>(w, w_dtype, i * cols + j) + scale * sum);
    }
  }
}

}  // namespace wz::reference
