/* wootz/sampling.h on CUDA devices: from logits to the next token, for a batch of rows, with nothing copied to the host and nothing sorted.

   Every argument is an array in device memory, the structs and the arrays that they point to too, so that the contents may change between
   two launches of a CUDA graph. Results are the CPU's: its ids exactly, whatever the ties (masses are integers, their sums the same in any order),
   and its log-probabilities' bits. A row that the CPU refuses (NaN or +infinity among the logits, no token left, a setting, token id or uniform number
   out of range) gets id -1 and log-probability NaN. Nothing is allocated and nothing waited for.

   scratch: wz_cuda_sampling_scratch bytes of device memory, aligned to 256; what it holds does not matter. */
#ifndef WOOTZ_CUDA_SAMPLING_H
#define WOOTZ_CUDA_SAMPLING_H

#include <stdint.h>
#include "wootz/cuda.h"
#include "wootz/sampling.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bytes for rows of a vocabulary of this size, about 12 for each logit; 0 for arguments that are out of range. */
WZ_API int64_t wz_cuda_sampling_scratch(int64_t rows, int64_t vocabulary);

/* For each row: ids[r] drawn by inverting the cumulative distribution at uniform[r] in [0, 1); logprobs[r] = log softmax(logits[r])[ids[r]] of the logits
   as given, or logprobs NULL. logits [rows, vocabulary]; sampling, contexts and uniform [rows], contexts may be NULL. */
WZ_API wz_status wz_cuda_sample(int32_t* ids, float* logprobs, const float* logits, int64_t rows, int64_t vocabulary, const wz_sampling* sampling,
                                const wz_sampling_context* contexts, const double* uniform, void* scratch, wz_cuda_stream* stream);

/* out[r] = log softmax(logits[r])[ids[r]]; NaN for an id outside [0, vocabulary). */
WZ_API wz_status wz_cuda_logprobs(float* out, const float* logits, const int32_t* ids, int64_t rows, int64_t vocabulary, wz_cuda_stream* stream);

/* For each row the k largest logits: ids [rows, k] descending, of equals the lower id first, logprobs [rows, k] or NULL.
   1 <= k <= vocabulary, k <= WZ_CUDA_TOP_LOGITS. */
#define WZ_CUDA_TOP_LOGITS 1024
WZ_API wz_status wz_cuda_top_logits(int32_t* ids, float* logprobs, const float* logits, int64_t rows, int64_t vocabulary, int64_t k, void* scratch,
                                    wz_cuda_stream* stream);

#ifdef __cplusplus
}
#endif
#endif
