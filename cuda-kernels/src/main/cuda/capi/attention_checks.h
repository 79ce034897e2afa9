// What the operations on a paged cache check alike: the cache, and what the host can see of the batch.
#pragma once
#include "capi/arguments.h"
#include "wootz/attention.h"

namespace wz::cuda {

constexpr int32_t kMaxHeadDim = 512;
constexpr int32_t kMaxGroup = 256;  // query heads of a key head
constexpr int32_t kMaxPositions = 1 << 23;

// name: "cache", "caches[3]". Keys and values at multiples of 16 bytes.
void check_cache(const std::string& name, const wz_kv_cache* cache, OneDevice& memory);

void check_batch(const wz_batch* batch, OneDevice& memory);

// heads is a multiple of kv_heads.
void check_heads(int32_t heads, int32_t kv_heads);

// rows: of the table.
void check_rope(const char* name, const wz_rope& rope, int32_t head_dim, int64_t rows, OneDevice& memory);

// Even, and 0 or more.
void check_even(const std::string& name, int64_t n);

// Bytes of one row of head_dim elements.
int64_t row_bytes(const wz_kv_cache& cache);

}  // namespace wz::cuda
