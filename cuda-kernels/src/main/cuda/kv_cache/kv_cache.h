// What capi/kv_cache.cc asks: the launches on the current device.
#pragma once
#include <cuda_runtime_api.h>
#include <cstdint>
#include "wootz/kv_cache.h"

namespace wz::cuda {

constexpr int32_t kLayersOfLaunch = 64;  // whose caches travel as a kernel's arguments

struct CacheLayers {
  wz_kv_cache caches[kLayersOfLaunch];
};

// delta.dim 0: none. scratch nullptr: straight from place to place; else layer by layer through it.
void kv_move(const wz_kv_cache* caches, int32_t layers, const wz_kv_span& to, const wz_kv_span& from, int32_t count, const wz_rope& delta, void* scratch,
             cudaStream_t stream);

void kv_clear(const wz_kv_cache* caches, int32_t layers, const int32_t* pages, int32_t count, cudaStream_t stream);

}  // namespace wz::cuda
