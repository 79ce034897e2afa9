// gram[i, j] += sum over n of v_i v_j in float64, v = x or x - base, in the CPU's order: element e of a block of 1024 in lane e % 32, a tree over the
// lanes, then block after block. A warp takes a block: its lanes are those of the sum. The blocks' sums are then added by a warp for each pair, one
// after the other, because that is what the order says; it reads them 32 at a time.
#include "common/launch.h"
#include "common/reduce.cuh"
#include "merge/arithmetic.cuh"
#include "merge/merge_gram.h"

namespace wz::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / kWarp;
constexpr int kFew = 4;  // models whose pairs all have their sums in registers

// The block of the thread's warp.
__device__ inline int64_t block_of_warp() { return static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp; }

template <int32_t kDtype>
__device__ inline float element(const void* p, int64_t i) {
  return load_one<float>(p, kDtype, i);
}

// All models and the base are of one type: kGroup elements of each are in flight.
template <int kModels, int32_t kDtype>
__global__ void __launch_bounds__(kThreads, 2) gram_few_kernel(const __grid_constant__ GramArguments a, int64_t blocks) {
  constexpr int kPairs = kModels * (kModels + 1) / 2;
  constexpr int kGroup = 8;
  const int64_t block = block_of_warp();
  if (block >= blocks) return;
  const int lane = threadIdx.x % kWarp;
  const int64_t begin = block * WZ_BLOCK, end = begin + WZ_BLOCK < a.n ? begin + WZ_BLOCK : a.n;
  const bool delta = a.base.x != nullptr;
  double sum[kPairs] = {};
  for (int64_t first = begin + lane; first < end; first += kGroup * kWarp) {
    float x[kModels][kGroup], base[kGroup];
#pragma unroll
    for (int g = 0; g < kGroup; ++g) {
      const int64_t i = first + g * kWarp;
#pragma unroll
      for (int k = 0; k < kModels; ++k) x[k][g] = i < end ? element<kDtype>(a.x[k].x, i) : 0.0f;
      base[g] = delta && i < end ? element<kDtype>(a.base.x, i) : 0.0f;
    }
#pragma unroll
    for (int g = 0; g < kGroup; ++g) {
      if (first + g * kWarp >= end) break;
      double v[kModels];
#pragma unroll
      for (int k = 0; k < kModels; ++k) {
        v[k] = static_cast<double>(x[k][g]);
        if (delta) v[k] = subtract(v[k], static_cast<double>(base[g]));
      }
      int pair = 0;
#pragma unroll
      for (int i = 0; i < kModels; ++i) {
#pragma unroll
        for (int j = i; j < kModels; ++j, ++pair) sum[pair] = add(sum[pair], multiply(v[i], v[j]));
      }
    }
  }
#pragma unroll
  for (int pair = 0; pair < kPairs; ++pair) {
    const double of_block = warp_sum_in_lane_0(sum[pair]);
    if (lane == 0) a.blocks[pair * blocks + block] = of_block;
  }
}

// Any number of models and types: pair after pair, from the cache.
__global__ void __launch_bounds__(kThreads) gram_many_kernel(const __grid_constant__ GramArguments a, int64_t blocks) {
  const int64_t block = block_of_warp();
  if (block >= blocks) return;
  const int lane = threadIdx.x % kWarp;
  const int64_t begin = block * WZ_BLOCK, end = begin + WZ_BLOCK < a.n ? begin + WZ_BLOCK : a.n;
  const auto value = [&](const wz_model& x, int64_t i) {
    const double v = load_one<double>(x.x, x.dtype, i);
    return a.base.x != nullptr ? subtract(v, load_one<double>(a.base.x, a.base.dtype, i)) : v;
  };
  int64_t pair = 0;
  for (int i = 0; i < a.models; ++i) {
    for (int j = i; j < a.models; ++j, ++pair) {
      double sum = 0;
      for (int64_t e = begin + lane; e < end; e += kWarp) sum = add(sum, multiply(value(a.x[i], e), value(a.x[j], e)));
      sum = warp_sum_in_lane_0(sum);
      if (lane == 0) a.blocks[pair * blocks + block] = sum;
    }
  }
}

// A warp for each pair.
__global__ void __launch_bounds__(kWarp) gram_add_kernel(const __grid_constant__ GramArguments a, int64_t blocks) {
  int i = 0, pair = static_cast<int>(blockIdx.x);
  while (pair >= a.models - i) pair -= a.models - i++;
  const int j = i + pair;
  const double* sums = a.blocks + blockIdx.x * blocks;
  double total = a.gram[i * a.models + j], other = a.gram[j * a.models + i];
  double next = static_cast<int64_t>(threadIdx.x) < blocks ? sums[threadIdx.x] : 0;
  for (int64_t first = 0; first < blocks; first += kWarp) {
    const double mine = next;
    const int64_t ahead = first + kWarp + threadIdx.x;
    next = ahead < blocks ? sums[ahead] : 0;
    const int here = static_cast<int>(blocks - first < kWarp ? blocks - first : kWarp);
#pragma unroll 8
    for (int l = 0; l < here; ++l) {
      const double block = __shfl_sync(kWholeWarp, mine, l);
      total = add(total, block);
      other = add(other, block);
    }
  }
  if (threadIdx.x != 0) return;
  a.gram[i * a.models + j] = total;
  a.gram[j * a.models + i] = other;
}

template <int32_t kDtype>
void launch_few(const GramArguments& a, unsigned grid, int64_t blocks, cudaStream_t stream) {
  switch (a.models) {
    case 1: gram_few_kernel<1, kDtype><<<grid, kThreads, 0, stream>>>(a, blocks); break;
    case 2: gram_few_kernel<2, kDtype><<<grid, kThreads, 0, stream>>>(a, blocks); break;
    case 3: gram_few_kernel<3, kDtype><<<grid, kThreads, 0, stream>>>(a, blocks); break;
    default: gram_few_kernel<4, kDtype><<<grid, kThreads, 0, stream>>>(a, blocks); break;
  }
}

bool of_one_type(const GramArguments& a) {
  bool one = a.base.x == nullptr || a.base.dtype == a.x[0].dtype;
  for (int k = 1; k < a.models; ++k) one = one && a.x[k].dtype == a.x[0].dtype;
  return one;
}

}  // namespace

void merge_gram(const GramArguments& a, cudaStream_t stream) {
  const int64_t blocks = gram_blocks(a.n);
  const unsigned grid = blocks_of(ceil_divide(blocks, kWarps));
  if (a.models > kFew || !of_one_type(a)) {
    gram_many_kernel<<<grid, kThreads, 0, stream>>>(a, blocks);
  } else if (a.x[0].dtype == WZ_BF16) {
    launch_few<WZ_BF16>(a, grid, blocks, stream);
  } else if (a.x[0].dtype == WZ_F16) {
    launch_few<WZ_F16>(a, grid, blocks, stream);
  } else {
    launch_few<WZ_F32>(a, grid, blocks, stream);
  }
  gram_add_kernel<<<static_cast<unsigned>(gram_pairs(a.models)), kWarp, 0, stream>>>(a, blocks);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
