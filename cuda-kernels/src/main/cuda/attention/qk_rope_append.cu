// For each token: q and k = rope(rms_norm(.)) in place, then k and v into the pages of its sequence, rounded to the cache's type. A warp for each
// head's row: its elements stay in registers from the norm to the cache.
#include "attention/attention.h"
#include "common/launch.h"
#include "kv_cache/kv_row.cuh"
#include "kv_cache/paged.cuh"

namespace wz::cuda {
namespace {

constexpr int kWarps = 4;

// 1 / sqrt(mean(x^2) + epsilon) in the CPU's order: squares in float64, element c onto lane c % 16, then a tree.
__device__ inline float inverse_norm(const float* x, double epsilon, int32_t n, int lane) {
  double sum = 0;
  for (int32_t first = 0; first < n; first += kWarp) {
    const double v = first + lane < n ? static_cast<double>(x[first + lane]) : 0.0;
    const double square = v * v;  // exact
    const double upper = __shfl_down_sync(kWholeWarp, square, 16);
    sum = add(add(sum, square), upper);
  }
#pragma unroll
  for (int s = 8; s > 0; s /= 2) sum = add(sum, __shfl_down_sync(kWholeWarp, sum, s));
  sum = __shfl_sync(kWholeWarp, sum, 0);
  return static_cast<float>(divide(1.0, __dsqrt_rn(add(divide(sum, static_cast<double>(n)), epsilon))));
}

template <int kChunks>
__device__ inline void load_row(float (&v)[kChunks], const float* x, int32_t n, int lane) {
#pragma unroll
  for (int j = 0; j < kChunks; ++j) v[j] = lane + kWarp * j < n ? x[lane + kWarp * j] : 0.0f;
}

// v = the row, normed and turned, which is written to x as well.
template <int kChunks>
__device__ inline void norm_and_turn(float (&v)[kChunks], float* x, const float* weight, const AppendArguments& a, int64_t t, int lane) {
  const int32_t n = a.cache.head_dim;
  if (weight == nullptr && a.rope.dim == 0) {
    load_row(v, x, n, lane);
    return;
  }
  const float* cosine = a.rope.table + t * a.rope.dim;
  if (weight != nullptr) {
    const float inverse = inverse_norm(x, a.epsilon, n, lane);
    turn(v, [&](int32_t c) { return multiply(multiply(x[c], inverse), weight[c]); }, cosine, a.rope.dim, a.rope.interleaved != 0, n, lane);
  } else {
    turn(v, [&](int32_t c) { return x[c]; }, cosine, a.rope.dim, a.rope.interleaved != 0, n, lane);
  }
  __syncwarp();  // every lane has read
#pragma unroll
  for (int j = 0; j < kChunks; ++j) {
    if (lane + kWarp * j < n) x[lane + kWarp * j] = v[j];
  }
}

template <int kChunks>
__global__ void __launch_bounds__(kWarps* kWarp, 4) qk_rope_append_kernel(const __grid_constant__ AppendArguments a, int32_t first_row, int32_t blocks) {
  const int lane = threadIdx.x % kWarp;
  const auto t = static_cast<int32_t>(blockIdx.x / blocks);
  const int32_t row = first_row + static_cast<int32_t>(blockIdx.x % blocks) * kWarps + threadIdx.x / kWarp;
  const int32_t kv_heads = a.cache.kv_heads, n = a.cache.head_dim;
  const int32_t s = sequence_of(a.batch, t);
  if (s < 0 || row >= a.heads + 2 * kv_heads) return;
  float v[kChunks];
  if (row < a.heads) {
    norm_and_turn(v, a.q + (static_cast<int64_t>(t) * a.heads + row) * n, a.q_norm, a, t, lane);
    return;
  }
  const bool key = row < a.heads + kv_heads;
  const int32_t head = row - a.heads - (key ? 0 : kv_heads);
  const int64_t at = (static_cast<int64_t>(t) * kv_heads + head) * n;
  if (key) {
    norm_and_turn(v, a.k + at, a.k_norm, a, t, lane);
  } else {
    load_row(v, a.v + at, n, lane);
  }
  const int32_t position = a.batch.positions[t];
  if (position < 0 || position / a.cache.page_tokens >= a.batch.table_stride) return;
  const int32_t page = a.batch.tables[static_cast<int64_t>(s) * a.batch.table_stride + position / a.cache.page_tokens];
  if (!is_page(a.cache, page)) return;
  store_kv(key ? a.cache.keys : a.cache.values, a.cache.dtype, kv_row(a.cache, page, head, position % a.cache.page_tokens), n, v, n, lane);
}

template <int kChunks>
void launch(const AppendArguments& a, cudaStream_t stream) {
  const bool q_stays = a.q_norm == nullptr && a.rope.dim == 0;
  const int32_t first_row = q_stays ? a.heads : 0;
  const auto blocks = static_cast<int32_t>(ceil_divide(a.heads + 2 * a.cache.kv_heads - first_row, kWarps));
  qk_rope_append_kernel<kChunks><<<blocks_of(int64_t{a.batch.tokens} * blocks), kWarps * kWarp, 0, stream>>>(a, first_row, blocks);
}

}  // namespace

void qk_rope_append(const AppendArguments& a, cudaStream_t stream) {
  a.cache.head_dim <= kFewChunks * kWarp ? launch<kFewChunks>(a, stream) : launch<kAllChunks>(a, stream);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
