/* Attention over a paged KV cache on CUDA devices: the operations of wootz/attention.h, on device memory.

   The structs are host memory and may be reused at once; the pointers in them (the cache's keys and values, a batch's begin, positions and
   tables, a rope's table, sinks) are device memory, as are all tensors. batch.sequences and batch.tokens are what the kernels' grids are made
   for; begin, positions and tables are read on the device, so that a recorded graph can be replayed with other contents. Rows from
   begin[sequences] to batch.tokens are padding: their results are undefined, and nothing of theirs goes into the cache.

   What only the device can see is not refused: a token whose position is negative, or not below the positions of its table, is not appended and
   gets NaN from attention; a key or value in a page whose number lies outside the cache is not written, and counts as not there when read. begin
   must ascend from 0 and end at or below batch.tokens; positions must ascend within a sequence.

   No operation waits for the device or allocates memory. */
#ifndef WOOTZ_CUDA_ATTENTION_H
#define WOOTZ_CUDA_ATTENTION_H

#include <stdint.h>
#include "wootz/attention.h"
#include "wootz/cuda.h"

#ifdef __cplusplus
extern "C" {
#endif

/* wz_rope_table, the CPU's bits. positions [tokens] and frequency [dim / 2] are device memory. */
WZ_API wz_status wz_cuda_rope_table(float* table, const int32_t* positions, const double* frequency, double scale, int64_t tokens, int32_t dim,
                                    wz_cuda_stream* stream);

/* wz_qk_rope_append, the CPU's bits but for sign and payload of NaN. */
WZ_API wz_status wz_cuda_qk_rope_append(float* q, float* k, const float* v, const float* q_norm, const float* k_norm, double epsilon,
                                        const wz_rope* rope, int32_t heads, const wz_batch* batch, const wz_kv_cache* cache,
                                        wz_cuda_stream* stream);

/* Bytes of scratch for a batch of at most so many tokens whose positions are below max_positions. 0 for arguments that no call would take. */
WZ_API int64_t wz_cuda_attention_scratch(int64_t tokens, int32_t heads, int32_t head_dim, int32_t max_positions);

/* Queues what makes new scratch usable: its first bytes count the blocks that have arrived, and every call of wz_cuda_attention leaves them as
   it found them. Once after the allocation, and again after a call that failed on the device. */
WZ_API wz_status wz_cuda_attention_scratch_clear(void* scratch, wz_cuda_stream* stream);

/* wz_attention for positions below max_positions (a token at or above it gets NaN); the grid grows with max_positions, so a recorded graph
   serves all lengths up to it. scratch: wz_cuda_attention_scratch bytes for at least these tokens and positions, aligned to 16, cleared once; one
   call at a time may use it. sinks [heads] is device memory. Results depend on nothing but the token's query and what it sees, bit for bit: not on
   the rest of the batch, the chunks, the page numbers or max_positions. Which kernel runs depends on head_dim and the cache's type alone (and on
   what is switched off, wootz/cuda_variants.h): f16 and bf16 caches with head_dim 64, 96 or 128 go to the tensor cores (weights rounded to the
   cache's type, sums in float32), everything else is computed in float32. */
WZ_API wz_status wz_cuda_attention(float* out, const float* q, const wz_attention_settings* settings, const wz_batch* batch,
                                   const wz_kv_cache* cache, void* scratch, int32_t max_positions, wz_cuda_stream* stream);

#ifdef __cplusplus
}
#endif
#endif
