// Rows of float32 as blocks of a type that wz_quantize knows, the same code on every instruction set.
#pragma once
#include <cstdint>
#include "dtype/block_types.h"
#include "dtype/encode_k.h"
#include "dtype/encode_round.h"

namespace wz {

// Without weights the simple types are rounded, as ggml does; the K types always search.
template <class Block>
static inline void quantize_rows_as(Block* blocks, const float* x, const float* importance, int64_t rows, int64_t cols) {
  constexpr int n = Block::kElements;
  float ones[n];
  for (int i = 0; i < n; ++i) ones[i] = 1;
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t col = 0; col < cols; col += n, ++blocks, x += n) {
      const float* w = importance != nullptr ? importance + col : ones;
      if constexpr (sizeof(Block) == sizeof(BlockQ8_0)) {
        encode(blocks, x);  // finer than any weights would notice
      } else if constexpr (n == 32) {
        importance != nullptr ? encode(blocks, x, w) : encode(blocks, x);
      } else {
        encode(blocks, x, w);
      }
    }
  }
}

static inline void quantize_rows(void* blocks, int dtype, const float* x, const float* importance, int64_t rows, int64_t cols) {
  switch (dtype) {
    case WZ_Q4_0: quantize_rows_as(static_cast<BlockQ4_0*>(blocks), x, importance, rows, cols); break;
    case WZ_Q4_1: quantize_rows_as(static_cast<BlockQ4_1*>(blocks), x, importance, rows, cols); break;
    case WZ_Q5_0: quantize_rows_as(static_cast<BlockQ5_0*>(blocks), x, importance, rows, cols); break;
    case WZ_Q5_1: quantize_rows_as(static_cast<BlockQ5_1*>(blocks), x, importance, rows, cols); break;
    case WZ_Q8_0: quantize_rows_as(static_cast<BlockQ8_0*>(blocks), x, importance, rows, cols); break;
    case WZ_Q2_K: quantize_rows_as(static_cast<BlockQ2_K*>(blocks), x, importance, rows, cols); break;
    case WZ_Q3_K: quantize_rows_as(static_cast<BlockQ3_K*>(blocks), x, importance, rows, cols); break;
    case WZ_Q4_K: quantize_rows_as(static_cast<BlockQ4_K*>(blocks), x, importance, rows, cols); break;
    case WZ_Q5_K: quantize_rows_as(static_cast<BlockQ5_K*>(blocks), x, importance, rows, cols); break;
    default: quantize_rows_as(static_cast<BlockQ6_K*>(blocks), x, importance, rows, cols); break;
  }
}

}  // namespace wz
