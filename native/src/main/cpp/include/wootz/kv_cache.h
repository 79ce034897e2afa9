/* Edits of a paged KV cache: moving tokens between pages, with their keys turned to other positions, and clearing pages. All layers at once;
   caches [layers], which have the same number of pages and the same page_tokens: a page number means the same page in each.

   Moving serves forks (copy-on-write of a page that is partly filled), compaction, and edits of a context: RoPE turns a key by an angle
   proportional to its position, so a key at another position is the same key, turned by the difference (Su et al., RoFormer, 2021). */
#ifndef WOOTZ_KV_CACHE_H
#define WOOTZ_KV_CACHE_H

#include <stdint.h>
#include "wootz/attention.h"
#include "wootz/cpu.h"
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Part of a sequence: the token at position n is in page table[n / page_tokens] at place n % page_tokens. Places [first, first + count) of the
   table are meant, where count is an argument of its own. */
typedef struct wz_kv_span {
  const int32_t* table; /* [pages] page numbers; only those that the span needs are read */
  int32_t pages;
  int32_t first;
} wz_kv_span;

/* The count tokens of from become those of to. The two may share pages, in any order: the result is as if from had been copied first. A page may
   stand only once in the part of to's table that is used. Values are copied bit for bit; so are keys where delta is NULL.

   delta: table [1, 2, dim / 2] of the cosines and sines of the difference of the positions (wz_rope_table at that position, which may be
   negative, with scale 1: what is in the cache has a scale already). A key is turned in float32 from the value that is stored and rounded once to
   the cache's type, q8_0 with a new scale; elements from dim on keep their bits, in q8_0 if no element of their block turns. Turning by d and then
   by -d gives each element of an f16 or bf16 cache back within 1.5 units in the last place of the larger one of its pair. */
WZ_API wz_status wz_kv_move(const wz_kv_cache* caches, int32_t layers, const wz_kv_span* to, const wz_kv_span* from, int32_t count,
                            const wz_rope* delta, wz_threads* pool);

/* Every byte of keys and values of the pages [count] becomes 0. */
WZ_API wz_status wz_kv_clear(const wz_kv_cache* caches, int32_t layers, const int32_t* pages, int32_t count, wz_threads* pool);

#ifdef __cplusplus
}
#endif
#endif
