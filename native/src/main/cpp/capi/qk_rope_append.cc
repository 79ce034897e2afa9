#include "base/attention_tile.h"
#include "base/sine_cosine.h"
#include "base/threads.h"
#include "capi/attention_checks.h"
#include "capi/table.h"

wz_status wz_rope_table(float* table, const int32_t* positions, const double* frequency, double scale, int64_t tokens, int32_t dim) {
  return wz::guarded("wz_rope_table", [&](const wz::Check& check) {
    check.count("tokens", tokens);
    check.at_least("dim", dim, 0);
    if (dim % 2 != 0) check.refuse(WZ_INVALID_ARGUMENT, "dim: found " + std::to_string(dim) + ", expected an even number");
    const int32_t half = dim / 2;
    check.pointer("table", table, check.shape(tokens, dim));
    check.pointer("positions", positions, tokens);
    check.numbers("frequency", frequency, half);
    check.number("scale", scale);
    for (int64_t t = 0; t < tokens; ++t) {
      float* row = table + t * dim;
      for (int32_t i = 0; i < half; ++i) {
        const wz::SineCosine of = wz::sine_cosine(positions[t] * frequency[i]);
        row[i] = static_cast<float>(scale * of.cosine);
        row[half + i] = static_cast<float>(scale * of.sine);
      }
    }
  });
}

wz_status wz_qk_rope_append(float* q, float* k, const float* v, const float* q_norm, const float* k_norm, double epsilon,
                            const wz_rope* rope, int32_t heads, const wz_batch* batch, const wz_kv_cache* cache, wz_threads* pool) {
  return wz::guarded("wz_qk_rope_append", [&](const wz::Check& check) {
    wz::check_cache(check, cache);
    wz::check_batch(check, batch, *cache);
    check.at_least("heads", heads, 1);
    check.number("epsilon", epsilon);
    const int64_t tokens = batch->tokens;
    check.pointer("q", q, tokens * heads);
    check.pointer("k", k, tokens * cache->kv_heads);
    check.pointer("v", v, tokens * cache->kv_heads);
    if (rope != nullptr) {
      check.within("rope.dim", rope->dim, 0, cache->head_dim);
      if (rope->dim % 2 != 0) check.refuse(WZ_INVALID_ARGUMENT, "rope.dim: found " + std::to_string(rope->dim) + ", expected an even number");
      check.pointer("rope.table", rope->table, tokens * rope->dim);
    }
    for (int32_t s = 0; s < batch->sequences; ++s) {
      for (int32_t t = batch->begin[s]; t < batch->begin[s + 1]; ++t) {
        wz::check_pages(check, *batch, *cache, s, batch->positions[t], batch->positions[t]);
      }
    }
    const wz::Append append{q, k, v, q_norm, k_norm, epsilon, rope, heads, batch, cache};
    // A token is about a microsecond's work; fewer than a handful are not worth another thread.
    constexpr int64_t kTokens = 8;
    wz::for_each_range(wz::pool_of(pool), tokens, kTokens, [&](int64_t begin, int64_t end) {
      for (int32_t s = 0; s < batch->sequences; ++s) {
        const int64_t from = begin > batch->begin[s] ? begin : batch->begin[s], to = end < batch->begin[s + 1] ? end : batch->begin[s + 1];
        if (from < to) wz::active().qk_rope_append(append, s, from, to);
      }
    });
  });
}
