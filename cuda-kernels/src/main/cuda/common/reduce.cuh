// Sums over the lanes of a warp and the warps of a block, in a fixed order.
#pragma once
#include "common/exact.cuh"

namespace wz::cuda {

constexpr unsigned kWholeWarp = 0xFFFFFFFFu;
constexpr int kWarp = 32;

// The tree of the CPU's reductions: lane l += lane l + s for s = 16, 8, 4, 2, 1. Only lane 0 has the sum.
template <class T>
__device__ inline T warp_sum_in_lane_0(T v) {
#pragma unroll
  for (int s = kWarp / 2; s > 0; s /= 2) v = add(v, __shfl_down_sync(kWholeWarp, v, s));
  return v;
}

// The same, in every lane.
template <class T>
__device__ inline T warp_sum(T v) {
  return __shfl_sync(kWholeWarp, warp_sum_in_lane_0(v), 0);
}

// finish(sum over the block), which thread 0 computes, in every thread: every warp's tree, then their sums by the same tree. All threads of the
// block call it, a multiple of 32 up to 1024; partial [33] is shared memory that nothing else uses between the barriers around the call.
template <class T, class Finish>
__device__ inline T block_sum_then(T v, T* partial, Finish&& finish) {
  const int lane = threadIdx.x % kWarp, warp = threadIdx.x / kWarp, warps = blockDim.x / kWarp;
  v = warp_sum_in_lane_0(v);
  if (warps > 1) {
    if (lane == 0) partial[warp] = v;
    __syncthreads();
    if (warp == 0) v = warp_sum_in_lane_0(lane < warps ? partial[lane] : T(0));
  }
  if (threadIdx.x == 0) partial[kWarp] = finish(v);
  __syncthreads();
  return partial[kWarp];
}

template <class T>
__device__ inline T block_sum(T v, T* partial) {
  return block_sum_then(v, partial, [](T sum) { return sum; });
}

}  // namespace wz::cuda
