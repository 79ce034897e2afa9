// The functions of one instruction set, in namespace wz::<WZ_ISA>: generic/*.cc defines them for avx2, avx512 and neon, reference/*.cc for
// "reference". table.h says where each stands in the dispatch table, the headers in include/wootz what each computes.
#pragma once
#include <cstdint>
#include "wootz/wootz.h"

namespace wz {
struct Table;
struct Append;
struct AttentionTile;
}

namespace wz::WZ_ISA {

const Table& table();

// dtype
void convert(void* dst, int dst_dtype, const void* src, int src_dtype, int64_t n);

// block types
void dequantize(float* out, const void* blocks, int dtype, int64_t n);
void quantize(void* blocks, int dtype, const float* x, const float* importance, int64_t rows, int64_t cols);

// random
void philox_words(uint32_t* out, uint64_t key, int64_t first, int64_t n);
void philox_normal(void* out, int dtype, uint64_t key, int64_t first, int64_t n, double mean, double deviation);

// linear combinations
void linear(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const double* weights, double divisor, int arithmetic,
            int64_t n);
void linear_columns(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const double* weights, int arithmetic,
                    int64_t rows, int64_t cols);
void gram_blocks(double* blocks, const wz_model* x, int models, wz_model base, int64_t n);
void gram_columns(double* gram, const wz_model* x, int models, wz_model base, int64_t rows, int64_t cols, int64_t col_begin, int64_t col_end);

// generalised task arithmetic
void gta(const wz_gta& gta, const wz_gta_model* models, int count, int64_t n, void* scratch);
void gta_l1(double* sums, const wz_gta& gta, const wz_gta_model* models, int count, int64_t n, void* scratch);

// order statistics
void delta_keys(uint32_t* key, wz_model x, wz_model base, int arithmetic, int64_t n);
void variance_keys(uint32_t* key, const wz_model* x, int models, wz_model base, int arithmetic, int64_t n);
void fusion_keys(uint32_t* key, wz_model x, wz_model base, int arithmetic, int64_t rows, int64_t cols);
void histogram(int64_t* histogram, const uint32_t* key, int64_t n, int level, uint32_t prefix);
void count(int64_t* counts, const uint32_t* key, int64_t n, uint32_t value);
void delta_between(uint32_t* found, int64_t capacity, int64_t* counts, wz_model x, wz_model base, int arithmetic, int64_t n, uint32_t low,
                   uint32_t high);
void between(uint32_t* found, int64_t capacity, int64_t* counts, const uint32_t* key, int64_t n, uint32_t low, uint32_t high);
uint32_t key_at_rank(const uint32_t* key, int64_t n, int64_t rank);
void row_ranks(uint32_t* rank, const uint32_t* key, int64_t rows, int64_t cols);

// the other methods
void sce_squares(double* sums, const wz_model* x, int models, wz_model base, const wz_gta_model& select, int arithmetic, int64_t n);
void sce(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const wz_gta_model& select, const double* weights,
         int arithmetic, int64_t n);
void nearswap(void* out, int out_dtype, wz_model x, wz_model base, double t, int arithmetic, int64_t n);
void ram_counts(int64_t* counts, const wz_model* x, int models, wz_model base, double epsilon, int arithmetic, int64_t n);
void ram(void* out, int out_dtype, const wz_model* x, int models, wz_model base, double epsilon, const double* scale, int arithmetic, int64_t n);
void fusion(void* out, int out_dtype, wz_model x, wz_model base, const uint32_t* key, uint32_t threshold, int arithmetic, int64_t n);

// adapters, statistics
void lora(void* out, int out_dtype, const void* w, int w_dtype, const float* b, const float* a, double scale, int64_t rows, int64_t cols,
          int64_t rank);
void matmul(float* c, const float* a, const float* b, int64_t m, int64_t n, int64_t k, int transpose_a, int64_t row_begin, int64_t row_end);
void statistics(wz_statistics& statistics, const void* x, int dtype, int64_t n);
void distance(wz_distance& distance, const void* a, int a_dtype, const void* b, int b_dtype, int64_t n);

// vector
void vector_add(float* out, const float* a, const float* b, int arithmetic, int64_t n);
void vector_subtract(float* out, const float* a, const float* b, int arithmetic, int64_t n);
void vector_multiply(float* out, const float* a, const float* b, int arithmetic, int64_t n);
void vector_divide(float* out, const float* a, const float* b, int arithmetic, int64_t n);
void vector_scale(float* out, const float* a, float s, int arithmetic, int64_t n);
void vector_divide_by(float* out, const float* a, float s, int arithmetic, int64_t n);
void vector_add_scalar(float* out, const float* a, float s, int arithmetic, int64_t n);
void vector_dot_blocks(double* blocks, const float* a, const float* b, int64_t n);

// attention
void qk_rope_append(const Append& append, int32_t sequence, int64_t begin, int64_t end);
void attention_tile(const AttentionTile& tile);
void attention_span(float* partial, int64_t row_stride, int32_t span, const AttentionTile& tile);
void attention_merge(const float* partial, int64_t row_stride, int32_t first_span, const AttentionTile& tile);
void kv_rotate(void* to, const void* from, int dtype, const wz_rope& delta, int32_t head_dim, int64_t rows);

// linear layers
void linear_quantize(void* quantized, const float* x, int64_t x_stride, const int32_t* row_of, int64_t m, int64_t begin, int64_t end, int64_t cols);
void linear_packed(const wz_linear_part& part, const void* quantized, int64_t m, int64_t begin, int64_t end);
void linear_rows(const wz_linear_part& part, const float* x, int64_t x_stride, const int32_t* row_of, int64_t m, int64_t begin, int64_t end);

// transformer
void rms_norm(float* out, float* x, const float* add, const float* weight, double epsilon, int64_t rows, int64_t cols);
void swiglu(float* out, const float* gate, const float* up, int64_t n);
void moe_combine(float* out, const float* y, const int32_t* place, const float* weight, int64_t tokens, int32_t k, int64_t cols);

// sampling
float logits_max(const float* x, int64_t n);
void logits_copy(float* v, const float* logits, const uint32_t* mask, int64_t n);
void logits_divide(float* v, float* chunk_max, float divisor, int64_t n);
uint64_t logits_exp(float* e, const float* v, float most, double unit, int64_t n);

}  // namespace wz::WZ_ISA
