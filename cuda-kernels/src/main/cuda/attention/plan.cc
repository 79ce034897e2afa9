// Which kernel runs, with which grid, and where its scratch lies.
#include <algorithm>
#include "attention/attention.h"
#include "common/launch.h"
#include "common/variants.h"

namespace wz::cuda {
namespace {

// Up to so many tokens each span gets a block of its own. With more there are enough blocks, and parts would need much room.
constexpr int64_t kSplitTokens = 64;
// Places to count arrivals, at the start of the scratch whatever the shape: calls of any shape may use it one after the other.
constexpr int64_t kTickets = 1 << 14;

int32_t chunks_of(int32_t heads, int32_t kv_heads) { return static_cast<int32_t>(ceil_divide(heads / kv_heads, kHeads)); }

int32_t spans_of(int32_t max_positions, int32_t window) {
  const auto all = static_cast<int32_t>(std::max<int64_t>(1, ceil_divide(max_positions, kSpan)));
  return window > 0 ? std::min(all, (window - 1) / kSpan + 2) : all;
}

}  // namespace

bool supports(AttentionVariant variant, const wz_kv_cache& cache) {
  if (variant == AttentionVariant::kGeneric) return true;
  const bool dim = cache.head_dim == 64 || cache.head_dim == 96 || cache.head_dim == 128;
  return dim && (cache.dtype == WZ_F16 || cache.dtype == WZ_BF16);
}

AttentionVariant best_variant(const wz_kv_cache& cache) {
  const bool tensor = supports(AttentionVariant::kTensor, cache) && enabled(Variant::kAttentionTensor);
  return tensor ? AttentionVariant::kTensor : AttentionVariant::kGeneric;
}

AttentionSplit best_split(int64_t tokens, int32_t heads, int32_t kv_heads) {
  const bool room = tokens * kv_heads * chunks_of(heads, kv_heads) <= kTickets;
  return tokens <= kSplitTokens && room ? AttentionSplit::kSpans : AttentionSplit::kNone;
}

int64_t attention_scratch(int64_t tokens, int32_t heads, int32_t head_dim, int32_t max_positions) {
  const int64_t rows = std::min(tokens, kSplitTokens) * heads * spans_of(max_positions, 0);
  return static_cast<int64_t>(kTickets * sizeof(unsigned) + rows * (sizeof(float2) + head_dim * sizeof(float)) + 16);
}

void attention_scratch_clear(void* scratch, cudaStream_t stream) { check(cudaMemsetAsync(scratch, 0, kTickets * sizeof(unsigned), stream)); }

void attention(AttentionArguments a, void* scratch, AttentionVariant variant, AttentionSplit split, cudaStream_t stream) {
  a.chunks = chunks_of(a.settings.heads, a.cache.kv_heads);
  a.spans = spans_of(a.max_positions, a.settings.window);
  const int64_t rows = int64_t{a.batch.tokens} * a.settings.heads * a.spans;
  a.tickets = static_cast<unsigned*>(scratch);
  a.softmax = reinterpret_cast<float2*>(a.tickets + kTickets);
  a.parts = reinterpret_cast<float*>(a.softmax + (rows + 1) / 2 * 2);  // at a multiple of 16 bytes
  const dim3 grid(blocks_of(int64_t{a.batch.tokens} * a.cache.kv_heads * a.chunks), split == AttentionSplit::kSpans ? static_cast<unsigned>(a.spans) : 1);
  switch (variant) {
    case AttentionVariant::kGeneric: attention_generic(a, grid, stream); break;
    case AttentionVariant::kTensor: attention_tensor(a, grid, stream); break;
  }
}

}  // namespace wz::cuda
