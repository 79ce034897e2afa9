// The Gram matrix's arguments, as they travel to the device, and its launch.
#pragma once
#include <cuda_runtime_api.h>
#include <cstdint>
#include "wootz/cuda_merge.h"

namespace wz::cuda {

struct GramArguments {
  double* gram;    // [models, models]
  double* blocks;  // [pairs, blocks of WZ_BLOCK elements], pair (i, j), i <= j, row by row
  int32_t models;
  wz_model base;  // x == nullptr: none
  int64_t n;
  wz_model x[WZ_CUDA_MODELS];
};
static_assert(sizeof(GramArguments) <= 4096, "a kernel's parameters");

inline int64_t gram_blocks(int64_t n) { return n / WZ_BLOCK + (n % WZ_BLOCK != 0 ? 1 : 0); }
inline int64_t gram_pairs(int64_t models) { return models * (models + 1) / 2; }

void merge_gram(const GramArguments& arguments, cudaStream_t stream);

}  // namespace wz::cuda
