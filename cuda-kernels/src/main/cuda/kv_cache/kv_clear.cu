// Every byte of keys and values of some pages becomes 0. A block for each page of each layer's keys and values.
#include <algorithm>
#include "common/launch.h"
#include "kv_cache/kv_cache.h"
#include "kv_cache/paged.cuh"

namespace wz::cuda {
namespace {

constexpr int kThreads = 256;

__global__ void __launch_bounds__(kThreads) kv_clear_kernel(const __grid_constant__ CacheLayers layers, const int32_t* pages) {
  const wz_kv_cache& cache = layers.caches[blockIdx.y / 2];
  const int32_t page = pages[blockIdx.x];
  if (!is_page(cache, page)) return;
  const int64_t elements = static_cast<int64_t>(cache.kv_heads) * cache.page_tokens * cache.head_dim;
  // Of a page, a multiple of 16: page_tokens is one.
  const int64_t bytes = cache.dtype == WZ_Q8_0 ? elements / 32 * 34 : elements * (cache.dtype == WZ_F32 ? 4 : cache.dtype == WZ_F8_E4M3 ? 1 : 2);
  auto* to = reinterpret_cast<uint4*>(static_cast<char*>(blockIdx.y % 2 == 0 ? cache.keys : cache.values) + page * bytes);
  for (int64_t i = threadIdx.x; i < bytes / 16; i += kThreads) to[i] = make_uint4(0, 0, 0, 0);
}

}  // namespace

void kv_clear(const wz_kv_cache* caches, int32_t layers, const int32_t* pages, int32_t count, cudaStream_t stream) {
  for (int32_t first = 0; first < layers; first += kLayersOfLaunch) {
    const int32_t some = std::min(kLayersOfLaunch, layers - first);
    CacheLayers of{};
    std::copy(caches + first, caches + first + some, of.caches);
    kv_clear_kernel<<<dim3(blocks_of(count), 2 * static_cast<unsigned>(some)), kThreads, 0, stream>>>(of, pages);
    check(cudaGetLastError());
  }
}

}  // namespace wz::cuda
