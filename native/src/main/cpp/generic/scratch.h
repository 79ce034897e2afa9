// Scratch memory of one call. Not std::vector: its functions would be compiled here with this instruction set's options under names that all
// instruction sets share, and the linker keeps one copy for everybody, so a processor without AVX-512 could meet AVX-512 code.
// The test isa_symbols holds this for everything in generic/.
#pragma once
#include <cstdint>
#include <new>
#include <type_traits>
#include "base/memory.h"

namespace wz::WZ_ISA {
namespace {

// Uninitialised, 64-byte aligned; throws std::bad_alloc.
template <class T>
class Scratch {
  static_assert(std::is_trivial_v<T>);

 public:
  explicit Scratch(int64_t count) : data_(static_cast<T*>(allocate(count * static_cast<int64_t>(sizeof(T))))) {
    if (data_ == nullptr) throw std::bad_alloc();
  }
  ~Scratch() { release(data_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  T* data() { return data_; }
  T& operator[](int64_t i) { return data_[i]; }

 private:
  T* data_;
};

}  // namespace
}  // namespace wz::WZ_ISA
