/* Element types and their conversion. All conversions round to nearest, ties to even, and keep NaN a NaN. */
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
  WZ_I64 = 10
} wz_dtype;

/* Bytes of one element, 0 for a value that is no wz_dtype. */
WZ_API int32_t wz_dtype_bytes(int32_t dtype);

/* "f32", "bf16", ...; "?" for a value that is no wz_dtype. */
WZ_API const char* wz_dtype_name(int32_t dtype);

/* dst[i] = convert(src[i]), i < n. dst and src may be the same address only when both types have the same size. */
WZ_API wz_status wz_convert(void* dst, int32_t dst_dtype, const void* src, int32_t src_dtype, int64_t n);

#ifdef __cplusplus
}
#endif
#endif
