// What the driver of this machine has to do with it that there is no device.
#pragma once
#include <cuda_runtime_api.h>
#include <string>

namespace wz::cuda {

// A sentence for the error of counting devices, with the versions where they are the reason.
std::string why_no_device(cudaError_t error);

}  // namespace wz::cuda
