/* The small operations of a decoder layer: embedding, RMS norm, gated activation, routing to experts. All on float32 activations, row-major.
   pool may be NULL everywhere; results depend neither on it nor on the number of rows in the call. */
#ifndef WOOTZ_TRANSFORMER_H
#define WOOTZ_TRANSFORMER_H

#include <stdint.h>
#include "wootz/cpu.h"
#include "wootz/dtype.h"
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* out [tokens, cols] = row ids[t] of table [rows, cols], which is of a block type (cols whole blocks), f32, f16, bf16 or f64. An id outside
   [0, rows) is refused; the message names it and its place. */
WZ_API wz_status wz_embed(float* out, const void* table, int32_t dtype, int64_t rows, int64_t cols, const int32_t* ids, int64_t tokens,
                          wz_threads* pool);

/* With add: x += add first (the residual). Then out = x / sqrt(mean(x^2) + epsilon) * weight, mean over each row of cols.
   Zhang and Sennrich, Root Mean Square Layer Normalization, 2019. The sum of squares runs in float64, element c in lane
   c % 32, then a tree over the lanes; the factor 1 / sqrt(...) is computed in float64 and rounded once, the two products are float32. add may
   be NULL, x is not written then; out may be x. */
WZ_API wz_status wz_rms_norm(float* out, float* x, const float* add, const float* weight, double epsilon, int64_t rows, int64_t cols,
                             wz_threads* pool);

/* out = silu(gate) * up, silu(g) = g / (1 + exp(-g)), in float32 with an exponential within one unit in the last place. Shazeer, GLU Variants
   Improve Transformer, 2020. gate, up and out [rows, cols]; out may be gate or up. */
WZ_API wz_status wz_swiglu(float* out, const float* gate, const float* up, int64_t rows, int64_t cols, wz_threads* pool);

/* For each token: probabilities = softmax(logits [tokens, experts]); the k largest (of equals the lower index) in descending order as
   expert [tokens, k] and weight [tokens, k], divided by their sum when normalize is not 0. Exponentials
   and sums in float64. Refused: NaN, +infinity, and a token whose logits are all -infinity. */
WZ_API wz_status wz_moe_route(int32_t* expert, float* weight, const float* logits, int64_t tokens, int32_t experts, int32_t k,
                              int32_t normalize);

/* Assignments sorted by expert, stable: begin [experts + 1]; row_of[i] the token of assignment i; place [tokens, k] the assignment that
   (token, j) became. What wz_linear_grouped and wz_moe_combine take. */
WZ_API wz_status wz_moe_sort(int32_t* begin, int32_t* row_of, int32_t* place, const int32_t* expert, int64_t tokens, int32_t experts,
                             int32_t k);

/* out [tokens, cols] += sum over j, in order from 0, of weight[t, j] * y[place[t, j]], y [tokens * k, cols]; each product and sum rounded. */
WZ_API wz_status wz_moe_combine(float* out, const float* y, const int32_t* place, const float* weight, int64_t tokens, int32_t k, int64_t cols,
                                wz_threads* pool);

#ifdef __cplusplus
}
#endif
#endif
