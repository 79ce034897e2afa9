/* Linear layers: out = x W^T + bias, for every type of weight and any number of rows.

   A weight [rows, cols] comes in one of two layouts:
   - WZ_ROWS: row-major as the file has it, any float or block type. Activations stay float32; each weight is its exact float32 value. The dot
     product runs in float32 with fused multiply-add over 16 lanes, element c in lane c % 16, and the lanes are added as a fixed tree
     (lane i + lane i+8, then +4, +2, +1).
   - WZ_PACKED: rows interleaved by sixteen for the integer dot product (wz_pack; q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k).
     Activations are 16-bit numbers with a scale for each row and block of 32: scale = max |x| / 32639, q = x (32639 / max |x|) to the
     nearest integer, ties to even (32639 = 127 * 256 + 127: two signed bytes hold q). The products of a block (of half of one for q6_k) are
     summed exactly, |integer| < 2^27 for every type, and the sum is rounded to float32 once, to nearest, ties to even; blocks are added in
     float32 in the order of the columns: sum = sum + (weight's scale * scale) * float(integer), fused, and for types with a minimum
     sum = sum + minimum * (scale * sum of q), fused. A block of x whose maximum is below 1e-33 counts as zeros; one with a NaN or an
     infinity makes NaN.
   Then the bias is added, and the sum to what out holds, each rounded once.

   So a row of out depends on its row of x and on the weight alone, bit for bit: not on m, the pool, the other parts, or the instruction set. */
#ifndef WOOTZ_LINEAR_H
#define WOOTZ_LINEAR_H

#include <stdint.h>
#include "wootz/cpu.h"
#include "wootz/dtype.h"
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wz_layout { WZ_ROWS = 0, WZ_PACKED = 1 } wz_layout;

typedef struct wz_weight {
  const void* data;
  int32_t dtype;
  int32_t layout;
  int64_t rows; /* outputs */
  int64_t cols; /* inputs; a multiple of wz_dtype_block(dtype) */
} wz_weight;

/* One product of several that share x. */
typedef struct wz_linear_part {
  wz_weight weight;
  const float* bias;  /* [weight.rows], or NULL */
  float* out;         /* row i at out + i * out_stride */
  int64_t out_stride; /* in elements */
  int32_t add;        /* not 0: out += x W^T + bias */
} wz_linear_part;

/* Bytes of a packed weight. WZ_UNSUPPORTED for a type without a packed layout. */
WZ_API wz_status wz_packed_bytes(int64_t* bytes, int32_t dtype, int64_t rows, int64_t cols);

/* packed (64-byte aligned) = weight [rows, cols] of a block type, row-major. pool may be NULL. */
WZ_API wz_status wz_pack(void* packed, const void* weight, int32_t dtype, int64_t rows, int64_t cols, wz_threads* pool);

/* Bytes of scratch that wz_linear and wz_linear_grouped need for m rows of x of this length. */
WZ_API int64_t wz_linear_scratch(int64_t m, int64_t cols);

/* For every part: out [m, weight.rows] (+)= x [m, cols] W^T + bias. Row i of x at x + i * x_stride. All parts have the same cols.
   scratch: wz_linear_scratch bytes, 64-byte aligned. pool may be NULL. */
WZ_API wz_status wz_linear(const wz_linear_part* parts, int32_t count, const float* x, int64_t x_stride, int64_t m, void* scratch,
                           wz_threads* pool);

/* Mixture of experts: assignment i of expert e (begin[e] <= i < begin[e + 1]) is row i of out [assignments, rows] =
   x[row_of[i]] W_e^T; row_of NULL: row i of x. begin [count + 1], ascending from 0. All experts have the same shape.
   x_rows: rows of x. scratch: wz_linear_scratch(max(x_rows, assignments), cols). */
WZ_API wz_status wz_linear_grouped(float* out, const wz_weight* experts, int32_t count, const int32_t* begin, const int32_t* row_of,
                                   const float* x, int64_t x_rows, void* scratch, wz_threads* pool);

#ifdef __cplusplus
}
#endif
#endif
