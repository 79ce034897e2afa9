/* From logits to the next token, in the order of Hugging Face's logits processors: repetition penalty, presence and frequency penalties, bias,
   temperature, top-k, top-p, min-p, draw. */
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
  float top_p;       /* 1: all. The smallest set of most probable tokens whose probability is at least top_p; at least one */
  float min_p;       /* 0: all. Tokens with at least min_p times the largest probability */
  float repetition_penalty; /* r: logits of tokens seen (history, once each) are divided by r when positive, else multiplied; 1: none */
  float presence_penalty;   /* subtracted once from tokens that generated holds */
  float frequency_penalty;  /* ... for each time */
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

/* Bytes of scratch for a vocabulary of this size. */
WZ_API int64_t wz_sampling_scratch(int64_t vocabulary);

/* The tokens that survive, by descending probability (equal ones by ascending id), and their probabilities; *count of them.
   ids and probabilities [vocabulary]. NaN logits are refused, as is a mask that allows nothing. */
WZ_API wz_status wz_sampling_distribution(int32_t* ids, float* probabilities, int64_t* count, const float* logits, int64_t vocabulary,
                                          const wz_sampling* sampling, const wz_sampling_context* context, void* scratch);

/* *id: drawn from that distribution by inverting its cumulative sum at uniform in [0, 1). *logprob: log softmax(logits)[*id] of the logits as
   given, before any processing. Either result may be NULL. */
WZ_API wz_status wz_sample(int32_t* id, float* logprob, const float* logits, int64_t vocabulary, const wz_sampling* sampling,
                           const wz_sampling_context* context, double uniform, void* scratch);

/* out[r] = log softmax(logits[r])[ids[r]], logits [rows, vocabulary]; sums in float64. */
WZ_API wz_status wz_logprobs(float* out, const float* logits, const int32_t* ids, int64_t rows, int64_t vocabulary, wz_threads* pool);

/* The k largest of logits [vocabulary], descending, of equals the lower id first, with their log-probabilities (NULL: not wanted). */
WZ_API wz_status wz_top_logits(int32_t* ids, float* logprobs, const float* logits, int64_t vocabulary, int64_t k, void* scratch);

#ifdef __cplusplus
}
#endif
#endif
