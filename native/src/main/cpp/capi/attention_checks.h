// What wz_qk_rope_append and wz_attention check alike: the cache and the batch.
#pragma once
#include "capi/check.h"

namespace wz {

void check_cache(const Check& check, const wz_kv_cache* cache);

// begin ascends from 0 to tokens, positions ascend within each sequence and lie in its table.
void check_batch(const Check& check, const wz_batch* batch, const wz_kv_cache& cache);

// The pages of positions [first, last] of a sequence are pages of the cache.
void check_pages(const Check& check, const wz_batch& batch, const wz_kv_cache& cache, int32_t sequence, int32_t first, int32_t last);

// heads is a multiple of kv_heads.
void check_heads(const Check& check, int32_t heads, int32_t kv_heads);

}  // namespace wz
