// Attention with tensor cores for f16 and bf16 caches (head_dim 64, 96 or 128). A block takes up to 8 query heads of one key head for one token
// and a span of 256 positions, or all its spans one after the other. Keys and values lie on the M side of the products, the heads on N:
//
//   S^T [keys, heads] = K Q^T       four warps share the keys of a tile of 64; the query is the sum of two 16-bit numbers, so that its
//                                   rounding does not count
//   P = exp(S - maximum)            over the whole span, rounded to the cache's type
//   A^T [head_dim, heads] = V^T P^T   four warps share the elements; the sum of the weights is one more product, with ones: its additions
//                                   are those of a column of ones in V
//
// Tiles go through a ring in shared memory, by asynchronous copies of 16 bytes; rows lie an odd number of 16 bytes apart, so that eight rows lie in
// different banks.
#include "attention/element.cuh"
#include "attention/parts.cuh"
#include "common/launch.h"

namespace wz::cuda {
namespace {

constexpr int kTileKeys = 64, kStages = 3, kTilesOfSpan = kSpan / kTileKeys;
constexpr int kKeyGroup = 16;               // keys that surely share a page
constexpr int kLogitPitch = kSpan + 4;      // floats: fragments of four rows lie in different banks
constexpr float kLog2E = 0x1.715476p+0f;

template <int kDim>
struct Tensor {
  static constexpr int kPitch = 2 * kDim + 16;           // bytes of a row in shared memory
  static constexpr int kPieces = 2 * kDim / 16;          // copies of a row
  static constexpr int kSteps = kDim / 16;               // of 16 elements
  static constexpr int kRowTiles = (kSteps + kAttentionWarps - 1) / kAttentionWarps;  // of A^T, for a warp
  static constexpr int kTileBytes = kTileKeys * kPitch;
  static constexpr int kShared = kStages * kTileBytes;

  // Dynamic shared memory behind the ring is not needed: what follows is small.
  struct Shared {
    float logits[kHeads][kLogitPitch];  // then, in the same rows, weights of 16 bits
    float maximum[kHeads];
    int64_t rows[kSpan / kKeyGroup];  // of each group's first key; -1: nothing seen there
    MergeSpace merge;
    bool last;
  };
};

struct Range {
  int32_t begin;
  int32_t end;
};

// The query as the B side of the products: q = (high + low) * 2^exponent of each head, so that any number fits f16.
template <class Element, int kDim>
struct Query {
  uint32_t high[kDim / 16][2];
  uint32_t low[kDim / 16][2];
  float factor[2];  // of heads 2t and 2t + 1: scale * 2^exponent

