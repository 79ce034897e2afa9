/* Attention over a paged KV cache: rotary embedding, append, and the attention itself, for a batch of sequences with any number of new tokens
   each.

   A cache holds pages of page_tokens tokens, one wz_kv_cache per layer; page p, head h, token t of it at element
   ((p * kv_heads + h) * page_tokens + t) * head_dim of keys and of values. A sequence's block table names its pages: the token at
   position n lies in page table[n / page_tokens] at place n % page_tokens. Types: f32, f16, bf16, f8_e4m3 (values beyond +-448 become +-448, not
   NaN) and q8_0 (head_dim a multiple of 32; blocks of GGUF's layout, rounded to the scale that is stored; a NaN makes its block NaN). head_dim is
   at most 512; multiples of 16 are the fastest.

   A token's result depends on its own query and on the keys and values at positions it sees, bit for bit: not on the pool, the other
   sequences, how the prompt was cut into chunks, the page numbers, or the instruction set. */
#ifndef WOOTZ_ATTENTION_H
#define WOOTZ_ATTENTION_H

#include <stdint.h>
#include "wootz/cpu.h"
#include "wootz/dtype.h"
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wz_kv_cache {
  void* keys;
  void* values;
  int32_t dtype;
  int32_t pages;
  int32_t page_tokens; /* a multiple of 16 */
  int32_t kv_heads;
  int32_t head_dim;
} wz_kv_cache;

/* The tokens of a step: those of sequence s are rows [begin[s], begin[s + 1]) of every activation. Their keys are in the cache before
   attention runs (wz_qk_rope_append). */
typedef struct wz_batch {
  int32_t sequences;
  int32_t tokens;
  const int32_t* begin;     /* [sequences + 1], ascending from 0 to tokens */
  const int32_t* positions; /* [tokens]: each token's position in its sequence, ascending within it */
  const int32_t* tables;    /* [sequences, table_stride] page numbers */
  int32_t table_stride;
} wz_batch;

/* table [tokens, 2, dim / 2]: scale * cos(p f_i), then scale * sin(p f_i), computed in float64; frequency [dim / 2] */
WZ_API wz_status wz_rope_table(float* table, const int32_t* positions, const double* frequency, double scale, int64_t tokens, int32_t dim);

typedef struct wz_rope {
  const float* table;  /* [tokens, 2, dim / 2] */
  int32_t dim;         /* leading elements of each head that rotate: even, at most head_dim */
  int32_t interleaved; /* 0: pairs (i, i + dim / 2), as Hugging Face; 1: pairs (2 i, 2 i + 1), as the paper and GGUF's Llama */
} wz_rope;

/* In place on q [tokens, heads, head_dim] and k [tokens, kv_heads, head_dim]: RMS norm of each head with q_norm and k_norm [head_dim] (NULL: none;
   formula in transformer.h), then rotation (rope NULL: none); then k and v [tokens, kv_heads, head_dim] into the cache, rounded to its type.
   Su et al., RoFormer, 2021. A page number outside the cache is refused. */
WZ_API wz_status wz_qk_rope_append(float* q, float* k, const float* v, const float* q_norm, const float* k_norm, double epsilon,
                                   const wz_rope* rope, int32_t heads, const wz_batch* batch, const wz_kv_cache* cache, wz_threads* pool);

typedef struct wz_attention_settings {
  int32_t heads;      /* a multiple of the cache's kv_heads: head h reads key head h / (heads / kv_heads) */
  float scale;        /* usually 1 / sqrt(head_dim) */
  float soft_cap;     /* c > 0: logits become c tanh(logits / c); 0: none */
  int32_t window;     /* w > 0: a token sees positions p - w < n <= p; 0: all n <= p */
  const float* sinks; /* [heads] logits of a key without value, or NULL */
} wz_attention_settings;

/* Bytes of scratch for a batch of at most so many tokens. */
WZ_API int64_t wz_attention_scratch(int64_t tokens, int32_t heads, int32_t head_dim, int32_t max_positions);

/* out [tokens, heads, head_dim] = softmax(scale q K^T) V over the positions that each token sees. out may not be q.
   Keys are taken in spans of 256 positions from position 0 on; each span has its own maximum, sum and accumulator, and spans are merged in order
   (Dao et al., FlashAttention, 2022; Flash-Decoding, 2023). */
WZ_API wz_status wz_attention(float* out, const float* q, const wz_attention_settings* settings, const wz_batch* batch,
                              const wz_kv_cache* cache, void* scratch, wz_threads* pool);

#ifdef __cplusplus
}
#endif
#endif
