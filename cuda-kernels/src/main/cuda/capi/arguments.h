// Checks of a C function's arguments. What is refused names the argument, what was found and what was expected, in the words of the CPU's
// checks; in addition every tensor of a call has to be memory of one device. Only what the host can see is checked.
#pragma once
#include <cstdint>
#include <string>
#include "common/guarded.h"
#include "wootz/cuda.h"

namespace wz::cuda {

[[noreturn]] inline void refuse(wz_status status, const std::string& message) { throw Refusal(status, message); }

inline cudaStream_t stream_of(wz_cuda_stream* stream) { return reinterpret_cast<cudaStream_t>(stream); }

// least <= value <= most.
void check_within(const std::string& name, int64_t value, int64_t least, int64_t most);
// value >= least.
void check_at_least(const std::string& name, int64_t value, int64_t least);
// rows >= 0, cols >= 0 and their product fits; returns it.
int64_t check_shape(int64_t rows, int64_t cols);
// Not NaN.
void check_number(const std::string& name, double value);
// f32, f16 or bf16.
void check_dtype(const std::string& name, int32_t dtype);
// Host memory that the call itself reads or writes; NULL only without elements.
void check_host(const std::string& name, const void* p, int64_t elements = 1);

inline bool aligned(const void* p, uintptr_t bytes = 16) { return reinterpret_cast<uintptr_t>(p) % bytes == 0; }
// A tensor of elements of so many bytes lies at a multiple of them.
void check_aligned(const std::string& name, const void* p, uintptr_t bytes);

// The tensors of one call: device memory, all on the device of the first.
class OneDevice {
 public:
  // NULL only without elements; nothing is asked of a tensor without any.
  void tensor(const char* name, const void* p, int64_t elements = 1);
  void tensor(const std::string& name, const void* p, int64_t elements = 1) { tensor(name.c_str(), p, elements); }
  // NULL: not wanted.
  void optional(const char* name, const void* p, int64_t elements = 1) {
    if (p != nullptr) tensor(name, p, elements);
  }
  // There was at least one tensor with elements.
  int device() const { return device_; }

 private:
  std::string first_;  // empty: none yet
  int device_ = 0;
};

}  // namespace wz::cuda
