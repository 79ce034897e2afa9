/* wootz/merge.h on CUDA devices: the CPU's bits, but for the payload of NaN. Tensors are device memory, f32, f16 or bf16; every arithmetic of
   wz_arithmetic is there. Arrays of models and of their weights are host memory and may be reused at once, unless it says device memory. */
#ifndef WOOTZ_CUDA_MERGE_H
#define WOOTZ_CUDA_MERGE_H

#include <stdint.h>
#include "wootz/cuda.h"
#include "wootz/merge.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The most models of one call. */
#define WZ_CUDA_MODELS 128

/* out = [base +] (sum_i w_i v_i) / divisor, v = x or x - base: wz_merge_linear. */
WZ_API wz_status wz_cuda_merge_linear(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base,
                                      const double* weights, double divisor, int32_t arithmetic, int64_t n, wz_cuda_stream* stream);

/* The same with weights [rows, models] in device memory: wz_merge_linear_rows. */
WZ_API wz_status wz_cuda_merge_linear_rows(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base,
                                           const double* weights, int32_t arithmetic, int64_t rows, int64_t cols, wz_cuda_stream* stream);

/* ... and with weights [models, cols] in device memory: wz_merge_linear_columns. */
WZ_API wz_status wz_cuda_merge_linear_columns(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base,
                                              const double* weights, int32_t arithmetic, int64_t rows, int64_t cols, wz_cuda_stream* stream);

/* gram [models, models] in device memory += sum over n of v_i v_j in float64: wz_merge_gram, in its order of sums. Up to four models of one type are
   read once. scratch: wz_cuda_merge_gram_scratch(models, n) bytes of device memory, aligned to 8. */
WZ_API wz_status wz_cuda_merge_gram(double* gram, const wz_model* x, int32_t models, const wz_model* base, int64_t n, void* scratch,
                                    wz_cuda_stream* stream);
/* 0 for arguments out of range. */
WZ_API int64_t wz_cuda_merge_gram_scratch(int32_t models, int64_t n);

/* wz_merge_gta, so far for models that keep all of their delta (WZ_KEEP_ALL: task arithmetic, with lambda, normalisation and the election of signs);
   WZ_UNSUPPORTED for other sparsifiers. At most WZ_CUDA_GTA_MODELS models. */
#define WZ_CUDA_GTA_MODELS 64
WZ_API wz_status wz_cuda_merge_gta(const wz_gta* gta, const wz_gta_model* models, int32_t count, int64_t n, wz_cuda_stream* stream);

#ifdef __cplusplus
}
#endif
#endif
