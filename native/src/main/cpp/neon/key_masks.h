// Comparisons of 64 unsigned keys with a bound, a bit for each. The same names in avx2/key_masks.h and avx512/key_masks.h.
#pragma once
#include <arm_neon.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

// Bit i: key[i] < bound.
inline uint64_t keys_below(const uint32_t* key, uint32_t bound) {
  const uint32_t weights[4] = {1, 2, 4, 8};
  const uint32x4_t w = vld1q_u32(weights);
  const uint32x4_t b = vdupq_n_u32(bound);
  uint64_t bits = 0;
  for (int i = 0; i < 16; ++i) bits |= uint64_t{vaddvq_u32(vandq_u32(vcltq_u32(vld1q_u32(key + 4 * i), b), w))} << (4 * i);
  return bits;
}

// Bit i: key[i] <= bound.
inline uint64_t keys_up_to(const uint32_t* key, uint32_t bound) { return bound == UINT32_MAX ? UINT64_MAX : keys_below(key, bound + 1); }

}  // namespace
}  // namespace wz::WZ_ISA
