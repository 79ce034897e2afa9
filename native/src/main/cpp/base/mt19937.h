// MT19937 (Matsumoto and Nishimura 1998), the generator behind torch.Generator on the CPU. Here only to reproduce mergekit's masks.
#pragma once
#include <cstdint>

namespace wz {

class Mt19937 {
 public:
  // init_genrand of the authors' code.
  explicit Mt19937(uint32_t seed);

  // The next n outputs.
  void words(uint32_t* out, int64_t n);
  void skip(int64_t n);

  static constexpr int kState = 624;

 private:
  void twist();

  uint32_t state_[kState];
  int next_ = kState;  // of state_; kState: twist first
};

}  // namespace wz
