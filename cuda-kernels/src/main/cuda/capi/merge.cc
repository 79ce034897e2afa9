// The C face of the merge operations: arguments checked as on the CPU, and that the pointers are memory of one device.
#include <cmath>
#include <cstdint>
#include <string>
#include "common/guarded.h"
#include "merge/merge_linear.h"
#include "wootz/cuda.h"

namespace wz::cuda {
namespace {

[[noreturn]] void refuse(wz_status status, const std::string& message) { throw Refusal(status, message); }

void check_dtype(const std::string& name, int32_t dtype) {
  if (dtype != WZ_F32 && dtype != WZ_F16 && dtype != WZ_BF16) {
    refuse(WZ_UNSUPPORTED, name + ": found dtype " + std::to_string(dtype) + ", expected f32, f16 or bf16");
  }
}

void check_finite(const std::string& name, double value) {
  if (std::isnan(value)) refuse(WZ_INVALID_ARGUMENT, name + ": found NaN, expected a number");
}

// The device that p lies on.
int device_of(const std::string& name, const void* p) {
  if (p == nullptr) refuse(WZ_INVALID_ARGUMENT, name + ": found NULL, expected device memory");
  cudaPointerAttributes attributes;
  check(cudaPointerGetAttributes(&attributes, p));
  if (attributes.type != cudaMemoryTypeDevice && attributes.type != cudaMemoryTypeManaged) {
    refuse(WZ_INVALID_ARGUMENT, name + ": found host memory, expected device memory");
  }
  return attributes.device;
}

void check_same_device(const std::string& name, const void* p, int device) {
  const int found = device_of(name, p);
  if (found != device) {
    refuse(WZ_INVALID_ARGUMENT, name + ": found memory of device " + std::to_string(found) + ", out is on device " + std::to_string(device));
  }
}

bool aligned(const void* p) { return reinterpret_cast<uintptr_t>(p) % 16 == 0; }

}  // namespace
}  // namespace wz::cuda

wz_status wz_cuda_merge_linear(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base, const double* weights,
                               double divisor, int32_t arithmetic, int64_t n, wz_cuda_stream* stream) {
  return wz::cuda::guarded("wz_cuda_merge_linear", [&] {
    using namespace wz::cuda;
    if (n < 0) refuse(WZ_INVALID_ARGUMENT, "n: found " + std::to_string(n) + ", expected 0 or more");
    if (models < 1 || models > WZ_CUDA_MODELS) {
      refuse(WZ_UNSUPPORTED, "models: found " + std::to_string(models) + ", expected 1 to " + std::to_string(WZ_CUDA_MODELS));
    }
    if (x == nullptr || weights == nullptr) refuse(WZ_INVALID_ARGUMENT, "x or weights: found NULL, expected an array");
    if (arithmetic != WZ_ARITHMETIC_F32 && arithmetic != WZ_ARITHMETIC_F64) {
      refuse(WZ_UNSUPPORTED, "arithmetic: found " + std::to_string(arithmetic) + ", expected WZ_ARITHMETIC_F32 or WZ_ARITHMETIC_F64");
    }
    check_dtype("out", out_dtype);
    check_finite("divisor", divisor);
    if (divisor == 0) refuse(WZ_INVALID_ARGUMENT, "divisor: found 0, expected another number");
    LinearArguments arguments = {};
    arguments.out = out;
    arguments.out_dtype = out_dtype;
    arguments.models = models;
    arguments.divisor = divisor;
    arguments.n = n;
    arguments.aligned = aligned(out);
    for (int32_t k = 0; k < models; ++k) {
      check_dtype("x[" + std::to_string(k) + "]", x[k].dtype);
      check_finite("weights[" + std::to_string(k) + "]", weights[k]);
      arguments.x[k] = x[k];
      arguments.weights[k] = weights[k];
      arguments.aligned = arguments.aligned && aligned(x[k].x);
    }
    if (base != nullptr && base->x != nullptr) {
      check_dtype("base", base->dtype);
      arguments.base = *base;
      arguments.aligned = arguments.aligned && aligned(base->x);
    }
    if (n == 0) return;
    const int device = device_of("out", out);
    for (int32_t k = 0; k < models; ++k) check_same_device("x[" + std::to_string(k) + "]", x[k].x, device);
    if (arguments.base.x != nullptr) check_same_device("base", arguments.base.x, device);
    CurrentDevice current(device);
    merge_linear(arguments, arithmetic == WZ_ARITHMETIC_F64, reinterpret_cast<cudaStream_t>(stream));
  });
}
