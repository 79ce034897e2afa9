// Comparisons of 64 unsigned keys with a bound, a bit for each. The same names in avx512/key_masks.h and neon/key_masks.h.
#pragma once
#include <immintrin.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

// Bit i: key[i] < bound. AVX2 compares signed: both sides are shifted by 2^31.
inline uint64_t keys_below(const uint32_t* key, uint32_t bound) {
  const __m256i shift = _mm256_set1_epi32(INT32_MIN);
  const __m256i b = _mm256_set1_epi32(static_cast<int>(bound ^ 0x80000000u));
  uint64_t bits = 0;
  for (int i = 0; i < 8; ++i) {
    const __m256i k = _mm256_xor_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(key + 8 * i)), shift);
    const int below = _mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(b, k)));
    bits |= uint64_t{static_cast<uint32_t>(below)} << (8 * i);
  }
  return bits;
}

// Bit i: key[i] <= bound.
inline uint64_t keys_up_to(const uint32_t* key, uint32_t bound) { return bound == UINT32_MAX ? UINT64_MAX : keys_below(key, bound + 1); }

}  // namespace
}  // namespace wz::WZ_ISA
