#include "capi/arguments.h"
#include <cmath>
#include <limits>

namespace wz::cuda {
namespace {

std::string found(const std::string& name, const std::string& what) { return name + ": found " + what + ", expected "; }

}  // namespace

void check_within(const std::string& name, int64_t value, int64_t least, int64_t most) {
  if (value >= least && value <= most) return;
  refuse(WZ_INVALID_ARGUMENT, found(name, std::to_string(value)) + std::to_string(least) + " to " + std::to_string(most));
}

void check_at_least(const std::string& name, int64_t value, int64_t least) {
  if (value < least) refuse(WZ_INVALID_ARGUMENT, found(name, std::to_string(value)) + std::to_string(least) + " or more");
}

int64_t check_shape(int64_t rows, int64_t cols) {
  constexpr int64_t kMost = std::numeric_limits<int64_t>::max() / 16;
  check_at_least("rows", rows, 0);
  check_at_least("cols", cols, 0);
  if (cols > 0 && rows > kMost / cols) {
    refuse(WZ_INVALID_ARGUMENT, "rows, cols: found " + std::to_string(rows) + " x " + std::to_string(cols) + ", expected at most 2^59 elements");
  }
  return rows * cols;
}

void check_number(const std::string& name, double value) {
  if (std::isnan(value)) refuse(WZ_INVALID_ARGUMENT, found(name, "NaN") + "a number");
}

void check_dtype(const std::string& name, int32_t dtype) {
  if (dtype == WZ_F32 || dtype == WZ_F16 || dtype == WZ_BF16) return;
  refuse(WZ_UNSUPPORTED, found(name, "dtype " + std::to_string(dtype)) + "f32, f16 or bf16");
}

void check_host(const std::string& name, const void* p, int64_t elements) {
  if (p == nullptr && elements > 0) refuse(WZ_INVALID_ARGUMENT, found(name, "NULL") + "a pointer");
}

void check_aligned(const std::string& name, const void* p, uintptr_t bytes) {
  if (!aligned(p, bytes)) {
    refuse(WZ_INVALID_ARGUMENT, found(name, "an address " + std::to_string(reinterpret_cast<uintptr_t>(p) % bytes) + " bytes past a multiple of " + std::to_string(bytes)) +
                                    "such a multiple");
  }
}

void OneDevice::tensor(const char* name, const void* p, int64_t elements) {
  if (elements <= 0) return;
  if (p == nullptr) refuse(WZ_INVALID_ARGUMENT, found(name, "NULL") + "device memory");
  cudaPointerAttributes attributes;
  check(cudaPointerGetAttributes(&attributes, p));
  if (attributes.type != cudaMemoryTypeDevice && attributes.type != cudaMemoryTypeManaged) {
    refuse(WZ_INVALID_ARGUMENT, found(name, "host memory") + "device memory");
  }
  if (first_.empty()) {
    first_ = name;
    device_ = attributes.device;
  } else if (attributes.device != device_) {
    refuse(WZ_INVALID_ARGUMENT,
           found(name, "memory of device " + std::to_string(attributes.device)) + "device " + std::to_string(device_) + ", where " + first_ + " is");
  }
}

}  // namespace wz::cuda
