// to = from for count tokens of every head of every layer, keys turned by delta. A warp for each row of head_dim elements, which it reads before it
// writes: a row may take its own place. Tokens that lie where others go are first copied to scratch, [token, keys and values, head].
#include <algorithm>
#include "common/launch.h"
#include "kv_cache/kv_cache.h"
#include "kv_cache/kv_row.cuh"
#include "kv_cache/paged.cuh"

namespace wz::cuda {
namespace {

constexpr int kWarps = 4;

enum class Way { kStraight, kIntoScratch, kOutOfScratch };

__host__ __device__ inline int64_t bytes_of(int32_t dtype, int64_t elements) {
  switch (dtype) {
    case WZ_F32: return elements * 4;
    case WZ_F8_E4M3: return elements;
    case WZ_Q8_0: return elements / kQ8Block * kQ8Bytes;
    default: return elements * 2;
  }
}

template <class Unit>
__device__ inline void copy_units(char* to, const char* from, int64_t bytes, int lane) {
  for (int64_t i = lane; i < bytes / static_cast<int64_t>(sizeof(Unit)); i += kWarp) reinterpret_cast<Unit*>(to)[i] = reinterpret_cast<const Unit*>(from)[i];
}

// alignment: a power of two of which bytes and both addresses are multiples.
__device__ inline void copy_bytes(char* to, const char* from, int64_t bytes, int64_t alignment, int lane) {
  if (alignment % 16 == 0) {
    copy_units<uint4>(to, from, bytes, lane);
  } else if (alignment % 4 == 0) {
    copy_units<uint32_t>(to, from, bytes, lane);
  } else if (alignment % 2 == 0) {
    copy_units<uint16_t>(to, from, bytes, lane);
  } else {
    copy_units<uint8_t>(to, from, bytes, lane);
  }
}

struct Move {
  wz_kv_span to;
  wz_kv_span from;
  wz_rope delta;
  int32_t count;
  char* scratch;
};

// The row of a token of a span; -1 if its page lies outside the cache.
__device__ inline int64_t row_of_span(const wz_kv_cache& cache, const wz_kv_span& span, int32_t token, int32_t head) {
  const int32_t position = span.first + token, page = span.table[position / cache.page_tokens];
  return is_page(cache, page) ? kv_row(cache, page, head, position % cache.page_tokens) : -1;
}

template <int kChunks>
__device__ inline void turn_row(char* to, const char* from, const wz_kv_cache& cache, const wz_rope& delta, int lane) {
  // Whole blocks of q8_0 are rounded again where one of their elements turns.
  const int32_t turned = cache.dtype == WZ_Q8_0 ? (delta.dim + kQ8Block - 1) / kQ8Block * kQ8Block : delta.dim;
  float v[kChunks];
  turn(v, [&](int32_t c) { return load_kv(from, cache.dtype, c); }, delta.table, delta.dim, delta.interleaved != 0, turned, lane);
  __syncwarp();  // every lane has read
  store_kv(to, cache.dtype, 0, 0, v, turned, lane);
  const int64_t done = bytes_of(cache.dtype, turned), all = bytes_of(cache.dtype, cache.head_dim);
  copy_bytes(to + done, from + done, all - done, (done | all) & 15, lane);
}

template <Way kWay, int kChunks>
__global__ void __launch_bounds__(kWarps* kWarp, 4) kv_move_kernel(const __grid_constant__ CacheLayers layers, const __grid_constant__ Move move) {
  const wz_kv_cache& cache = layers.caches[blockIdx.y];
  const int lane = threadIdx.x % kWarp;
  const int64_t row = static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp;
  const int32_t both = 2 * cache.kv_heads, of_token = static_cast<int32_t>(row % both);
  if (row / both >= move.count) return;
  const auto token = static_cast<int32_t>(row / both);
  const bool key = of_token < cache.kv_heads;
  const int32_t head = key ? of_token : of_token - cache.kv_heads;
  const int64_t source = row_of_span(cache, move.from, token, head), target = row_of_span(cache, move.to, token, head);
  if (source < 0 || target < 0) return;
  const int64_t bytes = bytes_of(cache.dtype, cache.head_dim);
  auto* data = static_cast<char*>(key ? cache.keys : cache.values);
  const char* from = kWay == Way::kOutOfScratch ? move.scratch + row * bytes : data + source * bytes;
  char* to = kWay == Way::kIntoScratch ? move.scratch + row * bytes : data + target * bytes;
  if (kWay != Way::kIntoScratch && key && move.delta.dim > 0) {
    turn_row<kChunks>(to, from, cache, move.delta, lane);
  } else {
    copy_bytes(to, from, bytes, bytes & 15, lane);
  }
}

template <Way kWay>
void launch(const CacheLayers& layers, int32_t count, const Move& move, cudaStream_t stream) {
  int64_t heads = 0;
  int32_t dim = 0;
  for (int32_t l = 0; l < count; ++l) {
    heads = std::max<int64_t>(heads, layers.caches[l].kv_heads);
    dim = std::max(dim, layers.caches[l].head_dim);
  }
  const dim3 grid(blocks_of(ceil_divide(2 * heads * move.count, kWarps)), static_cast<unsigned>(count));
  if (dim <= kFewChunks * kWarp) {
    kv_move_kernel<kWay, kFewChunks><<<grid, kWarps * kWarp, 0, stream>>>(layers, move);
  } else {
    kv_move_kernel<kWay, kAllChunks><<<grid, kWarps * kWarp, 0, stream>>>(layers, move);
  }
  check(cudaGetLastError());
}

}  // namespace

void kv_move(const wz_kv_cache* caches, int32_t layers, const wz_kv_span& to, const wz_kv_span& from, int32_t count, const wz_rope& delta, void* scratch,
             cudaStream_t stream) {
  const Move move{to, from, delta, count, static_cast<char*>(scratch)};
  const int32_t at_once = scratch == nullptr ? kLayersOfLaunch : 1;
  for (int32_t first = 0; first < layers; first += at_once) {
    const int32_t some = std::min(at_once, layers - first);
    CacheLayers of{};
    std::copy(caches + first, caches + first + some, of.caches);
    if (scratch == nullptr) {
      launch<Way::kStraight>(of, some, move, stream);
    } else {
      launch<Way::kIntoScratch>(of, some, move, stream);
      launch<Way::kOutOfScratch>(of, some, move, stream);
    }
  }
}

}  // namespace wz::cuda
