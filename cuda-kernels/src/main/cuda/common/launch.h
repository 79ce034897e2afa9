// How many blocks a kernel is launched with.
#pragma once
#include <cuda_runtime_api.h>
#include <algorithm>
#include <cstdint>
#include "common/guarded.h"

namespace wz::cuda {

constexpr int64_t kMostBlocks = 0x7FFFFFFF;  // gridDim.x

inline int64_t ceil_divide(int64_t n, int64_t by) { return (n + by - 1) / by; }

// For kernels whose blocks each take one part of the work: as many blocks as there are parts.
inline unsigned blocks_of(int64_t parts) {
  if (parts > kMostBlocks) throw Refusal(WZ_UNSUPPORTED, "found work for " + std::to_string(parts) + " blocks, expected at most 2^31 - 1");
  return static_cast<unsigned>(std::max<int64_t>(1, parts));
}

inline int multiprocessors() {
  int device = 0, count = 0;
  check(cudaGetDevice(&device));
  check(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device));
  return count;
}

// For kernels that stride over the grid: as many blocks as the current device holds at once, fewer for little work.
template <class Kernel>
unsigned resident_blocks(Kernel kernel, int threads, int64_t parts) {
  int resident = 0;
  check(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&resident, kernel, threads, 0));
  return static_cast<unsigned>(std::max<int64_t>(1, std::min<int64_t>(parts, static_cast<int64_t>(multiprocessors()) * resident)));
}

}  // namespace wz::cuda
