/* Single steps on float32 vectors, each rounded as PyTorch rounds it on the CPU: the merge methods' compatibility mode is written in them.

   arithmetic WZ_ARITHMETIC_F32: the float32 result; BF16, F16: the float32 result rounded to that type (to nearest, ties to even) and
   kept as float32. F64 is refused. out may be an input. */
#ifndef WOOTZ_VECTOR_H
#define WOOTZ_VECTOR_H

#include <stdint.h>
#include "wootz/merge.h"
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* out = a + b, a - b, a * b, a / b */
WZ_API wz_status wz_vector_add(float* out, const float* a, const float* b, int32_t arithmetic, int64_t n);
WZ_API wz_status wz_vector_subtract(float* out, const float* a, const float* b, int32_t arithmetic, int64_t n);
WZ_API wz_status wz_vector_multiply(float* out, const float* a, const float* b, int32_t arithmetic, int64_t n);
WZ_API wz_status wz_vector_divide(float* out, const float* a, const float* b, int32_t arithmetic, int64_t n);

/* out = a * s, a / s with s as float32; out = a + s with s rounded to the arithmetic (PyTorch treats the two differently) */
WZ_API wz_status wz_vector_scale(float* out, const float* a, double s, int32_t arithmetic, int64_t n);
WZ_API wz_status wz_vector_divide_by(float* out, const float* a, double s, int32_t arithmetic, int64_t n);
WZ_API wz_status wz_vector_add_scalar(float* out, const float* a, double s, int32_t arithmetic, int64_t n);

/* sum[0] += sum a_i b_i in float64, in the fixed order of merge.h. */
WZ_API wz_status wz_vector_dot(double* sum, const float* a, const float* b, int64_t n);

/* v rounded to the arithmetic, through float32 for all but F64 (PyTorch's way from a Python number to a tensor's type); v itself for a value
   that is no wz_arithmetic. */
WZ_API double wz_round(double v, int32_t arithmetic);

#ifdef __cplusplus
}
#endif
#endif
