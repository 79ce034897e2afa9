// Rows of the KV cache in a warp's registers: element lane + 32 j of head_dim in v[j]. A block of q8_0 is one j.
#pragma once
#include <cstdint>
#include "common/exact.cuh"
#include "common/f8.cuh"
#include "common/pack.cuh"
#include "common/reduce.cuh"
#include "wootz/attention.h"

namespace wz::cuda {

constexpr int32_t kQ8Block = 32, kQ8Bytes = 34;  // f16 scale, 32 x int8

// Chunks of 32 elements that a kernel holds: of the usual heads, and of the largest.
constexpr int kFewChunks = 4, kAllChunks = 16;

__device__ inline const uint16_t* q8_0_block(const void* cache, int64_t element) {
  return reinterpret_cast<const uint16_t*>(static_cast<const char*>(cache) + element / kQ8Block * kQ8Bytes);
}

// Element number i from the start of the cache.
__device__ inline float load_kv(const void* cache, int32_t dtype, int64_t i) {
  switch (dtype) {
    case WZ_F32: return static_cast<const float*>(cache)[i];
    case WZ_F16: return f32_from_f16(static_cast<const uint16_t*>(cache)[i]);
    case WZ_BF16: return f32_from_bf16(static_cast<const uint16_t*>(cache)[i]);
    case WZ_F8_E4M3: return f32_from_f8_e4m3(static_cast<const uint8_t*>(cache)[i]);
    default: {
      const uint16_t* block = q8_0_block(cache, i);
      return multiply(f32_from_f16(block[0]), static_cast<float>(reinterpret_cast<const int8_t*>(block + 1)[i % kQ8Block]));
    }
  }
}

// One block, an element a lane: rounded with respect to the scale that is stored; NaN spoils the block, infinities become the largest number.
__device__ inline void store_q8_0(void* cache, int64_t i, float x, int lane) {
  float largest = fabsf(x);
#pragma unroll
  for (int s = kWarp / 2; s > 0; s /= 2) largest = fmaxf(largest, __shfl_xor_sync(kWholeWarp, largest, s));  // leaves NaN out
  const bool nan = __any_sync(kWholeWarp, x != x);
  const float wanted = divide(largest, 127.0f);
  const uint16_t stored = nan ? uint16_t{0x7E00} : f16_from_f32(wanted > 65504.0f ? 65504.0f : wanted);
  const float scale = f32_from_f16(stored);
  const float q = scale > 0 ? rintf(divide(x, scale)) : 0.0f;
  auto* block = const_cast<uint16_t*>(q8_0_block(cache, i));
  if (lane == 0) block[0] = stored;
  reinterpret_cast<int8_t*>(block + 1)[lane] = static_cast<int8_t>(q > 127.0f ? 127.0f : q < -127.0f ? -127.0f : q);
}

// The leading n elements of a row of head_dim, for q8_0 whole blocks. The whole warp calls it.
template <int kChunks>
__device__ inline void store_kv(void* cache, int32_t dtype, int64_t row, int32_t head_dim, const float (&v)[kChunks], int32_t n, int lane) {
  const int64_t first = row * head_dim;
#pragma unroll
  for (int j = 0; j < kChunks; ++j) {
    const int32_t c = lane + kWarp * j;
    if (dtype == WZ_Q8_0) {
      if (kWarp * j < n) store_q8_0(cache, first + kWarp * j, v[j], lane);
      continue;
    }
    if (c >= n) continue;
    switch (dtype) {
      case WZ_F32: static_cast<float*>(cache)[first + c] = v[j]; break;
      case WZ_F16: static_cast<uint16_t*>(cache)[first + c] = f16_from_f32(v[j]); break;
      case WZ_BF16: static_cast<uint16_t*>(cache)[first + c] = bf16_from_f32(v[j]); break;
      default: static_cast<uint8_t*>(cache)[first + c] = f8_e4m3_from_f32_saturated(v[j]); break;
    }
  }
}

// v = elements [0, n) of x(c), the first dim of them turned by the row's cosines and sines [2, dim / 2].
template <int kChunks, class X>
__device__ inline void turn(float (&v)[kChunks], X&& x, const float* cosine, int32_t dim, bool interleaved, int32_t n, int lane) {
  const int32_t half = dim / 2;
#pragma unroll
  for (int j = 0; j < kChunks; ++j) {
    const int32_t c = lane + kWarp * j;
    v[j] = 0;
    if (c >= n) continue;
    if (c >= dim) {
      v[j] = x(c);
      continue;
    }
    const int32_t pair = interleaved ? c / 2 : c < half ? c : c - half;
    const bool first = interleaved ? c % 2 == 0 : c < half;
    const float a = x(interleaved ? 2 * pair : pair), b = x(interleaved ? 2 * pair + 1 : pair + half);
    const float cos = cosine[pair], sin = cosine[half + pair];
    v[j] = first ? subtract(multiply(a, cos), multiply(b, sin)) : add(multiply(b, cos), multiply(a, sin));
  }
}

}  // namespace wz::cuda