  __device__ void load(const AttentionArguments& a, const Item& item, int lane) {
    const int h = lane / 4, t = lane % 4;
    const float* row = a.q + item.row(a, h) * kDim;
    float largest = 0;
    if (h < item.heads) {
#pragma unroll
      for (int i = 0; i < kDim / 4; ++i) largest = fmaxf(largest, fabsf(row[4 * i + t]));
    }
    largest = fmaxf(largest, __shfl_xor_sync(kWholeWarp, largest, 1));
    largest = fmaxf(largest, __shfl_xor_sync(kWholeWarp, largest, 2));
    const int exponent = min(max(static_cast<int>(bits<uint32_t>(largest) >> 23) - 127, -100), 126);
    const float down = bits<float>(static_cast<uint32_t>(127 - exponent) << 23), up = bits<float>(static_cast<uint32_t>(127 + exponent) << 23);
#pragma unroll
    for (int s = 0; s < kDim / 16; ++s) {
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const int c = 16 * s + 8 * i + 2 * t;
        const float x = h < item.heads ? row[c] * down : 0.0f, y = h < item.heads ? row[c + 1] * down : 0.0f;
        high[s][i] = Element::pack(x, y);
        const float2 rounded = Element::unpack(high[s][i]);
        low[s][i] = Element::pack(x - rounded.x, y - rounded.y);
      }
    }
#pragma unroll
    for (int i = 0; i < 2; ++i) factor[i] = a.settings.scale * __shfl_sync(kWholeWarp, up, 8 * t + 4 * i);
  }
};

// Queues the copies of tile number `tile` of the span; keys that are not seen become zeros.
template <int kDim>
__device__ inline void copy_tile(uint32_t to, const void* cache, const int64_t* rows, int32_t tile, Range seen) {
  using T = Tensor<kDim>;
#pragma unroll
  for (int i = 0; i < kTileKeys * T::kPieces / kAttentionThreads; ++i) {
    const int index = i * kAttentionThreads + threadIdx.x, key = index / T::kPieces, piece = index % T::kPieces;
    const int32_t n = tile * kTileKeys + key;
    const int64_t row = rows[n / kKeyGroup];
    const bool wanted = n >= seen.begin && n < seen.end && row >= 0;
    const char* from = static_cast<const char*>(cache) + (wanted ? (row + n % kKeyGroup) * (2 * kDim) + piece * 16 : 0);
    ptx::cp_async_16(to + key * T::kPitch + piece * 16, from, wanted ? 16 : 0);
  }
}

// Logits of the warp's 16 keys of a tile.
template <class Element, int kDim>
__device__ inline void logits_of_tile(typename Tensor<kDim>::Shared& shared, const AttentionArguments& a, uint32_t keys, const Query<Element, kDim>& query,
                                      int32_t tile, Range seen) {
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
  const uint32_t address = keys + (16 * warp + lane / 8 % 2 * 8 + lane % 8) * Tensor<kDim>::kPitch + lane / 16 * 16;
  float high[4] = {}, low[4] = {};
#pragma unroll
  for (int s = 0; s < kDim / 16; ++s) {
    uint32_t k[4];
    ptx::ldmatrix_x4(k, address + s * 32);
    Element::mma(high, k, query.high[s]);
    Element::mma(low, k, query.low[s]);
  }
#pragma unroll
  for (int j = 0; j < 4; ++j) {
    const int32_t n = tile * kTileKeys + 16 * warp + lane / 4 + 8 * (j / 2);
    float logit = (high[j] + low[j]) * query.factor[j % 2];
    if (a.settings.soft_cap > 0) logit = a.settings.soft_cap * tanhf(logit / a.settings.soft_cap);
    const bool there = n >= seen.begin && n < seen.end && shared.rows[n / kKeyGroup] >= 0;
    shared.logits[lane % 4 * 2 + j % 2][n] = there ? logit : -INFINITY;
  }
}

// Logits become weights, in place: a warp for two heads, which reads all of a row before it writes.
template <class Element, int kDim>
__device__ inline void soften(typename Tensor<kDim>::Shared& shared, int32_t first_tile, int32_t tiles) {
  const int lane = threadIdx.x % kWarp;
  for (int h = threadIdx.x / kWarp; h < kHeads; h += kAttentionWarps) {
    float2 logit[kTilesOfSpan];
    float most = -INFINITY;
#pragma unroll
    for (int i = 0; i < kTilesOfSpan; ++i) {
      if (i < first_tile || i >= first_tile + tiles) continue;
      logit[i] = *reinterpret_cast<const float2*>(&shared.logits[h][i * kTileKeys + 2 * lane]);
      most = fmaxf(most, fmaxf(logit[i].x, logit[i].y));
    }
#pragma unroll
    for (int s = kWarp / 2; s > 0; s /= 2) most = fmaxf(most, __shfl_xor_sync(kWholeWarp, most, s));
    const float shift = shift_of(most);
    auto* weights = reinterpret_cast<uint32_t*>(shared.logits[h]);
#pragma unroll
    for (int i = 0; i < kTilesOfSpan; ++i) {
      if (i < first_tile || i >= first_tile + tiles) continue;
      weights[i * kTileKeys / 2 + lane] = Element::pack(ptx::ex2_approx((logit[i].x - shift) * kLog2E), ptx::ex2_approx((logit[i].y - shift) * kLog2E));
    }
    if (lane == 0) shared.maximum[h] = most;
  }
}

// A^T of one span in registers: rows 16 (warp + 4 i) + lane / 4 + 8 (j >> 1) of the head's elements, heads 2 (lane % 4) + (j & 1).
template <int kDim>
struct Sums {
  float a[Tensor<kDim>::kRowTiles][4];
  float sum[4];  // rows are equal: [j] of head 2t + (j & 1)

