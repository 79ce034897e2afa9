/* Element types and their conversion. All conversions round to nearest, ties to even, and keep NaN a NaN.

   The types from WZ_Q4_0 on are GGUF's block types: a row of a matrix is stored as blocks of 32 or 256 elements, each with its own scale.
   They have no bytes of one element; quantize.h converts them, linear.h and transformer.h compute with them. */
#ifndef WOOTZ_DTYPE_H
#define WOOTZ_DTYPE_H

#include <stdint.h>
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wz_dtype {
  WZ_F32 = 0,
  WZ_F16 = 1,  /* IEEE binary16 */
  WZ_BF16 = 2, /* upper half of binary32 */
  WZ_F64 = 3,
  WZ_F8_E4M3 = 4, /* OCP e4m3fn: no infinity, overflow becomes NaN (torch.float8_e4m3fn) */
  WZ_F8_E5M2 = 5, /* OCP e5m2: overflow becomes infinity */
  WZ_I8 = 6,      /* integers convert to float by value; from float they round and saturate, NaN becomes 0 */
  WZ_U8 = 7,
  WZ_I16 = 8,
  WZ_I32 = 9,
  WZ_I64 = 10,
  WZ_Q4_0 = 32,
  WZ_Q4_1 = 33,
  WZ_Q5_0 = 34,
  WZ_Q5_1 = 35,
  WZ_Q8_0 = 36,
  WZ_Q2_K = 37,
  WZ_Q3_K = 38,
  WZ_Q4_K = 39,
  WZ_Q5_K = 40,
  WZ_Q6_K = 41,
  WZ_IQ4_NL = 42,
  WZ_IQ4_XS = 43,
  WZ_TQ1_0 = 44,
  WZ_TQ2_0 = 45,
  WZ_MXFP4 = 46
} wz_dtype;

/* Bytes of one element, 0 for a block type and for a value that is no wz_dtype. */
WZ_API int32_t wz_dtype_bytes(int32_t dtype);

/* Elements of one block and its bytes: 1 and wz_dtype_bytes for a plain type, 0 for a value that is no wz_dtype. */
WZ_API int32_t wz_dtype_block(int32_t dtype);
WZ_API int32_t wz_dtype_block_bytes(int32_t dtype);

/* "f32", "bf16", ...; "?" for a value that is no wz_dtype. */
WZ_API const char* wz_dtype_name(int32_t dtype);

/* dst[i] = convert(src[i]), i < n. dst and src may be the same address only when both types have the same size. */
WZ_API wz_status wz_convert(void* dst, int32_t dst_dtype, const void* src, int32_t src_dtype, int64_t n);

#ifdef __cplusplus
}
#endif
#endif
