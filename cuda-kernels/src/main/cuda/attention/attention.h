// What capi/attention.cc asks: arguments as they travel to the device, and the launches on the current device.
#pragma once
#include <cuda_runtime_api.h>
#include <cstdint>
#include "wootz/attention.h"

namespace wz::cuda {

void rope_table(float* table, const int32_t* positions, const double* frequency, double scale, int64_t tokens, int32_t dim, cudaStream_t stream);

struct AppendArguments {
  float* q;             // [tokens, heads, head_dim]
  float* k;             // [tokens, kv_heads, head_dim]
  const float* v;       // likewise
  const float* q_norm;  // [head_dim] or nullptr
  const float* k_norm;
  double epsilon;
  wz_rope rope;  // dim 0: none
  int32_t heads;
  wz_batch batch;
  wz_kv_cache cache;
};

void qk_rope_append(const AppendArguments& arguments, cudaStream_t stream);

constexpr int kSpan = 256;  // positions with a maximum, sum and accumulator of their own
constexpr int kHeads = 8;   // query heads of one key head that a block takes

struct AttentionArguments {
  float* out;      // [tokens, heads, head_dim]
  const float* q;  // likewise
  wz_attention_settings settings;
  wz_batch batch;
  wz_kv_cache cache;
  int32_t max_positions;
  int32_t chunks;     // of kHeads query heads for each key head
  int32_t spans;      // that one token sees at most
  unsigned* tickets;  // [tokens, kv_heads, chunks], all 0
  float2* softmax;    // [tokens, heads, spans]: maximum and sum
  float* parts;       // [tokens, heads, spans, head_dim]
};

// Kernels that give the same result up to rounding. kGeneric takes everything.
enum class AttentionVariant { kGeneric, kTensor };

bool supports(AttentionVariant variant, const wz_kv_cache& cache);
// The fastest that takes this shape and is switched on; nothing else may decide, since variants round differently.
AttentionVariant best_variant(const wz_kv_cache& cache);

// Whether each span gets a block of its own, or a block runs over all spans of its token. The same bits.
enum class AttentionSplit { kSpans, kNone };
AttentionSplit best_split(int64_t tokens, int32_t heads, int32_t kv_heads);

int64_t attention_scratch(int64_t tokens, int32_t heads, int32_t head_dim, int32_t max_positions);
void attention_scratch_clear(void* scratch, cudaStream_t stream);

// Arguments without those that describe the grid and the scratch: they are set here.
void attention(AttentionArguments arguments, void* scratch, AttentionVariant variant, AttentionSplit split, cudaStream_t stream);

void attention_generic(const AttentionArguments& arguments, dim3 grid, cudaStream_t stream);
void attention_tensor(const AttentionArguments& arguments, dim3 grid, cudaStream_t stream);

}  // namespace wz::cuda
