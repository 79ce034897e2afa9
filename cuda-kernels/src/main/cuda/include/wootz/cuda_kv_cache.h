/* Edits of a paged KV cache on CUDA devices: the operations of wootz/kv_cache.h, on device memory. Structs and the array of caches are host
   memory and may be reused at once; a span's table, a rope's table, keys and values and the page numbers are device memory.

   What only the device can see is not refused: a token in a page whose number lies outside the cache is not moved (nor is one that would go into
   such a page), and such a page is not cleared. No operation waits for the device or allocates memory. */
#ifndef WOOTZ_CUDA_KV_CACHE_H
#define WOOTZ_CUDA_KV_CACHE_H

#include <stdint.h>
#include "wootz/cuda.h"
#include "wootz/cuda_attention.h"
#include "wootz/kv_cache.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes of scratch with which count tokens can be moved: room for them in the largest layer, since layers go one after the other. 0 for arguments
   that no call would take. */
WZ_API int64_t wz_cuda_kv_move_scratch(const wz_kv_cache* caches, int32_t layers, int32_t count);

/* wz_kv_move, the CPU's bits but for sign and payload of NaN. scratch: wz_cuda_kv_move_scratch bytes, aligned to 16, through which the tokens go, so
   that the result is as if from had been copied first. NULL: straight, all layers at once, allowed where no place of to is the place of another
   token of from (other pages, or the same place for every token: keys turned where they are). delta.table is device memory and not looked at:
   cosines and sines must be of length 1. */
WZ_API wz_status wz_cuda_kv_move(const wz_kv_cache* caches, int32_t layers, const wz_kv_span* to, const wz_kv_span* from, int32_t count,
                                 const wz_rope* delta, void* scratch, wz_cuda_stream* stream);

/* wz_kv_clear; pages [count] is device memory. */
WZ_API wz_status wz_cuda_kv_clear(const wz_kv_cache* caches, int32_t layers, const int32_t* pages, int32_t count, wz_cuda_stream* stream);

#ifdef __cplusplus
}
#endif
#endif
