// Sixteen float32 lanes, for AVX-512. The same names, and the same order of additions, in avx2/lanes.h and neon/lanes.h.
#pragma once
#include <immintrin.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

using Lanes = __m512;
constexpr int kLaneCount = 16;

// How many rows of queries share a vector of keys, and how many vectors of values a row of sums has, so that the sums fill the registers.
constexpr int kQueryRows = 4;
constexpr int kWideRows = 2, kWideVectors = 8;  // up to kWideRows rows
constexpr int kVectors = 4;                     // more

inline Lanes lanes_of(float v) { return _mm512_set1_ps(v); }
inline Lanes load_lanes(const void* p) { return _mm512_loadu_ps(p); }
inline void store_lanes(void* p, Lanes v) { _mm512_storeu_ps(p, v); }

inline Lanes lanes_from_f16(const void* p) { return _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(p))); }
inline Lanes lanes_from_bf16(const void* p) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(static_cast<const __m256i*>(p))), 16));
}
inline Lanes lanes_from_i8(const void* p) {
  return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p))));
}
// Moved to the places of a binary16, e4m3 is the value times 2^-8; its NaN becomes 480 there, beyond all others.
inline Lanes lanes_from_e4m3(const void* p) {
  const __m256i bytes = _mm256_cvtepu8_epi16(_mm_loadu_si128(static_cast<const __m128i*>(p)));
  const __m256i halves = _mm256_or_si256(_mm256_slli_epi16(_mm256_and_si256(bytes, _mm256_set1_epi16(0x7F)), 7),
                                         _mm256_slli_epi16(_mm256_and_si256(bytes, _mm256_set1_epi16(0x80)), 8));
  const Lanes v = _mm512_mul_ps(_mm512_cvtph_ps(halves), lanes_of(256));
  return _mm512_mask_mov_ps(v, _mm512_cmp_ps_mask(_mm512_abs_ps(v), lanes_of(480), _CMP_EQ_OQ), lanes_of(__builtin_nanf("")));
}
inline float half_at(const void* p) { return _cvtsh_ss(*static_cast<const uint16_t*>(p)); }

inline Lanes add(Lanes a, Lanes b) { return _mm512_add_ps(a, b); }
inline Lanes multiply(Lanes a, Lanes b) { return _mm512_mul_ps(a, b); }
inline Lanes divide(Lanes a, Lanes b) { return _mm512_div_ps(a, b); }
inline Lanes multiply_add(Lanes a, Lanes b, Lanes c) { return _mm512_fmadd_ps(a, b, c); }
// The larger; b where a is NaN.
inline Lanes larger(Lanes a, Lanes b) { return _mm512_max_ps(a, b); }

// out[i] = the sum of the lanes of each: lane l + lane l + 8, then + 4, + 2, + 1.
inline void store_sums(float* out, Lanes a, Lanes b, Lanes c, Lanes d) {
  const Lanes ab = add(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xEE));
  const Lanes cd = add(_mm512_shuffle_f32x4(c, d, 0x44), _mm512_shuffle_f32x4(c, d, 0xEE));
  Lanes v = add(_mm512_shuffle_f32x4(ab, cd, 0x88), _mm512_shuffle_f32x4(ab, cd, 0xDD));  // four lanes of each
  v = add(v, _mm512_permute_ps(v, 0x4E));
  v = add(v, _mm512_permute_ps(v, 0xB1));
  const __m512i firsts = _mm512_set_epi32(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 12, 8, 4, 0);
  _mm_storeu_ps(out, _mm512_castps512_ps128(_mm512_permutexvar_ps(firsts, v)));
}

}  // namespace
}  // namespace wz::WZ_ISA
