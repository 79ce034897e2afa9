// The vector steps of Philox (generic/philox.h) on 4 counters, one in each 64-bit lane. Only the lower half of a lane counts: multiplication
// looks at nothing else, so the upper halves may hold whatever a step leaves there.
#pragma once
#include <immintrin.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

using PhiloxLanes = __m256i;
constexpr int kPhiloxLanes = 4;

// Counters in the order in which store_words takes them apart again without crossing 128-bit lanes.
inline PhiloxLanes counters_from(uint64_t first) {
  return _mm256_add_epi64(_mm256_set1_epi64x(static_cast<int64_t>(first)), _mm256_setr_epi64x(0, 2, 1, 3));
}
inline PhiloxLanes every_lane(uint32_t v) { return _mm256_set1_epi64x(v); }
inline PhiloxLanes multiply(PhiloxLanes a, uint32_t b) { return _mm256_mul_epu32(a, _mm256_set1_epi64x(b)); }
inline PhiloxLanes upper_half(PhiloxLanes a) { return _mm256_srli_epi64(a, 32); }
inline PhiloxLanes exclusive_or(PhiloxLanes a, PhiloxLanes b, PhiloxLanes c) { return _mm256_xor_si256(a, _mm256_xor_si256(b, c)); }

// out[4 i .. 4 i + 3] = the four words of counter i.
inline void store_words(uint32_t* out, PhiloxLanes x0, PhiloxLanes x1, PhiloxLanes x2, PhiloxLanes x3) {
  const __m256i x01 = _mm256_blend_epi32(x0, _mm256_slli_epi64(x1, 32), 0xAA);
  const __m256i x23 = _mm256_blend_epi32(x2, _mm256_slli_epi64(x3, 32), 0xAA);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_unpacklo_epi64(x01, x23));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 8), _mm256_unpackhi_epi64(x01, x23));
}

}  // namespace
}  // namespace wz::WZ_ISA
