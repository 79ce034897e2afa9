/* wootz/transformer.h on CUDA devices: the small operations of a decoder layer. Same arguments, but tensors (ids, experts and places too) are
   device memory and the stream comes last; conventions as in cuda.h. Results depend neither on the number of rows in the call nor on the device.

   What only the device can see is not refused: the result then says so, see each function. Nothing is allocated and nothing waited for. */
#ifndef WOOTZ_CUDA_TRANSFORMER_H
#define WOOTZ_CUDA_TRANSFORMER_H

#include <stdint.h>
#include "wootz/cuda.h"
#include "wootz/transformer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* wz_embed: the CPU's bits. table f32, f16, bf16, f64, q4_0, q4_1, q5_0, q5_1, q8_0, q4_k, q5_k or q6_k as GGUF stores it. The row of an id
   outside [0, rows) is NaN. */
WZ_API wz_status wz_cuda_embed(float* out, const void* table, int32_t dtype, int64_t rows, int64_t cols, const int32_t* ids, int64_t tokens,
                               wz_cuda_stream* stream);

/* wz_rms_norm: the sum of squares in float64 in another fixed order, so that the factor of a row is the CPU's or the float32 next to it. add may
   be NULL; out may be x. Rows of up to 16384 elements at addresses that are multiples of 16 are read once. */
WZ_API wz_status wz_cuda_rms_norm(float* out, float* x, const float* add, const float* weight, double epsilon, int64_t rows, int64_t cols,
                                  wz_cuda_stream* stream);

/* wz_swiglu: the CPU's bits. out may be gate or up. */
WZ_API wz_status wz_cuda_swiglu(float* out, const float* gate, const float* up, int64_t rows, int64_t cols, wz_cuda_stream* stream);

/* wz_moe_route: the CPU's experts; with normalize its weights, else a sum in another order, in float64. A token with NaN, +infinity or no finite
   logit goes to experts 0 to k - 1 with weights NaN. */
WZ_API wz_status wz_cuda_moe_route(int32_t* expert, float* weight, const float* logits, int64_t tokens, int32_t experts, int32_t k,
                                   int32_t normalize, wz_cuda_stream* stream);

/* wz_moe_sort: the CPU's order. An assignment to an expert outside [0, experts) has no place: place -1, and begin[experts] is the number of the
   others. */
WZ_API wz_status wz_cuda_moe_sort(int32_t* begin, int32_t* row_of, int32_t* place, const int32_t* expert, int64_t tokens, int32_t experts,
                                  int32_t k, wz_cuda_stream* stream);

/* wz_moe_combine: the CPU's bits. A place outside [0, tokens * k) makes the token's row NaN. */
WZ_API wz_status wz_cuda_moe_combine(float* out, const float* y, const int32_t* place, const float* weight, int64_t tokens, int32_t k, int64_t cols,
                                     wz_cuda_stream* stream);

/* wz_convert between f32, f16 and bf16: the CPU's bits but for the payload of NaN. dst and src may be the same address when the types have the
   same size. */
WZ_API wz_status wz_cuda_convert(void* dst, int32_t dst_dtype, const void* src, int32_t src_dtype, int64_t n, wz_cuda_stream* stream);

#ifdef __cplusplus
}
#endif
#endif
