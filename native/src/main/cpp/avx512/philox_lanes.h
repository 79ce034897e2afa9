// The vector steps of Philox (generic/philox.h) on 8 counters, one in each 64-bit lane. Only the lower half of a lane counts: multiplication
// looks at nothing else, so the upper halves may hold whatever a step leaves there.
#pragma once
#include <immintrin.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

using PhiloxLanes = __m512i;
constexpr int kPhiloxLanes = 8;

// Counters in the order in which store_words takes them apart again without crossing 128-bit lanes.
inline PhiloxLanes counters_from(uint64_t first) {
  return _mm512_add_epi64(_mm512_set1_epi64(static_cast<int64_t>(first)), _mm512_setr_epi64(0, 4, 1, 5, 2, 6, 3, 7));
}
inline PhiloxLanes every_lane(uint32_t v) { return _mm512_set1_epi64(v); }
inline PhiloxLanes multiply(PhiloxLanes a, uint32_t b) { return _mm512_mul_epu32(a, _mm512_set1_epi64(b)); }
inline PhiloxLanes upper_half(PhiloxLanes a) { return _mm512_srli_epi64(a, 32); }
inline PhiloxLanes exclusive_or(PhiloxLanes a, PhiloxLanes b, PhiloxLanes c) { return _mm512_ternarylogic_epi64(a, b, c, 0x96); }

// out[4 i .. 4 i + 3] = the four words of counter i.
inline void store_words(uint32_t* out, PhiloxLanes x0, PhiloxLanes x1, PhiloxLanes x2, PhiloxLanes x3) {
  const __m512i x01 = _mm512_mask_blend_epi32(0xAAAA, x0, _mm512_slli_epi64(x1, 32));
  const __m512i x23 = _mm512_mask_blend_epi32(0xAAAA, x2, _mm512_slli_epi64(x3, 32));
  _mm512_storeu_si512(out, _mm512_unpacklo_epi64(x01, x23));
  _mm512_storeu_si512(out + 16, _mm512_unpackhi_epi64(x01, x23));
}

}  // namespace
}  // namespace wz::WZ_ISA
