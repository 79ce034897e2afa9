// Where a token's keys and values are.
#pragma once
#include <cstdint>
#include "wootz/attention.h"

namespace wz::cuda {

// The sequence whose rows [begin[s], begin[s + 1]) hold token t; -1 for padding.
__device__ inline int32_t sequence_of(const wz_batch& batch, int32_t t) {
  if (t >= batch.begin[batch.sequences]) return -1;
  int32_t low = 0, high = batch.sequences;
  while (high - low > 1) {
    const int32_t middle = (low + high) / 2;
    if (batch.begin[middle] <= t) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

// The row of head_dim elements of a page's head and place.
__device__ inline int64_t kv_row(const wz_kv_cache& cache, int32_t page, int32_t head, int32_t place) {
  return (static_cast<int64_t>(page) * cache.kv_heads + head) * cache.page_tokens + place;
}

__device__ inline bool is_page(const wz_kv_cache& cache, int32_t page) { return page >= 0 && page < cache.pages; }

}  // namespace wz::cuda
