// Attention for any head_dim and cache type, in float32: the variant that everything else is compared with on a device, and the only one for f32
// caches and unusual heads. A block takes up to 8 query heads of one key head for one token: logits by 8 lanes a key, weights in shared memory,
// then a thread for each element of the values.
#include "attention/parts.cuh"
#include "common/launch.h"
#include "kv_cache/kv_row.cuh"

namespace wz::cuda {
namespace {

constexpr int kKeyLanes = 8;  // that share a key

// Dynamic shared memory: q [kHeads, head_dim], then all [kHeads, head_dim].
struct Shared {
  float weights[kHeads][kSpan];  // logits, then exponentials
  int64_t rows[kSpan];           // of keys and values; -1: not there
  Softmax part[kHeads];
  Softmax all[kHeads];
  Factors factors[kHeads];
  MergeSpace merge;
  bool last;
};

// Positions of one span that the item sees, counted from the span's start.
struct Range {
  int32_t begin;
  int32_t end;
};

template <int kType>
__device__ inline void logits(const AttentionArguments& a, const Item& item, Shared& shared, const float* q, Range seen) {
  const int32_t dim = a.cache.head_dim, sub = threadIdx.x % kKeyLanes;
  constexpr int kKeys = kAttentionThreads / kKeyLanes;  // at once
  for (int32_t first = seen.begin; first < seen.end; first += kKeys) {
    const int32_t n = first + threadIdx.x / kKeyLanes;
    const int64_t row = n < seen.end ? shared.rows[n] : -1;
    float dot[kHeads] = {};
    if (row >= 0) {
      for (int32_t c = sub; c < dim; c += kKeyLanes) {
        const float key = load_kv(a.cache.keys, kType, row * dim + c);
#pragma unroll
        for (int h = 0; h < kHeads; ++h) {
          if (h < item.heads) dot[h] = fmaf(q[h * dim + c], key, dot[h]);
        }
      }
    }
#pragma unroll
    for (int h = 0; h < kHeads; ++h) {
      if (h >= item.heads) continue;
#pragma unroll
      for (int s = kKeyLanes / 2; s > 0; s /= 2) dot[h] += __shfl_xor_sync(kWholeWarp, dot[h], s);
      if (sub != h || n >= seen.end) continue;
      float logit = a.settings.scale * dot[h];
      if (a.settings.soft_cap > 0) logit = a.settings.soft_cap * tanhf(logit / a.settings.soft_cap);
      shared.weights[h][n] = row >= 0 ? logit : -INFINITY;
    }
  }
}

// A warp for each head: weights = exp(logit - maximum).
__device__ inline void soften(const Item& item, Shared& shared, Range seen) {
  const int lane = threadIdx.x % kWarp;
  for (int32_t h = threadIdx.x / kWarp; h < item.heads; h += kAttentionWarps) {
    float most = -INFINITY, sum = 0;
    for (int32_t n = seen.begin + lane; n < seen.end; n += kWarp) most = fmaxf(most, shared.weights[h][n]);
#pragma unroll
    for (int s = kWarp / 2; s > 0; s /= 2) most = fmaxf(most, __shfl_xor_sync(kWholeWarp, most, s));
    for (int32_t n = seen.begin + lane; n < seen.end; n += kWarp) {
      const float weight = expf(shared.weights[h][n] - shift_of(most));
      shared.weights[h][n] = weight;
      sum += weight;
    }
    sum = warp_sum(sum);
    if (lane == 0) shared.part[h] = {most, sum};
  }
}

// acc[h] = sum over the span of weight times element c of the values.
template <int kType>
__device__ inline void weigh(float (&acc)[kHeads], const AttentionArguments& a, const Item& item, const Shared& shared, Range seen, int32_t c) {
#pragma unroll
  for (int h = 0; h < kHeads; ++h) acc[h] = 0;
#pragma unroll 4
  for (int32_t n = seen.begin; n < seen.end; ++n) {
    const int64_t row = shared.rows[n];
    if (row < 0) continue;
    const float value = load_kv(a.cache.values, kType, row * a.cache.head_dim + c);
#pragma unroll
    for (int h = 0; h < kHeads; ++h) {
      if (h < item.heads) acc[h] = fmaf(shared.weights[h][n], value, acc[h]);
    }
  }
}

// Grid: (items, spans) or (items, 1), where a block runs over its spans.
template <int kType>
__global__ void __launch_bounds__(kAttentionThreads, 4) attention_generic_kernel(const __grid_constant__ AttentionArguments a) {
  extern __shared__ float heads_space[];
  __shared__ Shared shared;
  const Item item = item_of(a, blockIdx.x);
  if (item.sequence < 0) return;
  if (!item.valid(a)) {
    if (blockIdx.y == 0) fill_nan(a, item);
    return;
  }
  const int32_t dim = a.cache.head_dim, spans = item.spans();
  const bool split = gridDim.y > 1 && spans > 1;
  if (static_cast<int32_t>(blockIdx.y) >= (split ? spans : 1)) return;
  float *q = heads_space, *all = heads_space + kHeads * dim;
  for (int32_t i = threadIdx.x; i < item.heads * dim; i += kAttentionThreads) {
    q[i] = a.q[item.row(a, 0) * dim + i];
    all[i] = 0;
  }
  if (threadIdx.x < item.heads) shared.all[threadIdx.x] = before_spans(a, item.head + threadIdx.x);
  for (int32_t i = split ? blockIdx.y : 0; i < (split ? static_cast<int32_t>(blockIdx.y) + 1 : spans); ++i) {
    const int32_t start = (item.first_span() + i) * kSpan;
    const Range seen = {max(item.first - start, 0), min(item.position + 1 - start, kSpan)};
    for (int32_t n = seen.begin + threadIdx.x; n < seen.end; n += kAttentionThreads) shared.rows[n] = row_of(a, item, start + n);
    __syncthreads();
    logits<kType>(a, item, shared, q, seen);
    __syncthreads();
    soften(item, shared, seen);
    __syncthreads();
    if (threadIdx.x < item.heads) {
      const Softmax part = shared.part[threadIdx.x];
      Softmax& before = shared.all[threadIdx.x];
      if (split) a.softmax[part_of(a, item.row(a, threadIdx.x), i)] = make_float2(part.maximum, part.sum);
      const float after = fmaxf(before.maximum, part.maximum);
      const Factors f = merge_factors(before.maximum, after, part.maximum);
      shared.factors[threadIdx.x] = f;
      before = {after, merged(before.sum, part.sum, f)};
    }
    __syncthreads();
    for (int32_t c = threadIdx.x; c < dim; c += kAttentionThreads) {
      float acc[kHeads];
      weigh<kType>(acc, a, item, shared, seen, c);
#pragma unroll
      for (int h = 0; h < kHeads; ++h) {
        if (h >= item.heads) continue;
        if (split) {
          a.parts[part_of(a, item.row(a, h), i) * dim + c] = acc[h];
        } else {
          all[h * dim + c] = merged(all[h * dim + c], acc[h], shared.factors[h]);
        }
      }
    }
    __syncthreads();
  }
  if (split) {
    if (last_to_arrive(a, item, &shared.last)) merge_parts(a, item, shared.merge);
    return;
  }
  for (int32_t c = threadIdx.x; c < dim; c += kAttentionThreads) {
    for (int32_t h = 0; h < item.heads; ++h) a.out[item.row(a, h) * dim + c] = __fdiv_rn(all[h * dim + c], shared.all[h].sum);
  }
}

template <int kType>
void launch(const AttentionArguments& a, dim3 grid, cudaStream_t stream) {
  attention_generic_kernel<kType><<<grid, kAttentionThreads, 2 * kHeads * a.cache.head_dim * sizeof(float), stream>>>(a);
}

}  // namespace

void attention_generic(const AttentionArguments& a, dim3 grid, cudaStream_t stream) {
  switch (a.cache.dtype) {
    case WZ_F32: launch<WZ_F32>(a, grid, stream); break;
    case WZ_F16: launch<WZ_F16>(a, grid, stream); break;
    case WZ_BF16: launch<WZ_BF16>(a, grid, stream); break;
    case WZ_F8_E4M3: launch<WZ_F8_E4M3>(a, grid, stream); break;
    default: launch<WZ_Q8_0>(a, grid, stream); break;
  }
  check(cudaGetLastError());
}

}  // namespace wz::cuda
