// The border between C and C++: a refusal is thrown as Refusal, kept for wz_cuda_last_error and returned as its status.
#pragma once
#include <cuda_runtime_api.h>
#include <exception>
#include <stdexcept>
#include <string>
#include "wootz/status.h"

namespace wz::cuda {

class Refusal : public std::runtime_error {
 public:
  Refusal(wz_status status, const std::string& message) : std::runtime_error(message), status_(status) {}
  wz_status status() const { return status_; }

 private:
  wz_status status_;
};

// Keeps "operation: message" for this thread; returns status.
wz_status fail(wz_status status, const char* operation, const char* message) noexcept;

// Throws the runtime's message for anything but success; the error is then no longer pending.
inline void check(cudaError_t error) {
  if (error == cudaSuccess) return;
  (void)cudaGetLastError();
  const wz_status status = error == cudaErrorMemoryAllocation ? WZ_OUT_OF_MEMORY : WZ_DEVICE;
  throw Refusal(status, cudaGetErrorString(error));
}

template <class F>
wz_status guarded(const char* operation, F&& f) noexcept {
  try {
    f();
    return WZ_OK;
  } catch (const Refusal& e) {
    return fail(e.status(), operation, e.what());
  } catch (const std::exception& e) {
    return fail(WZ_INTERNAL, operation, e.what());
  } catch (...) {
    return fail(WZ_INTERNAL, operation, "unknown exception");
  }
}

// Makes a device current for a scope.
class CurrentDevice {
 public:
  explicit CurrentDevice(int device) {
    check(cudaGetDevice(&before_));
    check(cudaSetDevice(device));
  }
  ~CurrentDevice() { (void)cudaSetDevice(before_); }
  CurrentDevice(const CurrentDevice&) = delete;
  CurrentDevice& operator=(const CurrentDevice&) = delete;

 private:
  int before_ = 0;
};

}  // namespace wz::cuda
