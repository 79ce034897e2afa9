/* Parameter-space merging: the elementwise, reducing and selecting operations that the methods are made of.

   Conventions of all operations here
   - Inputs are flat arrays of n elements (or [rows, cols], row-major) in f32, f16, bf16 or f64, each model with its own dtype;
     outputs are f32, f16 or bf16. An output may be the address of an input of the same dtype, otherwise they do not overlap.
   - d_i = x_i - base is the delta of model i (its "task vector").
   - arithmetic says how each step is computed, see wz_arithmetic.
   - pool may be NULL (the calling thread alone). Results do not depend on it, nor on the instruction set; a NaN is a NaN, its sign and
     payload are not specified.
   - Reductions run in float64: 32 lanes over a block of WZ_BLOCK elements, a tree over the lanes, blocks added in order. Results written
     with += add one piece's sum to what is there. */
#ifndef WOOTZ_MERGE_H
#define WOOTZ_MERGE_H

#include <stdint.h>
#include "wootz/cpu.h"
#include "wootz/dtype.h"
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define WZ_BLOCK 1024

typedef enum wz_arithmetic {
  WZ_ARITHMETIC_F32 = 0,  /* float32 steps (no fused multiply-add), one rounding to the output dtype at the end */
  WZ_ARITHMETIC_F64 = 1,  /* float64 steps, one rounding at the end */
  WZ_ARITHMETIC_BF16 = 2, /* every step in float32 and then rounded to bfloat16: what PyTorch computes on bfloat16 tensors */
  WZ_ARITHMETIC_F16 = 3   /* the same with float16 */
} wz_arithmetic;

/* One input. */
typedef struct wz_model {
  const void* x;
  int32_t dtype;
} wz_model;

/* -- linear combinations ------------------------------------------------------------------------------------------------- */

/* out = (sum_i w_i x_i) / divisor                      base.x == NULL
   out = base + (sum_i w_i d_i) / divisor               base.x != NULL
   The sum runs over the models in order, starting with the first product; divisor 1 divides nothing. weights [models].
   With BF16 and F16 each product is rounded, their sum runs in float32 and is rounded once, as PyTorch sums a stack of tensors. */
WZ_API wz_status wz_merge_linear(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base,
                                 const double* weights, double divisor, int32_t arithmetic, int64_t n, wz_threads* pool);

/* The same with weights of their own for each row, weights [rows, models]. */
WZ_API wz_status wz_merge_linear_rows(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base,
                                      const double* weights, int32_t arithmetic, int64_t rows, int64_t cols, wz_threads* pool);

/* ... and for each column, weights [models, cols]. */
WZ_API wz_status wz_merge_linear_columns(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base,
                                         const double* weights, int32_t arithmetic, int64_t rows, int64_t cols, wz_threads* pool);

/* gram[i * models + j] += sum over n of v_i v_j, v = x (base NULL or base.x NULL) or d; products and sums in float64.
   gram [models, models], symmetric, the caller clears it. Norms, cosines and every spherical mean follow from it. */
WZ_API wz_status wz_merge_gram(double* gram, const wz_model* x, int32_t models, const wz_model* base, int64_t n, wz_threads* pool);

/* gram [rows, models, models] += one Gram matrix per row. */
WZ_API wz_status wz_merge_gram_rows(double* gram, const wz_model* x, int32_t models, const wz_model* base, int64_t rows, int64_t cols,
                                    wz_threads* pool);

/* gram [models, models, cols] += one Gram matrix per column, rows added in order. */
WZ_API wz_status wz_merge_gram_columns(double* gram, const wz_model* x, int32_t models, const wz_model* base, int64_t rows, int64_t cols,
                                       wz_threads* pool);

/* -- generalised task arithmetic: trim, elect, sum -------------------------------------------------------------------------- */

typedef enum wz_sparsifier {
  WZ_KEEP_ALL = 0,
  WZ_KEEP_RANGE = 1,  /* by magnitude: low < |d| < high, and the first low_ties (high_ties) of those equal to low (high) */
  WZ_KEEP_RANDOM = 2, /* with probability density: Philox word(key, first + i) / 2^32 < density */
  WZ_KEEP_RANKED = 3, /* MAGPRUNE of DELLA: the same with (density - epsilon) + 2 epsilon (k - 1)/(cols - 1) for density, k = 1 the smallest |d|
                         of its row, equal magnitudes ranked by index; cols = 1: density. Probabilities are multiples of 2^-32 (base/probability.h) */
  WZ_KEEP_MASK = 4    /* where mask[i] != 0 */
} wz_sparsifier;

/* One model of a generalised task arithmetic merge. Magnitudes are compared as the bits of |float(d)|, d after the arithmetic's rounding.
   What is dropped is multiplied by 0, so that NaN and infinity in an input show in the output. */
