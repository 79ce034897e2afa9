// Keep probabilities as thresholds on 32-bit random words: an element is kept when its word is at most `last`. The probability that takes
// effect is (last + 1) / 2^32, with last = ceil(q 2^32) - 1 the element's q rounded up to a multiple of 2^-32. Integers only, so that every
// instruction set and device decides alike.
#pragma once
#include <cmath>
#include <cstdint>

namespace wz {
namespace {

// One probability for all elements.
struct KeepThreshold {
  bool none;      // density 0
  uint32_t last;  // the largest word that keeps
};

inline KeepThreshold keep_threshold(double density) {
  const double scaled = std::ceil(density * 0x1p32);
  if (!(scaled >= 1)) return {true, 0};
  return {false, scaled >= 0x1p32 ? 0xFFFFFFFFu : static_cast<uint32_t>(scaled) - 1};
}

// MAGPRUNE (DELLA 2406.11617): q(k) = (density - epsilon) + 2 epsilon k / (n - 1) for rank k = 0 .. n-1; n = 1: density. The ramp is held
// with 16 bits below the unit of a word: last(k) = foot + (k * step >> 16).
struct KeepRamp {
  uint32_t foot;
  uint64_t step;
};

inline uint32_t last_word(const KeepRamp& ramp, uint64_t rank) { return ramp.foot + static_cast<uint32_t>(rank * ramp.step >> 16); }

// 0 <= density - epsilon, density + epsilon <= 1, n >= 1.
inline KeepRamp keep_ramp(double density, double epsilon, int64_t n) {
  const double least = n > 1 ? density - epsilon : density;
  uint64_t step = 0;
  uint64_t rise = 0;
  if (n > 1) {
    const auto steps = static_cast<uint64_t>(n - 1);
    step = static_cast<uint64_t>(2 * epsilon / static_cast<double>(steps) * 0x1p48 + 0.5);
    if (steps * step >> 16 > 0xFFFFFFFFu) --step;  // rounding must not carry the top of the ramp past 1
    rise = steps * step >> 16;
  }
  double foot = std::ceil(least * 0x1p32);
  if (foot > 0x1p32 - static_cast<double>(rise)) foot = 0x1p32 - static_cast<double>(rise);
  if (!(foot >= 1)) foot = 1;
  return {static_cast<uint32_t>(static_cast<uint64_t>(foot) - 1), step};
}

// last + 1 as float or double. AVX-512 converts numbers without sign; others convert the halves, whose sum is rounded as the whole would be.
template <class T>
inline __attribute__((always_inline)) T words_kept(uint32_t last) {
#if defined(__AVX512F__)
  return static_cast<T>(last) + T(1);
#else
  return static_cast<T>(static_cast<int32_t>(last >> 16)) * T(65536) + static_cast<T>(static_cast<int32_t>(last & 0xFFFFu)) + T(1);
#endif
}

// 1 / probability of a threshold.
template <class T>
inline __attribute__((always_inline)) T inverse_probability(uint32_t last) {
  return T(1) / (words_kept<T>(last) * T(0x1p-32));
}

}  // namespace
}  // namespace wz
