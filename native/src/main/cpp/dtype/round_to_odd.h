// Rounding to odd: the truncated value with its last bit set when anything was cut off. A value that went through it rounds to any format
// at least two bits narrower as if it had come straight from the source (Boldo and Melquiond, "Emulation of FMA and correctly rounded sums",
// 2008), so float64 and int64 reach the small types without rounding twice.
#pragma once
#include <cstdint>
#include <cstring>

namespace wz {

static inline float f32_round_to_odd(double v) {
  const float nearest = static_cast<float>(v);
  const double back = static_cast<double>(nearest);
  const double magnitude = __builtin_fabs(v);
  uint32_t bits;
  std::memcpy(&bits, &nearest, 4);
  bits -= __builtin_fabs(back) > magnitude ? 1u : 0u;
  bits |= back != v ? 1u : 0u;
  float odd;
  std::memcpy(&odd, &bits, 4);
  return odd;
}

static inline double f64_round_to_odd(int64_t v) {
  // 2^63 has 64 bits of magnitude, a double 53: what is below the 11 lowest bits decides.
  const uint64_t magnitude = v < 0 ? 0 - static_cast<uint64_t>(v) : static_cast<uint64_t>(v);
  const uint64_t low = magnitude & 0x7FF;
  const uint64_t odd = magnitude < uint64_t{1} << 53 ? magnitude : (magnitude ^ low) | (low != 0 ? 0x800u : 0u);
  const auto d = static_cast<double>(odd);
  return v < 0 ? -d : d;
}

}  // namespace wz
