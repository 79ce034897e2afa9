// What all attention kernels share: which token and heads a block works for, what they see, and how the spans of 256 positions, each with its own
// maximum m, sum s and accumulator a, are merged in order:
//
//   from {M: sink or -infinity, S: 1 with a sink, 0 without, A: 0}:  M' = max(M, m), f = exp(M - M'), g = exp(m - M'), S = s g + S f, A = a g + A f
//   out = A / S
//
// A maximum of -infinity counts as 0 in exponents. Whether one block runs over its spans or each span has a block of its own, whose last one
// merges, these are the same operations.
#pragma once
#include <cstdint>
#include "attention/attention.h"
#include "common/reduce.cuh"
#include "kv_cache/paged.cuh"

namespace wz::cuda {

constexpr int kAttentionWarps = 4, kAttentionThreads = kAttentionWarps * kWarp;

// The query heads of one key head that a block takes, at most kHeads, for one token.
struct Item {
  int32_t token;
  int32_t sequence;  // -1: padding
  int32_t kv_head;
  int32_t head;      // the first
  int32_t heads;
  int32_t position;
  int32_t first;     // the first position seen
  int32_t ticket;

  __device__ bool valid(const AttentionArguments& a) const {
    return position >= 0 && position < a.max_positions && position / a.cache.page_tokens < a.batch.table_stride;
  }
  __device__ int32_t first_span() const { return first / kSpan; }
  __device__ int32_t spans() const { return position / kSpan - first / kSpan + 1; }
  // Of query row h of the item, in rows of head_dim elements.
  __device__ int64_t row(const AttentionArguments& a, int32_t h) const { return static_cast<int64_t>(token) * a.settings.heads + head + h; }
};

__device__ inline Item item_of(const AttentionArguments& a, int32_t index) {
  Item item;
  item.ticket = index;
  const int32_t group = a.settings.heads / a.cache.kv_heads, chunk = index % a.chunks;
  item.kv_head = index / a.chunks % a.cache.kv_heads;
  item.token = index / a.chunks / a.cache.kv_heads;
  item.head = item.kv_head * group + chunk * kHeads;
  item.heads = min(kHeads, group - chunk * kHeads);
  item.sequence = sequence_of(a.batch, item.token);
  item.position = item.sequence < 0 ? -1 : a.batch.positions[item.token];
  item.first = a.settings.window > 0 && item.position >= a.settings.window ? item.position - a.settings.window + 1 : 0;
  return item;
}

// The row of a position's key and value; -1 if its page lies outside the cache.
__device__ inline int64_t row_of(const AttentionArguments& a, const Item& item, int32_t n) {
  const int32_t page = a.batch.tables[static_cast<int64_t>(item.sequence) * a.batch.table_stride + n / a.cache.page_tokens];
  return is_page(a.cache, page) ? kv_row(a.cache, page, item.kv_head, n % a.cache.page_tokens) : -1;
}

__device__ inline void fill_nan(const AttentionArguments& a, const Item& item) {
  for (int32_t i = threadIdx.x; i < item.heads * a.cache.head_dim; i += kAttentionThreads) {
    a.out[item.row(a, 0) * a.cache.head_dim + i] = __int_as_float(0x7FFFFFFF);
  }
}

__device__ inline float shift_of(float maximum) { return maximum == -INFINITY ? 0.0f : maximum; }

struct Softmax {
  float maximum;
  float sum;
};

// How one span's part goes to what was merged before it.
struct Factors {
  float mine;
  float other;
};

__device__ inline Softmax before_spans(const AttentionArguments& a, int32_t head) {
  if (a.settings.sinks == nullptr) return {-INFINITY, 0.0f};
  return {a.settings.sinks[head], 1.0f};
}

__device__ inline Factors merge_factors(float before, float after, float part) { return {expf(before - shift_of(after)), expf(part - shift_of(after))}; }

__device__ inline float merged(float all, float part, Factors f) { return fmaf(part, f.other, all * f.mine); }

// The part of row `row` (item.row) for span number i of those that its token sees.
__device__ inline int64_t part_of(const AttentionArguments& a, int64_t row, int32_t i) { return row * a.spans + i; }

// Shared memory of merge_parts.
struct MergeSpace {
  Factors factors[kHeads][kWarp];
  float sum[kHeads][kWarp];
};

// Called by a block when its part is written. Returns whether it is the last of its item; that block sees all parts.
__device__ inline bool last_to_arrive(const AttentionArguments& a, const Item& item, bool* shared_flag) {
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    const auto spans = static_cast<unsigned>(item.spans());
    *shared_flag = atomicInc(a.tickets + item.ticket, spans - 1) == spans - 1;  // goes back to 0 with the last
  }
  __syncthreads();
  if (!*shared_flag) return false;
  __threadfence();
  return true;
}