typedef struct wz_gta_model {
  const void* x;
  int32_t dtype;
  int32_t sparsifier;
  double weight;
  double rescale; /* factor on what is kept, 1 for none */
  int32_t inverse_probability; /* RANDOM, RANKED: also multiply what is kept by 1 / its probability */
  uint32_t low, high;          /* RANGE: bits of a non-negative float32; high may be 0xFFFFFFFF for "no upper cut" */
  int64_t low_ties, high_ties; /* RANGE: how many of the elements equal to low, high are kept (low == high: low_ties alone) */
  int64_t low_seen, high_seen; /* RANGE: how many of them lie before this piece */
  uint64_t key;                /* RANDOM, RANKED: of wz_philox_key */
  double density, epsilon; /* 0 <= density - epsilon, density + epsilon <= 1 */
  const uint8_t* mask;     /* of this piece's elements */
} wz_gta_model;

typedef struct wz_gta {
  void* out;
  int32_t out_dtype;
  const void* base;
  int32_t base_dtype;
  int32_t arithmetic;
  int32_t consensus; /* 1: per element, only deltas with the sign of sum_i w_i d_i (0 counts as +) take part; zeros never do */
  int32_t normalize; /* 1: divide by the sum of the weights (with consensus: of those that take part; 0 divides by 1) */
  double lambda;
  int64_t first; /* flat index of this piece's first element in its tensor; with a RANKED model a multiple of cols */
  int64_t cols;  /* length of the last dimension (n for 1-D tensors), only used, and then a divisor of n, if a model is RANKED */
} wz_gta;

/* out = base + lambda * (sum_i w_i m_i d^_i) / (sum_i w_i m_i), d^ = sparsified and rescaled delta (TIES 2306.01708, DARE 2311.03099,
   Breadcrumbs 2312.06795, DELLA 2406.11617). Weights are rounded to the arithmetic, rescale and lambda are not; a sum over models is rounded
   once. Without consensus a sum of weights below 1e-8 divides by 1. scratch: wz_merge_gta_scratch(cols, count) bytes aligned to 64 (cols 0 if
   no model is RANKED), or NULL to allocate. Runs on the calling thread. */
WZ_API wz_status wz_merge_gta(const wz_gta* gta, const wz_gta_model* models, int32_t count, int64_t n, void* scratch);
WZ_API int64_t wz_merge_gta_scratch(int64_t cols, int32_t count);

/* sums [count, 2] += {sum |d_i|, sum |sparsified d_i|} (before rescale and 1 / probability), for the L1 rescaling of mergekit. With a RANKED
   model the blocks of the reduction begin anew at each row. gta->out is not used. */
WZ_API wz_status wz_merge_gta_l1(double* sums, const wz_gta* gta, const wz_gta_model* models, int32_t count, int64_t n, void* scratch);

/* -- order statistics -------------------------------------------------------------------------------------------------------- */

/* key[i] = bits of |float(d_i)|: for non-negative floats the order of the bits is the order of the values. Every NaN has the key 0x7F800001,
   the one after infinity's. */
WZ_API wz_status wz_merge_delta_keys(uint32_t* key, const wz_model* x, const wz_model* base, int32_t arithmetic, int64_t n);

/* key[i] = bits of the population variance of d over the models: computed in float64, rounded to float32 and to the arithmetic
   (SCE 2408.07990). */
WZ_API wz_status wz_merge_variance_keys(uint32_t* key, const wz_model* x, int32_t models, const wz_model* base, int32_t arithmetic, int64_t n);

/* Arcee Fusion's importance: |d| * KL(softmax(x) || softmax(base)), softmax and divergence over the row, 1e-8 added to every probability:
   p = R(R(softmax x) + 1e-8), KL = R(sum of R(p R(log R(p / q)))), score = R(|d| KL). For models that differ little the divergence is of the
   size of float32's rounding: WZ_ARITHMETIC_F64 gives the exact one, F32 what a float32 computation sees.
   key = order-preserving bits of the float32 score: sign bit flipped for positives, all bits for negatives; -0 taken as 0, NaN is 0xFFFFFFFF. */
WZ_API wz_status wz_merge_fusion_keys(uint32_t* key, const wz_model* x, const wz_model* base, int32_t arithmetic, int64_t rows, int64_t cols);

/* level 0: histogram[key >> 16] += 1; level 1: of the keys with key >> 16 == prefix, histogram[key & 0xFFFF] += 1. histogram [65536]. */
WZ_API wz_status wz_select_histogram(int64_t* histogram, const uint32_t* key, int64_t n, int32_t level, uint32_t prefix);

/* counts[0] += keys below value, counts[1] += equal, counts[2] += above. */
WZ_API wz_status wz_select_count(int64_t* counts, const uint32_t* key, int64_t n, uint32_t value);

/* Writes the keys between low and high, both excluded, to found (capacity elements) in order and adds to counts [5]: keys below low, equal
   to low, between, equal to high, above high. low == high: all equal keys are counted as equal to low. Keys past the capacity are counted
   but not written. */
WZ_API wz_status wz_select_between(uint32_t* found, int64_t capacity, int64_t* counts, const uint32_t* key, int64_t n, uint32_t low, uint32_t high);

