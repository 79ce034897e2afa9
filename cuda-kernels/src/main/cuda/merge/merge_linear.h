// The linear combination's arguments, as they travel to the device, and its launch.
#pragma once
#include <cuda_runtime_api.h>
#include <cstdint>
#include "wootz/cuda.h"

namespace wz::cuda {

struct LinearArguments {
  void* out;
  int32_t out_dtype;
  int32_t models;
  wz_model base;  // x == nullptr: none
  double divisor;
  int64_t n;
  bool aligned;  // every tensor to 16 bytes
  wz_model x[WZ_CUDA_MODELS];
  double weights[WZ_CUDA_MODELS];
};
static_assert(sizeof(LinearArguments) <= 4096, "a kernel's parameters");

// Queues the kernel on the current device; in_double: WZ_ARITHMETIC_F64.
void merge_linear(const LinearArguments& arguments, bool in_double, cudaStream_t stream);

}  // namespace wz::cuda