// out = all parts of the item merged. Parts come from other multiprocessors: past the first-level cache.
__device__ inline void merge_parts(const AttentionArguments& a, const Item& item, MergeSpace& space) {
  constexpr int kElements = 8;  // of a thread at once
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
  const int32_t dim = a.cache.head_dim, elements = item.heads * dim, spans = item.spans();
  for (int32_t begin = 0; begin < elements; begin += kElements * kAttentionThreads) {
    float all[kElements], sum[kElements];
    Softmax state[kHeads / kAttentionWarps];
#pragma unroll
    for (int j = 0; j < kElements; ++j) {
      const int32_t e = begin + j * kAttentionThreads + threadIdx.x;
      all[j] = 0;
      sum[j] = e < elements ? before_spans(a, item.head + e / dim).sum : 0;
    }
#pragma unroll
    for (int k = 0; k < kHeads / kAttentionWarps; ++k) {
      const int32_t h = warp + k * kAttentionWarps;
      state[k] = h < item.heads ? before_spans(a, item.head + h) : Softmax{};
    }
    for (int32_t done = 0; done < spans; done += kWarp) {
      const int32_t count = min(kWarp, spans - done);
      __syncthreads();  // the last round's factors have been read
#pragma unroll
      for (int k = 0; k < kHeads / kAttentionWarps; ++k) {
        const int32_t h = warp + k * kAttentionWarps;
        if (h >= item.heads) continue;
        const float2 part = lane < count ? __ldcg(a.softmax + part_of(a, item.row(a, h), done + lane)) : make_float2(-INFINITY, 0.0f);
        float after = fmaxf(state[k].maximum, part.x);
#pragma unroll
        for (int s = 1; s < kWarp; s *= 2) {
          const float lower = __shfl_up_sync(kWholeWarp, after, s);
          if (lane >= s) after = fmaxf(after, lower);
        }
        const float lower = __shfl_up_sync(kWholeWarp, after, 1);
        space.factors[h][lane] = merge_factors(lane == 0 ? state[k].maximum : lower, after, part.x);
        space.sum[h][lane] = part.y;
        state[k].maximum = __shfl_sync(kWholeWarp, after, kWarp - 1);
      }
      __syncthreads();
#pragma unroll
      for (int j = 0; j < kElements; ++j) {
        const int32_t e = begin + j * kAttentionThreads + threadIdx.x;
        if (e >= elements) continue;
        const int32_t h = e / dim;
        const float* part = a.parts + part_of(a, item.row(a, h), done) * dim + e % dim;
#pragma unroll 4
        for (int32_t i = 0; i < count; ++i) {
          const Factors f = space.factors[h][i];
          all[j] = merged(all[j], __ldcg(part + static_cast<int64_t>(i) * dim), f);
          sum[j] = merged(sum[j], space.sum[h][i], f);
        }
      }
    }
#pragma unroll
    for (int j = 0; j < kElements; ++j) {
      const int32_t e = begin + j * kAttentionThreads + threadIdx.x;
      if (e < elements) a.out[item.row(a, 0) * dim + e] = __fdiv_rn(all[j], sum[j]);
    }
  }
}

}  // namespace wz::cuda
