// The C face of cache edits: arguments checked as on the CPU, as far as the host can see them.
#include <algorithm>
#include "capi/attention_checks.h"
#include "kv_cache/kv_cache.h"
#include "wootz/cuda_kv_cache.h"

namespace wz::cuda {
namespace {

std::string layer(int32_t l) { return "caches[" + std::to_string(l) + "]"; }

void check_caches(const wz_kv_cache* caches, int32_t layers, OneDevice& memory) {
  check_at_least("layers", layers, 1);
  check_host("caches", caches);
  for (int32_t l = 0; l < layers; ++l) {
    check_cache(layer(l), &caches[l], memory);
    if (caches[l].pages == caches[0].pages && caches[l].page_tokens == caches[0].page_tokens) continue;
    refuse(WZ_INVALID_ARGUMENT, layer(l) + ": found " + std::to_string(caches[l].pages) + " pages of " + std::to_string(caches[l].page_tokens) +
                                    " tokens, expected " + std::to_string(caches[0].pages) + " of " + std::to_string(caches[0].page_tokens) +
                                    ", as in the first layer");
  }
}

void check_span(const std::string& name, const wz_kv_span* span, int32_t count, const wz_kv_cache& cache, OneDevice& memory) {
  check_host(name, span);
  check_at_least(name + ".pages", span->pages, 0);
  check_at_least(name + ".first", span->first, 0);
  memory.tensor(name + ".table", span->table, span->pages);
  const int64_t held = int64_t{span->pages} * cache.page_tokens;
  if (count == 0 || int64_t{span->first} + count <= held) return;
  refuse(WZ_INVALID_ARGUMENT, name + ".first: found " + std::to_string(span->first) + " for " + std::to_string(count) +
                                  " tokens, expected them to end within the " + std::to_string(held) + " positions of its table");
}

}  // namespace
}  // namespace wz::cuda

int64_t wz_cuda_kv_move_scratch(const wz_kv_cache* caches, int32_t layers, int32_t count) {
  if (caches == nullptr || layers < 1 || count < 0) return 0;
  int64_t bytes = 0;
  for (int32_t l = 0; l < layers; ++l) bytes = std::max(bytes, 2 * wz::cuda::row_bytes(caches[l]) * caches[l].kv_heads * count);
  return bytes;
}

wz_status wz_cuda_kv_move(const wz_kv_cache* caches, int32_t layers, const wz_kv_span* to, const wz_kv_span* from, int32_t count,
                          const wz_rope* delta, void* scratch, wz_cuda_stream* stream) {
  return wz::cuda::guarded("wz_cuda_kv_move", [&] {
    using namespace wz::cuda;
    OneDevice memory;
    check_caches(caches, layers, memory);
    check_at_least("count", count, 0);
    check_span("to", to, count, *caches, memory);
    check_span("from", from, count, *caches, memory);
    for (int32_t l = 0; delta != nullptr && l < layers; ++l) check_rope("delta", *delta, caches[l].head_dim, 1, memory);
    memory.optional("scratch", scratch);
    check_aligned("scratch", scratch, 16);
    if (count == 0) return;
    CurrentDevice current(memory.device());
    kv_move(caches, layers, *to, *from, count, delta != nullptr ? *delta : wz_rope{}, scratch, stream_of(stream));
  });
}

wz_status wz_cuda_kv_clear(const wz_kv_cache* caches, int32_t layers, const int32_t* pages, int32_t count, wz_cuda_stream* stream) {
  return wz::cuda::guarded("wz_cuda_kv_clear", [&] {
    using namespace wz::cuda;
    OneDevice memory;
    check_caches(caches, layers, memory);
    check_at_least("count", count, 0);
    memory.tensor("pages", pages, count);
    if (count == 0) return;
    CurrentDevice current(memory.device());
    kv_clear(caches, layers, pages, count, stream_of(stream));
  });
}
