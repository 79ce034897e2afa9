// What the compiler does not make of plain loops, for AVX-512. The same names in avx2/simd.h and neon/simd.h.
#pragma once
#include <immintrin.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

constexpr int kRegisters = 32;
constexpr int kDoubles = 8;  // float64 lanes of a register

// binary16 <-> binary32, kHalfLanes elements, any alignment; to nearest, ties to even.
constexpr int kHalfLanes = 16;

inline void widen_f16(float* v, const void* h) { _mm512_storeu_ps(v, _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(h)))); }

inline void narrow_f16(void* h, const float* v) {
  _mm256_storeu_si256(static_cast<__m256i*>(h), _mm512_cvtps_ph(_mm512_loadu_ps(v), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

inline float widened_f16(uint16_t h) { return _mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(h))); }

// The kDoubles elements at p as float64.
using Doubles = __m512d;

inline Doubles doubles_from_bf16(const void* p) {
  const __m256i words = _mm256_cvtepu16_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p)));
  return _mm512_cvtps_pd(_mm256_castsi256_ps(_mm256_slli_epi32(words, 16)));
}
inline Doubles doubles_from_f32(const void* p) { return _mm512_cvtps_pd(_mm256_loadu_ps(static_cast<const float*>(p))); }
inline Doubles doubles_from_f64(const void* p) { return _mm512_loadu_pd(p); }
inline Doubles doubles_of(double v) { return _mm512_set1_pd(v); }

// a b + c, rounded once.
inline Doubles multiply_add(Doubles a, Doubles b, Doubles c) { return _mm512_fmadd_pd(a, b, c); }

}  // namespace
}  // namespace wz::WZ_ISA
