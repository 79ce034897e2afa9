// Block types, a block at a time.
#include "capi/operations.h"
#include "dtype/quantize_rows.h"
#include "generic/block.h"
#include "generic/dequantize.h"
#include "generic/element.h"

namespace wz::WZ_ISA {

void dequantize(float* out, const void* blocks, int dtype, int64_t n) {
  if (dtype < WZ_Q4_0) {
    for (int64_t i = 0; i < n; i += WZ_BLOCK) {
      const char* from = static_cast<const char*>(blocks) + i * element_bytes(dtype);
      load_block(out + i, from, dtype, n - i < WZ_BLOCK ? n - i : WZ_BLOCK);
    }
    return;
  }
  with_block_type(dtype, [&](auto type) {
    using Block = typename decltype(type)::Block;
    const auto* block = static_cast<const Block*>(blocks);
    for (int64_t i = 0; i < n; i += Block::kElements) decode(out + i, block[i / Block::kElements]);
  });
}

void quantize(void* blocks, int dtype, const float* x, const float* importance, int64_t rows, int64_t cols) {
  if (dtype < WZ_Q4_0) {
    convert(blocks, dtype, x, WZ_F32, rows * cols);
  } else {
    quantize_rows(blocks, dtype, x, importance, rows, cols);
  }
}

}  // namespace wz::WZ_ISA
