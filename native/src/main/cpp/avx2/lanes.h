// Sixteen float32 lanes, for AVX2: two registers. The same names, and the same order of additions, in avx512/lanes.h and neon/lanes.h.
#pragma once
#include <immintrin.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

struct Lanes {
  __m256 low, high;
};
constexpr int kLaneCount = 16;

// How many rows of queries share a vector of keys, and how many vectors of values a row of sums has, so that the sums fill the registers.
constexpr int kQueryRows = 1;
constexpr int kWideRows = 1, kWideVectors = 4;
constexpr int kVectors = 4;

inline Lanes lanes_of(float v) { return {_mm256_set1_ps(v), _mm256_set1_ps(v)}; }
inline Lanes load_lanes(const void* p) {
  const auto* f = static_cast<const float*>(p);
  return {_mm256_loadu_ps(f), _mm256_loadu_ps(f + 8)};
}
inline void store_lanes(void* p, Lanes v) {
  auto* f = static_cast<float*>(p);
  _mm256_storeu_ps(f, v.low);
  _mm256_storeu_ps(f + 8, v.high);
}

inline Lanes lanes_from_f16(const void* p) {
  const auto* h = static_cast<const __m128i*>(p);
  return {_mm256_cvtph_ps(_mm_loadu_si128(h)), _mm256_cvtph_ps(_mm_loadu_si128(h + 1))};
}
inline Lanes lanes_from_bf16(const void* p) {
  const auto* h = static_cast<const __m128i*>(p);
  return {_mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(h)), 16)),
          _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(h + 1)), 16))};
}
inline Lanes lanes_from_i8(const void* p) {
  const __m128i bytes = _mm_loadu_si128(static_cast<const __m128i*>(p));
  return {_mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes)), _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_srli_si128(bytes, 8)))};
}
// Moved to the places of a binary16, e4m3 is the value times 2^-8; its NaN becomes 480 there, beyond all others.
inline __m256 eight_from_e4m3(__m128i bytes) {
  const __m128i words = _mm_cvtepu8_epi16(bytes);
  const __m128i halves = _mm_or_si128(_mm_slli_epi16(_mm_and_si128(words, _mm_set1_epi16(0x7F)), 7),
                                      _mm_slli_epi16(_mm_and_si128(words, _mm_set1_epi16(0x80)), 8));
  const __m256 v = _mm256_mul_ps(_mm256_cvtph_ps(halves), _mm256_set1_ps(256));
  const __m256 magnitude = _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v);
  return _mm256_blendv_ps(v, _mm256_set1_ps(__builtin_nanf("")), _mm256_cmp_ps(magnitude, _mm256_set1_ps(480), _CMP_EQ_OQ));
}
inline Lanes lanes_from_e4m3(const void* p) {
  const __m128i bytes = _mm_loadu_si128(static_cast<const __m128i*>(p));
  return {eight_from_e4m3(bytes), eight_from_e4m3(_mm_srli_si128(bytes, 8))};
}
inline float half_at(const void* p) { return _cvtsh_ss(*static_cast<const uint16_t*>(p)); }

inline Lanes add(Lanes a, Lanes b) { return {_mm256_add_ps(a.low, b.low), _mm256_add_ps(a.high, b.high)}; }
inline Lanes multiply(Lanes a, Lanes b) { return {_mm256_mul_ps(a.low, b.low), _mm256_mul_ps(a.high, b.high)}; }
inline Lanes divide(Lanes a, Lanes b) { return {_mm256_div_ps(a.low, b.low), _mm256_div_ps(a.high, b.high)}; }
inline Lanes multiply_add(Lanes a, Lanes b, Lanes c) {
  return {_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
// The larger; b where a is NaN.
inline Lanes larger(Lanes a, Lanes b) { return {_mm256_max_ps(a.low, b.low), _mm256_max_ps(a.high, b.high)}; }

// Lane l + lane l + 8 of each, then + 4: four lanes of a, then four of b.
inline __m256 four_of_each(Lanes a, Lanes b) {
  const __m256 x = _mm256_add_ps(a.low, a.high), y = _mm256_add_ps(b.low, b.high);
  return _mm256_add_ps(_mm256_permute2f128_ps(x, y, 0x20), _mm256_permute2f128_ps(x, y, 0x31));
}

// out[i] = the sum of the lanes of each: lane l + lane l + 8, then + 4, + 2, + 1.
inline void store_sums(float* out, Lanes a, Lanes b, Lanes c, Lanes d) {
  const __m256 ab = four_of_each(a, b), cd = four_of_each(c, d);
  const __m256 v = _mm256_add_ps(_mm256_unpacklo_ps(ab, cd), _mm256_unpackhi_ps(ab, cd));  // a c a c b d b d
  const __m256 sums = _mm256_add_ps(v, _mm256_permute_ps(v, 0x4E));                        // a c . . b d . .
  _mm_storeu_ps(out, _mm_unpacklo_ps(_mm256_castps256_ps128(sums), _mm256_extractf128_ps(sums, 1)));
}

}  // namespace
}  // namespace wz::WZ_ISA
