// Vectors of 32-bit words and of 16-bit halves, without sign, and the step of every filter: moving the selected lanes together.
#pragma once
#include <immintrin.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

using Words = __m512i;
constexpr int kWordLanes = 16;
using WordMask = __mmask16;

inline Words load_words(const void* p) { return _mm512_loadu_si512(p); }
inline Words every_word(uint32_t v) { return _mm512_set1_epi32(static_cast<int32_t>(v)); }
inline Words plus(Words a, Words b) { return _mm512_add_epi32(a, b); }
inline Words minus(Words a, Words b) { return _mm512_sub_epi32(a, b); }
inline Words bits_in_both(Words a, Words b) { return _mm512_and_si512(a, b); }
inline Words bits_in_either(Words a, Words b) { return _mm512_or_si512(a, b); }
inline Words shifted_left(Words a, int n) { return _mm512_slli_epi32(a, static_cast<unsigned>(n)); }
inline Words shifted_right(Words a, int n) { return _mm512_srli_epi32(a, static_cast<unsigned>(n)); }
inline Words smaller_of(Words a, Words b) { return _mm512_min_epu32(a, b); }
inline Words larger_of(Words a, Words b) { return _mm512_max_epu32(a, b); }
// v, v + 1, v + 2, ...
inline Words words_from(uint32_t v) {
  return plus(every_word(v), _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
}
inline uint32_t sum_of(Words a) { return static_cast<uint32_t>(_mm512_reduce_add_epi32(a)); }

inline WordMask equal(Words a, Words b) { return _mm512_cmpeq_epu32_mask(a, b); }
inline WordMask below(Words a, Words b) { return _mm512_cmplt_epu32_mask(a, b); }
inline WordMask has_any(Words a, Words bits) { return _mm512_test_epi32_mask(a, bits); }
inline WordMask both(WordMask a, WordMask b) { return static_cast<WordMask>(a & b); }
inline Words select(WordMask m, Words yes, Words no) { return _mm512_mask_blend_epi32(m, no, yes); }
// a + 1 where selected.
inline Words one_more(WordMask m, Words a) { return _mm512_mask_add_epi32(a, m, a, every_word(1)); }
// One bit per lane, the first lowest.
inline uint32_t lanes_of(WordMask m) { return m; }

// The lower halves of the lanes.
inline void store_halves(uint16_t* p, Words v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi32_epi16(v)); }

// Writes the selected lanes to out, in order, and returns how many they are; all kWordLanes words at out may be overwritten.
// (Compressing into memory directly is slow on AMD processors.)
inline int append_selected(uint32_t* out, Words v, uint32_t lanes) {
  _mm512_storeu_si512(out, _mm512_maskz_compress_epi32(static_cast<__mmask16>(lanes), v));
  return __builtin_popcount(lanes);
}

// Vectors of 16-bit numbers without sign.
struct Halves {
  __m512i v;
};
constexpr int kHalvesLanes = 32;

inline Halves load_halves(const uint16_t* p) { return {_mm512_loadu_si512(p)}; }
inline Halves every_half(uint16_t v) { return {_mm512_set1_epi16(static_cast<int16_t>(v))}; }
// v, v + 1, v + 2, ...
inline Halves halves_from(uint16_t v) {
  uint16_t lane[kHalvesLanes];
  for (int l = 0; l < kHalvesLanes; ++l) lane[l] = static_cast<uint16_t>(v + l);
  return {_mm512_loadu_si512(lane)};
}
// The upper and the lower halves of kHalvesLanes words at p.
inline void split_words(const void* p, Halves& upper, Halves& lower) {
  const __m512i a = _mm512_loadu_si512(p), b = _mm512_loadu_si512(static_cast<const char*>(p) + 64);
  const __m512i even = _mm512_set_epi16(62, 60, 58, 56, 54, 52, 50, 48, 46, 44, 42, 40, 38, 36, 34, 32, 30, 28, 26, 24, 22, 20, 18, 16, 14, 12, 10,
                                        8, 6, 4, 2, 0);
  upper.v = _mm512_permutex2var_epi16(a, _mm512_or_si512(even, _mm512_set1_epi16(1)), b);
  lower.v = _mm512_permutex2var_epi16(a, even, b);
}
inline Halves operator+(Halves a, Halves b) { return {_mm512_add_epi16(a.v, b.v)}; }
inline Halves operator-(Halves a, Halves b) { return {_mm512_sub_epi16(a.v, b.v)}; }
inline Halves operator&(Halves a, Halves b) { return {_mm512_and_si512(a.v, b.v)}; }
inline Halves operator|(Halves a, Halves b) { return {_mm512_or_si512(a.v, b.v)}; }
inline Halves operator<<(Halves a, int n) { return {_mm512_sll_epi16(a.v, _mm_cvtsi32_si128(n))}; }
inline Halves operator>>(Halves a, int n) { return {_mm512_srl_epi16(a.v, _mm_cvtsi32_si128(n))}; }
// a - b, or 0 where that is negative.
inline Halves minus_saturated(Halves a, Halves b) { return {_mm512_subs_epu16(a.v, b.v)}; }
inline Halves smaller_of(Halves a, Halves b) { return {_mm512_min_epu16(a.v, b.v)}; }
inline Halves larger_of(Halves a, Halves b) { return {_mm512_max_epu16(a.v, b.v)}; }
inline Halves if_zero(Halves a, Halves yes, Halves no) { return {_mm512_mask_blend_epi16(_mm512_testn_epi16_mask(a.v, a.v), no.v, yes.v)}; }
inline void store_halves(uint16_t* p, Halves a) { _mm512_storeu_si512(p, a.v); }
// One bit for each of kHalvesLanes numbers at p that has one of the given bits, the first lowest.
inline uint32_t lanes_with(const uint16_t* p, uint16_t bits) { return _mm512_test_epi16_mask(_mm512_loadu_si512(p), every_half(bits).v); }

}  // namespace
}  // namespace wz::WZ_ISA
