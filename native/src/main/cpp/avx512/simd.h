// What the compiler does not make of plain loops, for AVX-512. The same names in avx2/simd.h and neon/simd.h.
#pragma once
#include <immintrin.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

constexpr int kVectorBytes = 64;

// binary16 <-> binary32, kHalfLanes elements, any alignment; to nearest, ties to even.
constexpr int kHalfLanes = 16;

inline void widen_f16(float* v, const void* h) { _mm512_storeu_ps(v, _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(h)))); }

inline void narrow_f16(void* h, const float* v) {
  _mm256_storeu_si256(static_cast<__m256i*>(h), _mm512_cvtps_ph(_mm512_loadu_ps(v), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
}

}  // namespace
}  // namespace wz::WZ_ISA
