// Task arithmetic's arguments, as they travel to the device, and its launch.
#pragma once
#include <cuda_runtime_api.h>
#include <cstdint>
#include "wootz/cuda_merge.h"

namespace wz::cuda {

struct GtaArguments {
  void* out;
  wz_model base;
  int32_t out_dtype;
  int32_t models;
  bool consensus, normalize, packs;
  double lambda;
  int64_t n;
  wz_model x[WZ_CUDA_GTA_MODELS];
  double weights[WZ_CUDA_GTA_MODELS], rescale[WZ_CUDA_GTA_MODELS];
};
static_assert(sizeof(GtaArguments) <= 4096, "a kernel's parameters");

void merge_gta(const GtaArguments& arguments, int32_t arithmetic, cudaStream_t stream);

}  // namespace wz::cuda
