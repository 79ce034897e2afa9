// The process's device, its last errors, what it says at the end, and the functions that are the software device's own.
#include "entry.h"
#include <unistd.h>
#include <cstdio>
#include <cstdlib>
#include "own.h"

namespace wz::software {
namespace {
thread_local int last_error = kSuccess;
thread_local std::string last_reason;
constexpr int kLeaksExit = 86;

Device* make_device() {
  try {
    return new Device(settings_from_environment());
  } catch (const std::exception& e) {
    std::fprintf(stderr, "software CUDA device: %s\n", e.what());
    std::_Exit(1);
  }
}
}  // namespace

// Never destroyed: the objects' destructors still call it.
Device& device() {
  static Device* const d = make_device();
  return *d;
}

cudaError_t keep(const Fault& f) noexcept {
  Device& d = device();
  if (sticky(f.code())) d.fail(f);
  last_error = f.code();
  try {
    last_reason = f.what();
  } catch (...) {
    last_reason.clear();
  }
  if (d.settings.explain && d.failed == kSuccess) std::fprintf(stderr, "software CUDA device: %s: %s\n", error_name(f.code()), f.what());
  return static_cast<cudaError_t>(f.code());
}

void check_device_present() {
  if (device().settings.driver / 1000 < CUDART_VERSION / 1000) refuse(kInsufficientDriver, "WOOTZ_CUDA_DRIVER is " + std::to_string(device().settings.driver));
  if (device().settings.devices == 0) refuse(kNoDevice, "WOOTZ_CUDA_DEVICES is 0");
}

Stream& stream_of(cudaStream_t handle) {
  Stream* s = device().queue.find(handle);
  if (s == nullptr) refuse(kInvalidHandle, "the stream was never created or is destroyed");
  return *s;
}

namespace {
// Runs after the destructors of the program and of the libraries that use the device.
__attribute__((destructor)) void at_the_end() {
  Device& d = device();
  if (d.settings.leaks == Leaks::kIgnore || d.failed != kSuccess) return;
  const std::string leaks = d.leaks();
  if (leaks.empty()) return;
  std::fprintf(stderr, "software CUDA device: not freed at the end:\n%s", leaks.c_str());
  std::fflush(nullptr);
  if (d.settings.leaks == Leaks::kFail) _exit(kLeaksExit);
}
}  // namespace

}  // namespace wz::software

using namespace wz::software;

const char* wz_software_fault(void) { return device().fault.c_str(); }
const char* wz_software_reason(void) { return last_reason.c_str(); }

void wz_software_observe(wz::software::LaunchObserver observer, void* context) {
  const std::lock_guard<std::mutex> lock(device().mutex);
  device().queue.finish_all();
  device().observer = observer;
  device().observer_context = context;
}

cudaError_t cudaGetLastError() {
  const int failed = device().failed;
  const int error = failed != kSuccess ? failed : last_error;
  last_error = kSuccess;
  return static_cast<cudaError_t>(error);
}
cudaError_t cudaPeekAtLastError() {
  const int failed = device().failed;
  return static_cast<cudaError_t>(failed != kSuccess ? failed : last_error);
}
const char* cudaGetErrorName(cudaError_t error) { return error_name(static_cast<int>(error)); }
const char* cudaGetErrorString(cudaError_t error) { return error_text(static_cast<int>(error)); }
