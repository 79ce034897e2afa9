// The linear combination's arguments, as they travel to the device, and its launch.
#pragma once
#include <cuda_runtime_api.h>
#include <cstdint>
#include "wootz/cuda_merge.h"

namespace wz::cuda {

// Whose weights: one for each model, or an array in device memory.
enum class WeightsOf { kModels, kRows, kColumns };

struct LinearArguments {
  void* out;
  int32_t out_dtype;
  int32_t models;
  wz_model base;  // x == nullptr: none
  double divisor;
  int64_t n;
  int64_t cols;                 // kRows, kColumns
  const double* array_weights;  // kRows: [n / cols, models]; kColumns: [models, cols]
  bool packs;                   // every tensor is aligned to 16 bytes, and no pack crosses a row that matters
  wz_model x[WZ_CUDA_MODELS];
  double weights[WZ_CUDA_MODELS];  // kModels
};
static_assert(sizeof(LinearArguments) <= 4096, "a kernel's parameters");

// Queues the kernel on the current device.
void merge_linear(const LinearArguments& arguments, WeightsOf weights, int32_t arithmetic, cudaStream_t stream);

}  // namespace wz::cuda
