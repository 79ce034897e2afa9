// Sums over the lanes of a warp and the warps of a block, in a fixed order.
#pragma once
#include "common/exact.cuh"

namespace wz::cuda {

constexpr unsigned kWholeWarp = 0xFFFFFFFFu;
constexpr int kWarp = 32;

// The tree of the CPU's reductions: lane l += lane l + s for s = 16, 8, 4, 2, 1. Every lane gets lane 0's sum.
template <class T>
__device__ inline T warp_sum(T v) {
#pragma unroll
  for (int s = kWarp / 2; s > 0; s /= 2) v = add(v, __shfl_down_sync(kWholeWarp, v, s));
  return __shfl_sync(kWholeWarp, v, 0);
}

// The sum over the block: every warp's tree, then their sums by the same tree. All threads of the block call it, a multiple of 32 up to 1024;
// partial [33] is shared memory that nothing else uses until the next barrier after the call. Every thread gets the sum.
template <class T>
__device__ inline T block_sum(T v, T* partial) {
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp, warps = blockDim.x / kWarp;
  if (warps == 1) return warp_sum(v);
  v = warp_sum(v);
  if (lane == 0) partial[warp] = v;
  __syncthreads();
  if (warp == 0) {
    v = warp_sum(lane < warps ? partial[lane] : T(0));
    if (lane == 0) partial[kWarp] = v;
  }
  __syncthreads();
  return partial[kWarp];
}

}  // namespace wz::cuda
