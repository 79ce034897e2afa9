// The dispatch table: one set of function pointers per instruction set, filled by table.cc, which is compiled once for each of avx512, avx2,
// neon and the reference. capi/*.cc checks the arguments and calls through active(); functions here trust theirs.
#pragma once
#include <cstdint>
#include "wootz/wootz.h"

namespace wz {

struct Append;
struct AttentionTile;

struct Table {
  const char* isa;

  // dtype
  void (*convert)(void* dst, int dst_dtype, const void* src, int src_dtype, int64_t n);

  // block types: rows of any float or block type
  void (*dequantize)(float* out, const void* blocks, int dtype, int64_t n);
  void (*quantize)(void* blocks, int dtype, const float* x, const float* importance, int64_t rows, int64_t cols);

  // random
  void (*philox_words)(uint32_t* out, uint64_t key, int64_t first, int64_t n);
  void (*philox_normal)(void* out, int dtype, uint64_t key, int64_t first, int64_t n, double mean, double deviation);

  // merge: single-threaded, on one piece. base.x == nullptr: no base.
  void (*linear)(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const double* weights, double divisor, int arithmetic,
                 int64_t n);
  void (*linear_columns)(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const double* weights, int arithmetic,
                         int64_t rows, int64_t cols);
  // blocks [ceil(n / WZ_BLOCK), models, models] = one matrix per block
  void (*gram_blocks)(double* blocks, const wz_model* x, int models, wz_model base, int64_t n);
  // gram [models, models, cols] += for the columns in [col_begin, col_end)
  void (*gram_columns)(double* gram, const wz_model* x, int models, wz_model base, int64_t rows, int64_t cols, int64_t col_begin,
                       int64_t col_end);
  void (*gta)(const wz_gta& gta, const wz_gta_model* models, int count, int64_t n, void* scratch);
  void (*gta_l1)(double* sums, const wz_gta& gta, const wz_gta_model* models, int count, int64_t n, void* scratch);
  void (*delta_keys)(uint32_t* key, wz_model x, wz_model base, int arithmetic, int64_t n);
  void (*variance_keys)(uint32_t* key, const wz_model* x, int models, wz_model base, int arithmetic, int64_t n);
  void (*fusion_keys)(uint32_t* key, wz_model x, wz_model base, int arithmetic, int64_t rows, int64_t cols);
  void (*histogram)(int64_t* histogram, const uint32_t* key, int64_t n, int level, uint32_t prefix);
  void (*count)(int64_t* counts, const uint32_t* key, int64_t n, uint32_t value);
  void (*delta_between)(uint32_t* found, int64_t capacity, int64_t* counts, wz_model x, wz_model base, int arithmetic, int64_t n,
                        uint32_t low, uint32_t high);
  void (*between)(uint32_t* found, int64_t capacity, int64_t* counts, const uint32_t* key, int64_t n, uint32_t low, uint32_t high);
  uint32_t (*key_at_rank)(const uint32_t* key, int64_t n, int64_t rank);
  void (*row_ranks)(uint32_t* rank, const uint32_t* key, int64_t rows, int64_t cols);
  void (*sce_squares)(double* sums, const wz_model* x, int models, wz_model base, const wz_gta_model& select, int arithmetic, int64_t n);
  void (*sce)(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const wz_gta_model& select, const double* weights,
              int arithmetic, int64_t n);
  void (*nearswap)(void* out, int out_dtype, wz_model x, wz_model base, double t, int arithmetic, int64_t n);
  void (*ram_counts)(int64_t* counts, const wz_model* x, int models, wz_model base, double epsilon, int arithmetic, int64_t n);
  void (*ram)(void* out, int out_dtype, const wz_model* x, int models, wz_model base, double epsilon, const double* scale, int arithmetic,
              int64_t n);
  void (*fusion)(void* out, int out_dtype, wz_model x, wz_model base, const uint32_t* key, uint32_t threshold, int arithmetic, int64_t n);
  void (*lora)(void* out, int out_dtype, const void* w, int w_dtype, const float* b, const float* a, double scale, int64_t rows, int64_t cols,
               int64_t rank);
  void (*matmul)(float* c, const float* a, const float* b, int64_t m, int64_t n, int64_t k, int transpose_a, int64_t row_begin, int64_t row_end);

