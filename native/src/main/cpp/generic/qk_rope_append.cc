#include <cmath>
#include "base/attention_tile.h"
#include "capi/operations.h"
#include "generic/kv_row.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kLaneCount = 16;

// Squares are exact in float64; element c onto lane c % 16, lanes as a tree.
void norm(float* x, const float* weight, double epsilon, int n) {
  double lanes[kLaneCount] = {};
  int c = 0;
  for (; c + kLaneCount <= n; c += kLaneCount)
    for (int l = 0; l < kLaneCount; ++l) lanes[l] += static_cast<double>(x[c + l]) * static_cast<double>(x[c + l]);
  for (int l = 0; c + l < n; ++l) lanes[l] += static_cast<double>(x[c + l]) * static_cast<double>(x[c + l]);
  for (int s = kLaneCount / 2; s > 0; s /= 2)
    for (int l = 0; l < s; ++l) lanes[l] += lanes[l + s];
  const auto inverse = static_cast<float>(1 / std::sqrt(lanes[0] / n + epsilon));
  for (int i = 0; i < n; ++i) x[i] = x[i] * inverse * weight[i];
}

}  // namespace

void qk_rope_append(const Append& append, int32_t sequence, int64_t begin, int64_t end) {
  const wz_kv_cache& cache = *append.cache;
  const int32_t* table = append.batch->tables + static_cast<int64_t>(sequence) * append.batch->table_stride;
  for (int64_t t = begin; t < end; ++t) {
    for (int32_t h = 0; h < append.heads; ++h) {
      float* q = append.q + (t * append.heads + h) * cache.head_dim;
      if (append.q_norm != nullptr) norm(q, append.q_norm, append.epsilon, cache.head_dim);
      if (append.rope != nullptr) rotate(q, *append.rope, t);
    }
    const int32_t position = append.batch->positions[t];
    for (int32_t h = 0; h < cache.kv_heads; ++h) {
      float* k = append.k + (t * cache.kv_heads + h) * cache.head_dim;
      const float* v = append.v + (t * cache.kv_heads + h) * cache.head_dim;
      if (append.k_norm != nullptr) norm(k, append.k_norm, append.epsilon, cache.head_dim);
      if (append.rope != nullptr) rotate(k, *append.rope, t);
      const int64_t page = table[position / cache.page_tokens];
      const int64_t place = (page * cache.kv_heads + h) * cache.page_tokens + position % cache.page_tokens;
      store_row(cache.keys, cache.dtype, place, k, cache.head_dim);
      store_row(cache.values, cache.dtype, place, v, cache.head_dim);
    }
  }
}

}  // namespace wz::WZ_ISA
