/* GGUF's block types: what their bytes mean, and how float32 rows become blocks.

   n is always a multiple of wz_dtype_block(dtype): a row never shares a block with the next. Plain float types (f32, f16, bf16) are
   accepted wherever a block type is, so that callers need no case of their own. Layouts and formulas: dtype/<type>.h. */
#ifndef WOOTZ_QUANTIZE_H
#define WOOTZ_QUANTIZE_H

#include <stdint.h>
#include "wootz/cpu.h"
#include "wootz/dtype.h"
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* out[i] = the float32 value of element i, bit for bit what ggml's dequantization gives. pool may be NULL. */
WZ_API wz_status wz_dequantize(float* out, const void* blocks, int32_t dtype, int64_t n, wz_threads* pool);

/* blocks [rows, cols] = x [rows, cols] in the type. importance [cols] weighs the squared error of each column, NULL weighs all alike.
   NaN and infinities are refused: the message names row and column. pool may be NULL; results do not depend on it. */
WZ_API wz_status wz_quantize(void* blocks, int32_t dtype, const float* x, const float* importance, int64_t rows, int64_t cols,
                             wz_threads* pool);

#ifdef __cplusplus
}
#endif
#endif