  // vector: float32, one rounded step each
  void (*vector_add)(float* out, const float* a, const float* b, int arithmetic, int64_t n);
  void (*vector_subtract)(float* out, const float* a, const float* b, int arithmetic, int64_t n);
  void (*vector_multiply)(float* out, const float* a, const float* b, int arithmetic, int64_t n);
  void (*vector_divide)(float* out, const float* a, const float* b, int arithmetic, int64_t n);
  void (*vector_scale)(float* out, const float* a, float s, int arithmetic, int64_t n);
  void (*vector_divide_by)(float* out, const float* a, float s, int arithmetic, int64_t n);
  void (*vector_add_scalar)(float* out, const float* a, float s, int arithmetic, int64_t n);
  // blocks [ceil(n / WZ_BLOCK)] = one sum of products per block
  void (*vector_dot_blocks)(double* blocks, const float* a, const float* b, int64_t n);

  void (*statistics)(wz_statistics& statistics, const void* x, int dtype, int64_t n);
  void (*distance)(wz_distance& distance, const void* a, int a_dtype, const void* b, int b_dtype, int64_t n);

  // attention
  // tokens [begin, end) of one sequence
  void (*qk_rope_append)(const Append& append, int32_t sequence, int64_t begin, int64_t end);
  void (*attention_tile)(const AttentionTile& tile);
  // One span of the tile: row r at partial + r * row_stride, see partial_floats.
  void (*attention_span)(float* partial, int64_t row_stride, int32_t span, const AttentionTile& tile);
  // out from the spans from first_span on, which follow each other in a row of partial.
  void (*attention_merge)(const float* partial, int64_t row_stride, int32_t first_span, const AttentionTile& tile);
  // Rows of head_dim keys, one after the other, turned by delta; they may overlap by whole rows, as in memmove.
  void (*kv_rotate)(void* to, const void* from, int dtype, const wz_rope& delta, int32_t head_dim, int64_t rows);

  // linear layers, for the weight rows [begin, end), begin a multiple of 16. Row i of x is x + (row_of ? row_of[i] : i) * x_stride, i < m.
  // quantized: base/quantized_row.h; linear_quantize makes the blocks of rows [begin, end) of x, begin a multiple of kPanelRows.
  void (*linear_quantize)(void* quantized, const float* x, int64_t x_stride, const int32_t* row_of, int64_t m, int64_t begin, int64_t end,
                          int64_t cols);
  void (*linear_packed)(const wz_linear_part& part, const void* quantized, int64_t m, int64_t begin, int64_t end);
  void (*linear_rows)(const wz_linear_part& part, const float* x, int64_t x_stride, const int32_t* row_of, int64_t m, int64_t begin, int64_t end);

  // transformer: single-threaded, on some rows
  void (*rms_norm)(float* out, float* x, const float* add, const float* weight, double epsilon, int64_t rows, int64_t cols);
  void (*swiglu)(float* out, const float* gate, const float* up, int64_t n);
  void (*moe_combine)(float* out, const float* y, const int32_t* place, const float* weight, int64_t tokens, int32_t k, int64_t cols);

  // sampling: -0 counts as +0; chunks and masses are those of base/vocabulary.h
  // The largest of x, n > 0; NaN if there is one.
  float (*logits_max)(const float* x, int64_t n);
  // v = logits, -infinity where mask (NULL: none) has a 0
  void (*logits_copy)(float* v, const float* logits, const uint32_t* mask, int64_t n);
  // v /= divisor; chunk_max[c] = the largest element of chunk c
  void (*logits_divide)(float* v, float* chunk_max, float divisor, int64_t n);
  // e = exp(v - most), most >= all v; returns the sum of their masses. e may be v, or NULL: only the sum is wanted
  uint64_t (*logits_exp)(float* e, const float* v, float most, double unit, int64_t n);
};

// The table in use (capi/dispatch.cc).
const Table& active();

}  // namespace wz
