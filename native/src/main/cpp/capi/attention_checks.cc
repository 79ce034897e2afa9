#include "capi/attention_checks.h"
#include "base/attention_tile.h"

namespace wz {
namespace {

std::string at(const char* name, int64_t i) { return std::string(name) + "[" + std::to_string(i) + "]"; }

}  // namespace

void check_cache(const Check& check, const wz_kv_cache* cache) {
  check.pointer("cache", cache);
  check.at_least("cache.pages", cache->pages, 0);
  check.at_least("cache.page_tokens", cache->page_tokens, 16);
  if (cache->page_tokens % 16 != 0) {
    check.refuse(WZ_INVALID_ARGUMENT, "cache.page_tokens: found " + std::to_string(cache->page_tokens) + ", expected a multiple of 16");
  }
  check.at_least("cache.kv_heads", cache->kv_heads, 1);
  check.within("cache.head_dim", cache->head_dim, 1, kMaxHeadDim);
  switch (cache->dtype) {
    case WZ_F32:
    case WZ_F16:
    case WZ_BF16:
    case WZ_F8_E4M3: break;
    case WZ_Q8_0:
      if (cache->head_dim % 32 != 0) {
        check.refuse(WZ_INVALID_ARGUMENT,
                     "cache.head_dim: found " + std::to_string(cache->head_dim) + ", expected a multiple of 32 for a q8_0 cache");
      }
      break;
    default:
      check.refuse(WZ_UNSUPPORTED, std::string("cache.dtype: found dtype ") + wz_dtype_name(cache->dtype) + " (" +
                                       std::to_string(cache->dtype) + "), expected f32, f16, bf16, f8_e4m3 or q8_0");
  }
  check.pointer("cache.keys", cache->keys, cache->pages);
  check.pointer("cache.values", cache->values, cache->pages);
}

void check_batch(const Check& check, const wz_batch* batch, const wz_kv_cache& cache) {
  check.pointer("batch", batch);
  check.count("batch.sequences", batch->sequences);
  check.count("batch.tokens", batch->tokens);
  check.count("batch.table_stride", batch->table_stride);
  check.pointer("batch.begin", batch->begin, int64_t{batch->sequences} + 1);
  check.pointer("batch.positions", batch->positions, batch->tokens);
  check.pointer("batch.tables", batch->tables, int64_t{batch->sequences} * batch->table_stride);
  if (batch->begin[0] != 0) {
    check.refuse(WZ_INVALID_ARGUMENT, "batch.begin[0]: found " + std::to_string(batch->begin[0]) + ", expected 0");
  }
  const int64_t held = int64_t{batch->table_stride} * cache.page_tokens;
  for (int32_t s = 0; s < batch->sequences; ++s) {
    const int32_t begin = batch->begin[s], end = batch->begin[s + 1];
    if (end < begin || end > batch->tokens) {
      check.within(at("batch.begin", int64_t{s} + 1).c_str(), end, begin, batch->tokens);
    }
    for (int32_t t = begin; t < end; ++t) {
      const int64_t least = t > begin ? int64_t{batch->positions[t - 1]} + 1 : 0;
      if (batch->positions[t] >= least && batch->positions[t] < held) continue;
      check.refuse(WZ_INVALID_ARGUMENT,
                   at("batch.positions", t) + ": found " + std::to_string(batch->positions[t]) + ", expected at least " +
                       std::to_string(least) + " and less than the " + std::to_string(held) + " positions of the block table of sequence " +
                       std::to_string(s));
    }
  }
  if (batch->begin[batch->sequences] != batch->tokens) {
    check.refuse(WZ_INVALID_ARGUMENT, at("batch.begin", batch->sequences) + ": found " + std::to_string(batch->begin[batch->sequences]) +
                                          ", expected batch.tokens, " + std::to_string(batch->tokens));
  }
}

void check_pages(const Check& check, const wz_batch& batch, const wz_kv_cache& cache, int32_t sequence, int32_t first, int32_t last) {
  const int32_t* table = batch.tables + int64_t{sequence} * batch.table_stride;
  for (int32_t i = first / cache.page_tokens; i <= last / cache.page_tokens; ++i) {
    if (table[i] >= 0 && table[i] < cache.pages) continue;
    check.refuse(WZ_INVALID_ARGUMENT, "page " + std::to_string(i) + " of sequence " + std::to_string(sequence) + ": found number " +
                                          std::to_string(table[i]) + ", expected one of the cache's " + std::to_string(cache.pages) +
                                          " pages");
  }
}

void check_heads(const Check& check, int32_t heads, int32_t kv_heads) {
  check.at_least("heads", heads, 1);
  if (heads % kv_heads != 0) {
    check.refuse(WZ_INVALID_ARGUMENT, "heads: found " + std::to_string(heads) + ", expected a multiple of the cache's " +
                                          std::to_string(kv_heads) + " kv_heads");
  }
  if (heads / kv_heads > kMaxGroup) {
    check.refuse(WZ_UNSUPPORTED, "heads: found " + std::to_string(heads) + ", expected at most " + std::to_string(kMaxGroup) +
                                     " for each of the cache's " + std::to_string(kv_heads) + " kv_heads");
  }
}

}  // namespace wz
