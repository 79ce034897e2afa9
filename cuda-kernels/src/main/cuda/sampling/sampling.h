// The launches behind wootz/cuda_sampling.h, on the current device; arguments are checked, and there is work.
#pragma once
#include <cuda_runtime_api.h>
#include <cstdint>
#include "wootz/sampling.h"

namespace wz::cuda {

// What the kernels of a call share. sampling NULL: the logits as they are; context NULL: no row has one.
struct SamplingBatch {
  const float* logits;  // [rows, vocabulary]
  int64_t rows;
  int32_t vocabulary;
  const wz_sampling* sampling;
  const wz_sampling_context* context;
  const double* uniform;
  double unit;  // of masses, mass_unit(vocabulary)
  void* scratch;
};

int64_t sampling_scratch(int64_t rows, int64_t vocabulary);
double mass_unit(int64_t vocabulary);

// In this order. Scratch of each row: cleared, and the logits of tokens with a penalty or bias processed; all logits processed, and their maximum;
// masses of the processed and of the given logits, as a histogram.
void prepare_rows(const SamplingBatch& batch, cudaStream_t stream);
void process_logits(const SamplingBatch& batch, cudaStream_t stream);
void add_masses(const SamplingBatch& batch, bool raw, cudaStream_t stream);

// Then one of these.
void draw(int32_t* ids, float* logprobs, const SamplingBatch& batch, cudaStream_t stream);
void top_logits(int32_t* ids, float* logprobs, int32_t k, const SamplingBatch& batch, cudaStream_t stream);

void logprobs(float* out, const float* logits, const int32_t* ids, int64_t rows, int32_t vocabulary, cudaStream_t stream);

}  // namespace wz::cuda