  template <class Element>
  __device__ void add_tile(const typename Tensor<kDim>::Shared& shared, uint32_t values, int32_t tile) {
    const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
    const uint32_t address = values + (lane / 16 * 8 + lane % 8) * Tensor<kDim>::kPitch + lane / 8 % 2 * 16;
    const auto* weights = reinterpret_cast<const uint32_t*>(shared.logits[lane / 4]) + tile * kTileKeys / 2 + lane % 4;
    constexpr uint32_t kOnes[4] = {Element::kOnes, Element::kOnes, Element::kOnes, Element::kOnes};
#pragma unroll
    for (int s = 0; s < kTileKeys / 16; ++s) {
      const uint32_t p[2] = {weights[8 * s], weights[8 * s + 4]};
      Element::mma(sum, kOnes, p);
#pragma unroll
      for (int i = 0; i < Tensor<kDim>::kRowTiles; ++i) {
        const int row_tile = warp + kAttentionWarps * i;
        if (row_tile >= Tensor<kDim>::kSteps) continue;
        uint32_t v[4];
        ptx::ldmatrix_x4_trans(v, address + 16 * s * Tensor<kDim>::kPitch + row_tile * 32);
        Element::mma(a[i], v, p);
      }
    }
  }

  // f(head, element of the head, value)
  template <class F>
  __device__ void for_each(F&& f) const {
    const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp;
#pragma unroll
    for (int i = 0; i < Tensor<kDim>::kRowTiles; ++i) {
      const int row_tile = warp + kAttentionWarps * i;
      if (row_tile >= Tensor<kDim>::kSteps) continue;
#pragma unroll
      for (int j = 0; j < 4; ++j) f(lane % 4 * 2 + j % 2, row_tile * 16 + lane / 4 + 8 * (j / 2), a[i][j]);
    }
  }
};

// One span: part = its sums, shared.maximum = its maxima. All threads of the block have passed a barrier since the last span.
template <class Element, int kDim>
__device__ inline void attend_span(Sums<kDim>& part, typename Tensor<kDim>::Shared& shared, uint32_t ring, const AttentionArguments& a, const Item& item,
                                   const Query<Element, kDim>& query, int32_t span) {
  using T = Tensor<kDim>;
  const int32_t start = span * kSpan;
  const Range seen = {max(item.first - start, 0), min(item.position + 1 - start, kSpan)};
  if (threadIdx.x < kSpan / kKeyGroup) {
    const int32_t n = static_cast<int32_t>(threadIdx.x) * kKeyGroup;
    shared.rows[threadIdx.x] = n < seen.end && n + kKeyGroup > seen.begin ? row_of(a, item, start + n) : -1;
  }
  __syncthreads();
  const int32_t first_tile = seen.begin / kTileKeys, tiles = (seen.end - 1) / kTileKeys - first_tile + 1;
  // Tiles of keys, then those of values.
  const auto copy = [&](int32_t i) {
    if (i < 2 * tiles) {
      copy_tile<kDim>(ring + i % kStages * T::kTileBytes, i < tiles ? a.cache.keys : a.cache.values, shared.rows, first_tile + (i < tiles ? i : i - tiles), seen);
    }
    ptx::cp_async_commit();
  };
#pragma unroll
  for (int i = 0; i < kStages - 1; ++i) copy(i);
  part = {};
  for (int32_t i = 0; i < 2 * tiles; ++i) {
    ptx::cp_async_wait<kStages - 2>();
    __syncthreads();
    copy(i + kStages - 1);
    const uint32_t tile = ring + i % kStages * T::kTileBytes;
    if (i < tiles) {
      logits_of_tile<Element, kDim>(shared, a, tile, query, first_tile + i, seen);
      continue;
    }
    if (i == tiles) {
      soften<Element, kDim>(shared, first_tile, tiles);
      __syncthreads();
    }
    part.template add_tile<Element>(shared, tile, first_tile + i - tiles);
  }
  ptx::cp_async_wait<0>();
}

// Grid: (items, spans) or (items, 1).
template <class Element, int kDim>
__global__ void __launch_bounds__(kAttentionThreads, 2) attention_tensor_kernel(const __grid_constant__ AttentionArguments a) {
  using T = Tensor<kDim>;
  extern __shared__ __align__(128) unsigned char ring_space[];
  __shared__ typename T::Shared shared;
  const Item item = item_of(a, blockIdx.x);
  if (item.sequence < 0) return;
  if (!item.valid(a)) {
    if (blockIdx.y == 0) fill_nan(a, item);
    return;
  }
  const int32_t spans = item.spans();
  const bool split = gridDim.y > 1 && spans > 1;
  if (static_cast<int32_t>(blockIdx.y) >= (split ? spans : 1)) return;
  const int lane = threadIdx.x % kWarp, t = lane % 4;
  const uint32_t ring = ptx::shared_address(ring_space);
  Query<Element, kDim> query;
  query.load(a, item, lane);
  Sums<kDim> part;
  if (split) {
    attend_span<Element, kDim>(part, shared, ring, a, item, query, item.first_span() + static_cast<int32_t>(blockIdx.y));
    part.for_each([&](int h, int c, float value) {
      if (h < item.heads) a.parts[part_of(a, item.row(a, h), blockIdx.y) * kDim + c] = value;
    });
    if (threadIdx.x < 4) {
#pragma unroll
      for (int j = 0; j < 2; ++j) {
        const int h = 2 * t + j;
        if (h < item.heads) a.softmax[part_of(a, item.row(a, h), blockIdx.y)] = make_float2(shared.maximum[h], part.sum[j]);
      }
    }
    if (last_to_arrive(a, item, &shared.last)) merge_parts(a, item, shared.merge);
    return;
  }
  Sums<kDim> all = {};
  Softmax state[2];
#pragma unroll
  for (int j = 0; j < 2; ++j) state[j] = 2 * t + j < item.heads ? before_spans(a, item.head + 2 * t + j) : Softmax{-INFINITY, 0.0f};
  for (int32_t i = 0; i < spans; ++i) {
    attend_span<Element, kDim>(part, shared, ring, a, item, query, item.first_span() + i);
    Factors f[2];
#pragma unroll
    for (int j = 0; j < 2; ++j) {
      const float maximum = shared.maximum[2 * t + j], after = fmaxf(state[j].maximum, maximum);
      f[j] = merge_factors(state[j].maximum, after, maximum);
      state[j] = {after, merged(state[j].sum, part.sum[j], f[j])};
    }
#pragma unroll
    for (int k = 0; k < T::kRowTiles; ++k) {
#pragma unroll
      for (int j = 0; j < 4; ++j) all.a[k][j] = merged(all.a[k][j], part.a[k][j], f[j % 2]);
    }
    __syncthreads();
  }
  all.for_each([&](int h, int c, float value) {
    if (h < item.heads) a.out[item.row(a, h) * kDim + c] = __fdiv_rn(value, state[h % 2].sum);
  });
}

template <class Element, int kDim>
void launch(const AttentionArguments& a, dim3 grid, cudaStream_t stream) {
  constexpr int kShared = Tensor<kDim>::kShared;
  check(cudaFuncSetAttribute(attention_tensor_kernel<Element, kDim>, cudaFuncAttributeMaxDynamicSharedMemorySize, kShared));
  attention_tensor_kernel<Element, kDim><<<grid, kAttentionThreads, kShared, stream>>>(a);
}

template <class Element>
void launch(const AttentionArguments& a, dim3 grid, cudaStream_t stream) {
  switch (a.cache.head_dim) {
    case 64: launch<Element, 64>(a, grid, stream); break;
    case 96: launch<Element, 96>(a, grid, stream); break;
    default: launch<Element, 128>(a, grid, stream); break;
  }
}

}  // namespace

void attention_tensor(const AttentionArguments& a, dim3 grid, cudaStream_t stream) {
  a.cache.dtype == WZ_BF16 ? launch<Bf16>(a, grid, stream) : launch<F16>(a, grid, stream);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
