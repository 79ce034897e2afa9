#include "base/mt19937.h"
#include <algorithm>

namespace wz {
namespace {

constexpr int kMiddle = 397;

inline uint32_t twisted(uint32_t high, uint32_t low, uint32_t far) {
  const uint32_t y = (high & 0x80000000u) | (low & 0x7FFFFFFFu);
  return far ^ y >> 1 ^ ((0u - (y & 1u)) & 0x9908B0DFu);
}

inline uint32_t tempered(uint32_t y) {
  y ^= y >> 11;
  y ^= y << 7 & 0x9D2C5680u;
  y ^= y << 15 & 0xEFC60000u;
  return y ^ y >> 18;
}

}  // namespace

Mt19937::Mt19937(uint32_t seed) {
  state_[0] = seed;
  for (uint32_t i = 1; i < kState; ++i) state_[i] = 1812433253u * (state_[i - 1] ^ state_[i - 1] >> 30) + i;
}

void Mt19937::twist() {
  constexpr int kRest = kState - kMiddle;  // the first kRest words read old words only, those behind them new ones kRest places back
  for (int i = 0; i < kRest; ++i) state_[i] = twisted(state_[i], state_[i + 1], state_[i + kMiddle]);
  for (int i = kRest; i < kState - 1; ++i) state_[i] = twisted(state_[i], state_[i + 1], state_[i - kRest]);
  state_[kState - 1] = twisted(state_[kState - 1], state_[0], state_[kMiddle - 1]);
  next_ = 0;
}

void Mt19937::words(uint32_t* out, int64_t n) {
  while (n > 0) {
    if (next_ == kState) twist();
    const auto m = static_cast<int>(std::min<int64_t>(n, kState - next_));
    for (int i = 0; i < m; ++i) out[i] = tempered(state_[next_ + i]);
    next_ += m;
    out += m;
    n -= m;
  }
}

void Mt19937::skip(int64_t n) {
  while (n > 0) {
    if (next_ == kState) twist();
    const auto m = static_cast<int>(std::min<int64_t>(n, kState - next_));
    next_ += m;
    n -= m;
  }
}

}  // namespace wz
