// Comparisons of 64 unsigned keys with a bound, a bit for each. The same names in avx2/key_masks.h and neon/key_masks.h.
#pragma once
#include <immintrin.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

// Bit i: key[i] < bound.
inline uint64_t keys_below(const uint32_t* key, uint32_t bound) {
  const __m512i b = _mm512_set1_epi32(static_cast<int>(bound));
  uint64_t bits = 0;
  for (int i = 0; i < 4; ++i) bits |= uint64_t{_mm512_cmplt_epu32_mask(_mm512_loadu_si512(key + 16 * i), b)} << (16 * i);
  return bits;
}

// Bit i: key[i] <= bound.
inline uint64_t keys_up_to(const uint32_t* key, uint32_t bound) { return bound == UINT32_MAX ? UINT64_MAX : keys_below(key, bound + 1); }

}  // namespace
}  // namespace wz::WZ_ISA
