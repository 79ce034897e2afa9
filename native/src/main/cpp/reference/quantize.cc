// Block types element by element, as their headers define them.
#include "capi/operations.h"
#include "dtype/block_types.h"
#include "dtype/quantize_rows.h"
#include "reference/scalar.h"

namespace wz::reference {

void dequantize(float* out, const void* blocks, int dtype, int64_t n) {
  if (wz_dtype_block(dtype) == 1) {
    for (int64_t i = 0; i < n; ++i) out[i] = load<float>(blocks, dtype, i);
    return;
  }
  with_block_type(dtype, [&](auto type) {
    using Block = typename decltype(type)::Block;
    const auto* block = static_cast<const Block*>(blocks);
    for (int64_t i = 0; i < n; ++i) out[i] = decoded(block[i / Block::kElements], static_cast<int>(i % Block::kElements));
  });
}

void quantize(void* blocks, int dtype, const float* x, const float* importance, int64_t rows, int64_t cols) {
  if (dtype < WZ_Q4_0) {
    convert(blocks, dtype, x, WZ_F32, rows * cols);
  } else {
    quantize_rows(blocks, dtype, x, importance, rows, cols);
  }
}

}  // namespace wz::reference
