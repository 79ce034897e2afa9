#include "capi/attention_checks.h"

namespace wz::cuda {
namespace {

constexpr int32_t kQ8Block = 32, kQ8Bytes = 34;

int32_t element_bytes(int32_t dtype) { return dtype == WZ_F32 ? 4 : dtype == WZ_F8_E4M3 ? 1 : 2; }

}  // namespace

int64_t row_bytes(const wz_kv_cache& cache) {
  return cache.dtype == WZ_Q8_0 ? int64_t{cache.head_dim} / kQ8Block * kQ8Bytes : int64_t{cache.head_dim} * element_bytes(cache.dtype);
}

void check_even(const std::string& name, int64_t n) {
  check_at_least(name, n, 0);
  if (n % 2 != 0) refuse(WZ_INVALID_ARGUMENT, name + ": found " + std::to_string(n) + ", expected an even number");
}

void check_cache(const std::string& name, const wz_kv_cache* cache, OneDevice& memory) {
  check_host(name, cache);
  check_at_least(name + ".pages", cache->pages, 0);
  check_at_least(name + ".page_tokens", cache->page_tokens, 16);
  if (cache->page_tokens % 16 != 0) {
    refuse(WZ_INVALID_ARGUMENT, name + ".page_tokens: found " + std::to_string(cache->page_tokens) + ", expected a multiple of 16");
  }
  check_at_least(name + ".kv_heads", cache->kv_heads, 1);
  check_within(name + ".head_dim", cache->head_dim, 1, kMaxHeadDim);
  switch (cache->dtype) {
    case WZ_F32:
    case WZ_F16:
    case WZ_BF16:
    case WZ_F8_E4M3: break;
    case WZ_Q8_0:
      if (cache->head_dim % kQ8Block != 0) {
        refuse(WZ_INVALID_ARGUMENT, name + ".head_dim: found " + std::to_string(cache->head_dim) + ", expected a multiple of 32 for a q8_0 cache");
      }
      break;
    default:
      refuse(WZ_UNSUPPORTED, name + ".dtype: found dtype " + std::to_string(cache->dtype) + ", expected f32, f16, bf16, f8_e4m3 or q8_0");
  }
  memory.tensor(name + ".keys", cache->keys, cache->pages);
  memory.tensor(name + ".values", cache->values, cache->pages);
  check_aligned(name + ".keys", cache->keys, 16);
  check_aligned(name + ".values", cache->values, 16);
}

void check_batch(const wz_batch* batch, OneDevice& memory) {
  check_host("batch", batch);
  check_at_least("batch.sequences", batch->sequences, 0);
  check_at_least("batch.tokens", batch->tokens, 0);
  check_at_least("batch.table_stride", batch->table_stride, 0);
  memory.tensor("batch.begin", batch->begin, int64_t{batch->sequences} + 1);
  memory.tensor("batch.positions", batch->positions, batch->tokens);
  memory.tensor("batch.tables", batch->tables, int64_t{batch->sequences} * batch->table_stride);
}

void check_heads(int32_t heads, int32_t kv_heads) {
  check_at_least("heads", heads, 1);
  if (heads % kv_heads != 0) {
    refuse(WZ_INVALID_ARGUMENT,
           "heads: found " + std::to_string(heads) + ", expected a multiple of the cache's " + std::to_string(kv_heads) + " kv_heads");
  }
  if (heads / kv_heads > kMaxGroup) {
    refuse(WZ_UNSUPPORTED, "heads: found " + std::to_string(heads) + ", expected at most " + std::to_string(kMaxGroup) + " for each of the cache's " +
                               std::to_string(kv_heads) + " kv_heads");
  }
}

void check_rope(const char* name, const wz_rope& rope, int32_t head_dim, int64_t rows, OneDevice& memory) {
  const std::string dim = std::string(name) + ".dim";
  check_within(dim, rope.dim, 0, head_dim);
  check_even(dim, rope.dim);
  memory.tensor(std::string(name) + ".table", rope.table, rows * rope.dim);
}

}  // namespace wz::cuda
