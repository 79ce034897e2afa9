/* From logits to the next token, in the order of Hugging Face's logits processors: repetition penalty, presence and frequency penalties, bias,
   temperature, top-k, top-p, min-p, draw.

   Logits may be -infinity: such tokens have no probability. Refused: NaN, +infinity, and logits that leave no token with a finite one.
   Processed logits and exponentials are float32. Probabilities are added as integers, of which the most probable token has 2^44 in a vocabulary
   of 2^17 to 2^18 tokens (base/vocabulary.h): every sum is the same in any order, so results do not depend on how they are found. */
#ifndef WOOTZ_SAMPLING_H
#define WOOTZ_SAMPLING_H

#include <stdint.h>
#include "wootz/cpu.h"
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wz_sampling {
  float temperature; /* 0: the largest logit, the lower id of equals */
  int32_t top_k;     /* 0: all. Ties with the k-th are kept, as in Hugging Face */
  float top_p;       /* 1: all. The smallest set of most probable tokens whose probability among those that top-k left is at least top_p; at least
                        one; of equally probable ones the lower ids */
  float min_p;       /* 0: all. Tokens with at least min_p times the largest probability */
  float repetition_penalty; /* r: logits of tokens seen (history, once each) are divided by r when positive, else multiplied; 1: none */
  float presence_penalty;   /* subtracted once from tokens that generated holds */
  float frequency_penalty;  /* ... for each time: logit - frequency * count - presence */
} wz_sampling;

typedef struct wz_sampling_context {
  const int32_t* history; /* prompt and generated tokens, for the repetition penalty */
  int64_t history_count;
  const int32_t* generated; /* for presence and frequency */
  int64_t generated_count;
  const int32_t* bias_ids; /* logit bias: added to these ids */
  const float* bias;
  int64_t bias_count;
  const uint32_t* mask; /* bit id % 32 of word id / 32: allowed; NULL: all. Applied before everything else */
} wz_sampling_context;

/* Bytes of scratch for a vocabulary of this size; it must be aligned to 64 bytes. */
WZ_API int64_t wz_sampling_scratch(int64_t vocabulary);

/* The tokens that survive, by descending probability (equal ones by ascending id), and their probabilities; *count of them.
   ids and probabilities [vocabulary]. context may be NULL. */
WZ_API wz_status wz_sampling_distribution(int32_t* ids, float* probabilities, int64_t* count, const float* logits, int64_t vocabulary,
                                          const wz_sampling* sampling, const wz_sampling_context* context, void* scratch);

/* *id: drawn from that distribution by inverting its cumulative sum at uniform in [0, 1). *logprob: log softmax(logits)[*id] of the logits as
   given, before any processing. Either result may be NULL. */
WZ_API wz_status wz_sample(int32_t* id, float* logprob, const float* logits, int64_t vocabulary, const wz_sampling* sampling,
                           const wz_sampling_context* context, double uniform, void* scratch);

/* out[r] = log softmax(logits[r])[ids[r]], logits [rows, vocabulary], to about 1e-6. */
WZ_API wz_status wz_logprobs(float* out, const float* logits, const int32_t* ids, int64_t rows, int64_t vocabulary, wz_threads* pool);

/* The k largest of logits [vocabulary], descending, of equals the lower id first, with their log-probabilities (NULL: not wanted).
   1 <= k <= vocabulary. */
WZ_API wz_status wz_top_logits(int32_t* ids, float* logprobs, const float* logits, int64_t vocabulary, int64_t k, void* scratch);

#ifdef __cplusplus
}
#endif
#endif
