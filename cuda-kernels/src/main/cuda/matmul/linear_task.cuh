// What one block of threads computes: a tile of a weight's rows against a chunk of rows of x, of one part or one expert.
// Blocks with the same tile and neighbouring chunks lie side by side in the grid, so that a weight read once serves them from L2.
#pragma once
#include <cstdint>
#include "common/launch.h"
#include "common/reduce.cuh"
#include "matmul/linear.h"

namespace wz::cuda {

struct LinearTask {
  LinearOutput output;
  int32_t row;           // first row of the weight
  int32_t first, count;  // rows of out
};

// The row of x that row i of out comes from, -1 where row_of leads outside.
__device__ inline int32_t x_row(const DenseLinear&, int32_t i) { return i; }
__device__ inline int32_t x_row(const GroupedLinear& linear, int32_t i) {
  const int32_t row = linear.row_of != nullptr ? linear.row_of[i] : i;
  return row >= 0 && row < linear.x.rows ? row : -1;
}

inline int64_t chunks(const DenseLinear& linear, int chunk) { return ceil_divide(linear.x.rows, chunk); }
// How the assignments fall to the experts only the device knows; this is the most that it can be.
inline int64_t chunks(const GroupedLinear& linear, int chunk) {
  const int32_t least = linear.count < linear.assignments ? linear.count : linear.assignments;
  return linear.assignments / chunk + least;
}

inline int64_t tiles(const DenseLinear& linear, int tile) {
  int64_t n = 0;
  for (int32_t p = 0; p < linear.count; ++p) n += ceil_divide(linear.part[p].rows, tile);
  return n;
}
inline int64_t tiles(const GroupedLinear& linear, int tile) { return ceil_divide(linear.rows, tile); }

// False: nothing to do. All threads of a warp call it.
__device__ inline bool task_of(const DenseLinear& linear, int tile, int chunk, LinearTask* task) {
  const int32_t parts = (linear.x.rows + chunk - 1) / chunk;
  int32_t t = static_cast<int32_t>(blockIdx.x) / parts, p = 0;
  for (; p < linear.count - 1; ++p) {
    const int32_t n = (linear.part[p].rows + tile - 1) / tile;
    if (t < n) break;
    t -= n;
  }
  task->output = linear.part[p];
  task->row = t * tile;
  task->first = static_cast<int32_t>(blockIdx.x) % parts * chunk;
  task->count = min(chunk, linear.x.rows - task->first);
  return true;
}

__device__ inline bool task_of(const GroupedLinear& linear, int tile, int chunk, LinearTask* task) {
  const int32_t row_tiles = (linear.rows + tile - 1) / tile;
  const int32_t slots = static_cast<int32_t>(gridDim.x) / row_tiles, lane = static_cast<int32_t>(threadIdx.x) % kWarp;
  int32_t slot = static_cast<int32_t>(blockIdx.x) % slots;
  for (int32_t base = 0; base < linear.count; base += kWarp) {
    const int32_t e = base + lane;
    const int32_t begin = e < linear.count ? linear.begin[e] : 0, end = e < linear.count ? min(linear.begin[e + 1], linear.assignments) : 0;
    const int32_t n = end > begin ? (end - begin + chunk - 1) / chunk : 0;
    int32_t upto = n;
#pragma unroll
    for (int s = 1; s < kWarp; s *= 2) {
      const int32_t before = __shfl_up_sync(kWholeWarp, upto, s);
      upto += lane >= s ? before : 0;
    }
    const unsigned mine = __ballot_sync(kWholeWarp, slot < upto);
    if (mine == 0) {
      slot -= __shfl_sync(kWholeWarp, upto, kWarp - 1);
      continue;
    }
    const int owner = __ffs(static_cast<int>(mine)) - 1;
    const int32_t first = begin + (slot - (upto - n)) * chunk;
    task->first = __shfl_sync(kWholeWarp, first, owner);
    task->count = min(chunk, __shfl_sync(kWholeWarp, end, owner) - task->first);
    task->row = static_cast<int32_t>(blockIdx.x) / slots * tile;
    task->output = {linear.weight[base + owner], nullptr, linear.out, linear.rows, linear.rows, 0};
    return task->output.weight != nullptr;
  }
  return false;
}

// out (+)= sum + bias, each rounded once.
__device__ inline void store(const LinearOutput& output, int32_t i, int32_t row, float sum) {
  float* at = output.out + i * output.out_stride + row;
  if (output.bias != nullptr) sum = add(sum, output.bias[row]);
  *at = output.add != 0 ? add(*at, sum) : sum;
}

}  // namespace wz::cuda
