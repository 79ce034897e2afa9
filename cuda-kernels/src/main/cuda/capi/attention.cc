// The C face of attention: arguments checked as on the CPU, as far as the host can see them.
#include "wootz/cuda_attention.h"
#include "attention/attention.h"
#include "capi/attention_checks.h"

wz_status wz_cuda_rope_table(float* table, const int32_t* positions, const double* frequency, double scale, int64_t tokens, int32_t dim,
                             wz_cuda_stream* stream) {
  return wz::cuda::guarded("wz_cuda_rope_table", [&] {
    using namespace wz::cuda;
    check_at_least("tokens", tokens, 0);
    check_even("dim", dim);
    check_number("scale", scale);
    if (tokens == 0 || dim == 0) return;
    OneDevice memory;
    memory.tensor("table", table, tokens);
    memory.tensor("positions", positions, tokens);
    memory.tensor("frequency", frequency, dim);
    CurrentDevice current(memory.device());
    rope_table(table, positions, frequency, scale, tokens, dim, stream_of(stream));
  });
}

wz_status wz_cuda_qk_rope_append(float* q, float* k, const float* v, const float* q_norm, const float* k_norm, double epsilon,
                                 const wz_rope* rope, int32_t heads, const wz_batch* batch, const wz_kv_cache* cache, wz_cuda_stream* stream) {
  return wz::cuda::guarded("wz_cuda_qk_rope_append", [&] {
    using namespace wz::cuda;
    OneDevice memory;
    check_cache("cache", cache, memory);
    check_batch(batch, memory);
    check_at_least("heads", heads, 1);
    check_number("epsilon", epsilon);
    const int64_t tokens = batch->tokens;
    memory.tensor("q", q, tokens);
    memory.tensor("k", k, tokens);
    memory.tensor("v", v, tokens);
    check_aligned("q", q, 4);
    check_aligned("k", k, 4);
    check_aligned("v", v, 4);
    memory.optional("q_norm", q_norm);
    memory.optional("k_norm", k_norm);
    if (rope != nullptr) check_rope("rope", *rope, cache->head_dim, tokens, memory);
    if (tokens == 0 || batch->sequences == 0) return;
    CurrentDevice current(memory.device());
    qk_rope_append({q, k, v, q_norm, k_norm, epsilon, rope != nullptr ? *rope : wz_rope{}, heads, *batch, *cache}, stream_of(stream));
  });
}

int64_t wz_cuda_attention_scratch(int64_t tokens, int32_t heads, int32_t head_dim, int32_t max_positions) {
  if (tokens < 0 || heads < 1 || head_dim < 1 || head_dim > wz::cuda::kMaxHeadDim || max_positions < 0) return 0;
  return wz::cuda::attention_scratch(tokens, heads, head_dim, max_positions);
}

wz_status wz_cuda_attention_scratch_clear(void* scratch, wz_cuda_stream* stream) {
  return wz::cuda::guarded("wz_cuda_attention_scratch_clear", [&] {
    using namespace wz::cuda;
    OneDevice memory;
    memory.tensor("scratch", scratch);
    check_aligned("scratch", scratch, 16);
    CurrentDevice current(memory.device());
    attention_scratch_clear(scratch, stream_of(stream));
  });
}

wz_status wz_cuda_attention(float* out, const float* q, const wz_attention_settings* settings, const wz_batch* batch, const wz_kv_cache* cache,
                            void* scratch, int32_t max_positions, wz_cuda_stream* stream) {
  return wz::cuda::guarded("wz_cuda_attention", [&] {
    using namespace wz::cuda;
    OneDevice memory;
    check_cache("cache", cache, memory);
    check_batch(batch, memory);
    check_host("settings", settings);
    check_heads(settings->heads, cache->kv_heads);
    check_number("settings.scale", static_cast<double>(settings->scale));
    if (!(settings->soft_cap >= 0)) {
      refuse(WZ_INVALID_ARGUMENT, "settings.soft_cap: found " + std::to_string(settings->soft_cap) + ", expected 0 or more");
    }
    check_at_least("settings.window", settings->window, 0);
    check_within("max_positions", max_positions, 0, kMaxPositions);
    const int64_t tokens = batch->tokens;
    memory.tensor("out", out, tokens);
    memory.tensor("q", q, tokens);
    memory.tensor("scratch", scratch, tokens);
    memory.optional("settings.sinks", settings->sinks);
    check_aligned("out", out, 4);
    check_aligned("q", q, 4);
    check_aligned("scratch", scratch, 16);
    if (tokens == 0 || batch->sequences == 0) return;
    if (out == q) refuse(WZ_INVALID_ARGUMENT, "out: found q, expected memory of its own");
    CurrentDevice current(memory.device());
    AttentionArguments arguments{};
    arguments.out = out;
    arguments.q = q;
    arguments.settings = *settings;
    arguments.batch = *batch;
    arguments.cache = *cache;
    arguments.max_positions = max_positions;
    attention(arguments, scratch, best_variant(*cache), best_split(tokens, settings->heads, cache->kv_heads), stream_of(stream));
  });
}
