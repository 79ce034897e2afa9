// out (+)= x W^T + bias, by the loops that specify it.
#include "capi/operations.h"

namespace wz::reference {
void linear_quantize(void* quantized, const float* x, int64_t x_stride, const int32_t* row_of, int64_t m, int64_t begin, int64_t end, int64_t cols);
void linear_packed(const wz_linear_part& part, const void* quantized, int64_t m, int64_t begin, int64_t end);
void linear_rows(const wz_linear_part& part, const float* x, int64_t x_stride, const int32_t* row_of, int64_t m, int64_t begin, int64_t end);
}  // namespace wz::reference

namespace wz::WZ_ISA {

void linear_quantize(void* quantized, const float* x, int64_t x_stride, const int32_t* row_of, int64_t m, int64_t begin, int64_t end, int64_t cols) {
  reference::linear_quantize(quantized, x, x_stride, row_of, m, begin, end, cols);
}

void linear_packed(const wz_linear_part& part, const void* quantized, int64_t m, int64_t begin, int64_t end) {
  reference::linear_packed(part, quantized, m, begin, end);
}

void linear_rows(const wz_linear_part& part, const float* x, int64_t x_stride, const int32_t* row_of, int64_t m, int64_t begin, int64_t end) {
  reference::linear_rows(part, x, x_stride, row_of, m, begin, end);
}

}  // namespace wz::WZ_ISA
