// What every function of the runtime shares: one device, one lock, and how an error is kept and returned.
#pragma once
#include <cuda_runtime_api.h>
#include <new>
#include "runtime/device.h"

namespace wz::software {

// The process's device. Settings that cannot be read end the process with their message.
Device& device();

// Keeps the error for cudaGetLastError of this thread and returns it.
cudaError_t keep(const Fault& f) noexcept;
void check_device_present();  // throws kNoDevice
Stream& stream_of(cudaStream_t handle);

// Runs f under the lock. After a sticky error f does not run, the error is returned.
template <class F>
cudaError_t entry(F&& f) noexcept {
  const std::lock_guard<std::mutex> lock(device().mutex);
  try {
    check_device_present();
    if (device().failed != kSuccess) throw Fault(device().failed, device().fault);
    f(device());
    return cudaSuccess;
  } catch (const Fault& e) {
    return keep(e);
  } catch (const std::bad_alloc&) {
    return keep(Fault(kOutOfMemory, "the host's memory is exhausted"));
  } catch (const std::exception& e) {
    return keep(Fault(kUnknown, e.what()));
  }
}

template <class T>
void expect_pointer(T* p, const char* name) {
  if (p == nullptr) refuse(kInvalidValue, std::string(name) + ": found a null pointer");
}

}  // namespace wz::software
