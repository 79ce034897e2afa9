// The C face of attention: arguments checked as on the CPU, as far as the host can see them.
#include "wootz/cuda_attention.h"
#include "capi/attention_checks.h"

namespace wz::cuda {
namespace {

// Kernels that have not landed.
[[noreturn]] void no_kernel() { refuse(WZ_UNSUPPORTED, "no CUDA kernel yet, expected the CPU to do it"); }

}  // namespace
}  // namespace wz::cuda

wz_status wz_cuda_rope_table(float* table, const int32_t* positions, const double* frequency, double scale, int64_t tokens, int32_t dim,
                             wz_cuda_stream*) {
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
    no_kernel();
  });
}

wz_status wz_cuda_qk_rope_append(float* q, float* k, const float* v, const float* q_norm, const float* k_norm, double epsilon,
                                 const wz_rope* rope, int32_t heads, const wz_batch* batch, const wz_kv_cache* cache, wz_cuda_stream*) {
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
    memory.optional("q_norm", q_norm);
    memory.optional("k_norm", k_norm);
    if (rope != nullptr) check_rope("rope", *rope, cache->head_dim, tokens, memory);
    if (tokens == 0 || batch->sequences == 0) return;
    CurrentDevice current(memory.device());
    no_kernel();
  });
}

int64_t wz_cuda_attention_scratch(int64_t tokens, int32_t heads, int32_t head_dim, int32_t max_positions) {
  if (tokens < 0 || heads < 1 || head_dim < 1 || head_dim > wz::cuda::kMaxHeadDim || max_positions < 0) return 0;
  return 16;
}

wz_status wz_cuda_attention_scratch_clear(void* scratch, wz_cuda_stream*) {
  return wz::cuda::guarded("wz_cuda_attention_scratch_clear", [&] {
    using namespace wz::cuda;
    OneDevice memory;
    memory.tensor("scratch", scratch);
    check_aligned("scratch", scratch, 16);
    no_kernel();
  });
}

wz_status wz_cuda_attention(float* out, const float* q, const wz_attention_settings* settings, const wz_batch* batch, const wz_kv_cache* cache,
                            void* scratch, int32_t max_positions, wz_cuda_stream*) {
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
    check_at_least("max_positions", max_positions, 0);
    const int64_t tokens = batch->tokens;
    memory.tensor("out", out, tokens);
    memory.tensor("q", q, tokens);
    memory.tensor("scratch", scratch, tokens);
    check_aligned("scratch", scratch, 16);
    memory.optional("settings.sinks", settings->sinks);
    if (tokens == 0 || batch->sequences == 0) return;
    if (out == q) refuse(WZ_INVALID_ARGUMENT, "out: found q, expected memory of its own");
    CurrentDevice current(memory.device());
    no_kernel();
  });
}
