// Assignments [assignments] sorted by expert, stable. Every expert has a warp of its own, which passes over all assignments twice: it counts those
// of the experts before it, which is where its own begin, and then gives its own their places in order. No two warps touch the same memory, and
// the passes of a block's warps go over the same lines of the cache. Warp `experts` closes begin and marks what has no expert.
#include "common/launch.h"
#include "common/reduce.cuh"
#include "ops/transformer.h"

namespace wz::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kTogether = 4;  // loads in flight

struct Sorting {
  int32_t *begin, *row_of, *place;
  const int32_t* expert;
  int32_t assignments, experts, k;
};

__device__ inline uint32_t expert_at(const Sorting& a, int64_t i) { return i < a.assignments ? static_cast<uint32_t>(a.expert[i]) : ~0u; }

// f(i, expert of i) for lanes i = first + lane, the same number of times in every lane.
template <class F>
__device__ inline void for_each_assignment(const Sorting& a, F&& f) {
  for (int64_t i = threadIdx.x % kWarp; i < a.assignments + threadIdx.x % kWarp; i += kTogether * kWarp) {
    uint32_t e[kTogether];
#pragma unroll
    for (int j = 0; j < kTogether; ++j) e[j] = expert_at(a, i + j * kWarp);
#pragma unroll
    for (int j = 0; j < kTogether; ++j) f(i + j * kWarp, e[j]);
  }
}

__global__ void __launch_bounds__(kThreads) moe_sort_kernel(const __grid_constant__ Sorting a) {
  const auto mine = static_cast<uint32_t>(blockIdx.x * (kThreads / kWarp) + threadIdx.x / kWarp);
  const uint32_t experts = static_cast<uint32_t>(a.experts);
  if (mine > experts) return;
  const unsigned before = (1u << threadIdx.x % kWarp) - 1;
  int32_t at = 0;
  for_each_assignment(a, [&](int64_t, uint32_t e) { at += __popc(__ballot_sync(kWholeWarp, e < mine)); });
  if (threadIdx.x % kWarp == 0) a.begin[mine] = at;
  for_each_assignment(a, [&](int64_t i, uint32_t e) {
    const unsigned of_mine = __ballot_sync(kWholeWarp, e == mine);
    if (mine < experts && e == mine) {
      const int32_t to = at + __popc(of_mine & before);
      a.row_of[to] = static_cast<int32_t>(i) / a.k;
      a.place[i] = to;
    }
    if (mine == experts && e >= experts && i < a.assignments) a.place[i] = -1;
    at += __popc(of_mine);
  });
}

}  // namespace

void moe_sort(int32_t* begin, int32_t* row_of, int32_t* place, const int32_t* expert, int32_t assignments, int32_t experts, int32_t k,
              cudaStream_t stream) {
  const Sorting a = {begin, row_of, place, expert, assignments, experts, k};
  moe_sort_kernel<<<blocks_of(ceil_divide(int64_t{experts} + 1, kThreads / kWarp)), kThreads, 0, stream>>>(a);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