/* wz_merge_delta_keys and wz_select_between in one: the keys of the deltas are not written anywhere but those that are found. */
WZ_API wz_status wz_merge_delta_between(uint32_t* found, int64_t capacity, int64_t* counts, const wz_model* x, const wz_model* base,
                                        int32_t arithmetic, int64_t n, uint32_t low, uint32_t high);

/* found = the key at place rank (from 0) of the ascending order of n keys. The keys are pieces that lie one after the other, lengths [pieces] their
   elements, n the sum of those, rank < n < 2^32; below, equal [pieces] = how many keys of a piece are smaller than the found one, equal to it. */
WZ_API wz_status wz_select_rank(uint32_t* found, int64_t* below, int64_t* equal, const uint32_t* key, const int64_t* lengths, int64_t pieces,
                                int64_t rank);

/* rank [rows, cols]: 0 for the smallest key of its row, equal keys by index. */
WZ_API wz_status wz_select_row_ranks(uint32_t* rank, const uint32_t* key, int64_t rows, int64_t cols);

/* -- the other methods --------------------------------------------------------------------------------------------------------- */

/* SCE: erase of minority directions and weighted sum; only positions with variance key in RANGE of `select` take part (its other fields but
   sparsifier are unused; NULL or KEEP_ALL selects every position). sums [models] += sum of squares of the selected deltas, R(d d). */
WZ_API wz_status wz_merge_sce_squares(double* sums, const wz_model* x, int32_t models, const wz_model* base, const wz_gta_model* select,
                                      int32_t arithmetic, int64_t n);
/* out = base + sum_i w_i d_i m_i / max(sum_i w_i m_i, 1e-6), m = selected and of the sign of sum_i d_i (0 counts as +). */
WZ_API wz_status wz_merge_sce(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base, const wz_gta_model* select,
                              const double* weights, int32_t arithmetic, int64_t n);

/* out = w x + (1 - w) base, w = clamp(t (1 / max(|base - x|, 1e-6)), 0, 1). */
WZ_API wz_status wz_merge_nearswap(void* out, int32_t out_dtype, const wz_model* x, const wz_model* base, double t, int32_t arithmetic, int64_t n);

/* RAM (2601.13572): active_i = |d_i| > epsilon. counts [models, 2] += {elements where only i is active, where i and another are}. */
WZ_API wz_status wz_merge_ram_counts(int64_t* counts, const wz_model* x, int32_t models, const wz_model* base, double epsilon, int32_t arithmetic, int64_t n);
/* out = base + scale_i d_i where one model is active, base + mean of the active deltas where several are, base elsewhere. scale [models] or
   NULL. With scale only the deltas are rounded to a BF16 or F16 arithmetic and the rest is float32: mergekit's scale is a float32 tensor. */
WZ_API wz_status wz_merge_ram(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base, double epsilon, const double* scale,
                              int32_t arithmetic, int64_t n);

/* out = key[i] >= threshold ? base + d : base. The sum is not rounded to a BF16 or F16 arithmetic: mergekit's mask is a float32 tensor. */
WZ_API wz_status wz_merge_fusion(void* out, int32_t out_dtype, const wz_model* x, const wz_model* base, const uint32_t* key, uint32_t threshold,
                                 int32_t arithmetic, int64_t n);

/* -- adapters and statistics ------------------------------------------------------------------------------------------------------ */

/* out = W + scale * B A in float32 (float64 accumulation), one rounding. W [rows, cols], B f32 [rows, rank], A f32 [rank, cols]. */
WZ_API wz_status wz_merge_lora(void* out, int32_t out_dtype, const void* w, int32_t w_dtype, const float* b, const float* a, double scale,
                               int64_t rows, int64_t cols, int64_t rank, wz_threads* pool);

/* c [m, n] = op(a) b, f32 with float64 accumulation; transpose_a 0: a [m, k]; 1: a [k, m]. b [k, n]. */
WZ_API wz_status wz_matmul_f32(float* c, const float* a, const float* b, int64_t m, int64_t n, int64_t k, int32_t transpose_a, wz_threads* pool);

typedef struct wz_statistics {
  int64_t count, zeros, nans, infinities;
  double minimum, maximum; /* of the finite values; +inf, -inf when there are none */
  double sum, sum_squares; /* of the finite values */
} wz_statistics;

/* statistics += those of x, any dtype. Start with wz_statistics_clear. */
WZ_API void wz_statistics_clear(wz_statistics* statistics);
WZ_API wz_status wz_statistics_add(wz_statistics* statistics, const void* x, int32_t dtype, int64_t n);

typedef struct wz_distance {
  int64_t count, different; /* elements, and those whose values differ (NaN equals NaN) */
  double dot, norm_a_squared, norm_b_squared;
  double difference_squared, maximum_difference; /* two NaNs, and two equal infinities, have the difference 0 */
} wz_distance;

WZ_API void wz_distance_clear(wz_distance* distance);
WZ_API wz_status wz_distance_add(wz_distance* distance, const void* a, int32_t a_dtype, const void* b, int32_t b_dtype, int64_t n);

#ifdef __cplusplus
}
#endif
#endif
