// Vectors of 32-bit words and of 16-bit halves, without sign, and the step of every filter: moving the selected lanes together.
#pragma once
#include <immintrin.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

using Words = __m256i;
constexpr int kWordLanes = 8;
using WordMask = __m256i;  // all bits of a lane, or none

inline Words load_words(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
inline Words every_word(uint32_t v) { return _mm256_set1_epi32(static_cast<int32_t>(v)); }
inline Words plus(Words a, Words b) { return _mm256_add_epi32(a, b); }
inline Words minus(Words a, Words b) { return _mm256_sub_epi32(a, b); }
inline Words bits_in_both(Words a, Words b) { return _mm256_and_si256(a, b); }
inline Words bits_in_either(Words a, Words b) { return _mm256_or_si256(a, b); }
inline Words shifted_left(Words a, int n) { return _mm256_slli_epi32(a, n); }
inline Words shifted_right(Words a, int n) { return _mm256_srli_epi32(a, n); }
inline Words smaller_of(Words a, Words b) { return _mm256_min_epu32(a, b); }
inline Words larger_of(Words a, Words b) { return _mm256_max_epu32(a, b); }
// v, v + 1, v + 2, ...
inline Words words_from(uint32_t v) { return plus(every_word(v), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)); }
inline uint32_t sum_of(Words a) {
  uint32_t lane[kWordLanes];
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(lane), a);
  uint32_t sum = 0;
  for (uint32_t v : lane) sum += v;
  return sum;
}

inline WordMask inverse(WordMask m) { return _mm256_xor_si256(m, every_word(0xFFFFFFFFu)); }
inline WordMask equal(Words a, Words b) { return _mm256_cmpeq_epi32(a, b); }
// a < b: not a >= b, which is max(a, b) == a.
inline WordMask below(Words a, Words b) { return inverse(equal(larger_of(a, b), a)); }
inline WordMask has_any(Words a, Words bits) { return inverse(equal(bits_in_both(a, bits), every_word(0))); }
inline WordMask both(WordMask a, WordMask b) { return bits_in_both(a, b); }
inline Words select(WordMask m, Words yes, Words no) { return _mm256_blendv_epi8(no, yes, m); }
// a + 1 where selected.
inline Words one_more(WordMask m, Words a) { return minus(a, m); }
// One bit per lane, the first lowest.
inline uint32_t lanes_of(WordMask m) { return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(m))); }

// The lower halves of the lanes.
inline void store_halves(uint16_t* p, Words v) {
  const Words low = bits_in_both(v, every_word(0xFFFF));
  const Words packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(low, low), 0x08);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(packed));
}

// For each mask the numbers of its lanes, one in each byte.
struct SelectedLanes {
  uint64_t of[256];
  constexpr SelectedLanes() : of() {
    for (uint32_t m = 0; m < 256; ++m) {
      int place = 0;
      for (uint64_t lane = 0; lane < 8; ++lane) {
        if ((m >> lane & 1) != 0) of[m] |= lane << 8 * place++;
      }
    }
  }
};
constexpr SelectedLanes kSelectedLanes;

// Writes the selected lanes to out, in order, and returns how many they are; all kWordLanes words at out may be overwritten.
// (A table, because the bit-deposit instructions that could compute the order take hundreds of cycles on Zen 1 and 2.)
inline int append_selected(uint32_t* out, Words v, uint32_t lanes) {
  const Words order = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<int64_t>(kSelectedLanes.of[lanes])));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm256_permutevar8x32_epi32(v, order));
  return __builtin_popcount(lanes);
}

// Vectors of 16-bit numbers without sign.
struct Halves {
  __m256i v;
};
constexpr int kHalvesLanes = 16;

inline Halves load_halves(const uint16_t* p) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))}; }
inline Halves every_half(uint16_t v) { return {_mm256_set1_epi16(static_cast<int16_t>(v))}; }
// v, v + 1, v + 2, ...
inline Halves halves_from(uint16_t v) {
  return {_mm256_add_epi16(every_half(v).v, _mm256_setr_epi16(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15))};
}
// The upper and the lower halves of kHalvesLanes words at p.
inline void split_words(const void* p, Halves& upper, Halves& lower) {
  const Words a = load_words(p), b = load_words(static_cast<const char*>(p) + 32);
  const auto packed = [](Words x, Words y) { return _mm256_permute4x64_epi64(_mm256_packus_epi32(x, y), 0xD8); };
  upper.v = packed(shifted_right(a, 16), shifted_right(b, 16));
  lower.v = packed(bits_in_both(a, every_word(0xFFFF)), bits_in_both(b, every_word(0xFFFF)));
}
inline Halves operator+(Halves a, Halves b) { return {_mm256_add_epi16(a.v, b.v)}; }
inline Halves operator-(Halves a, Halves b) { return {_mm256_sub_epi16(a.v, b.v)}; }
inline Halves operator&(Halves a, Halves b) { return {_mm256_and_si256(a.v, b.v)}; }
inline Halves operator|(Halves a, Halves b) { return {_mm256_or_si256(a.v, b.v)}; }
inline Halves operator<<(Halves a, int n) { return {_mm256_sll_epi16(a.v, _mm_cvtsi32_si128(n))}; }
inline Halves operator>>(Halves a, int n) { return {_mm256_srl_epi16(a.v, _mm_cvtsi32_si128(n))}; }
// a - b, or 0 where that is negative.
inline Halves minus_saturated(Halves a, Halves b) { return {_mm256_subs_epu16(a.v, b.v)}; }
inline Halves smaller_of(Halves a, Halves b) { return {_mm256_min_epu16(a.v, b.v)}; }
inline Halves larger_of(Halves a, Halves b) { return {_mm256_max_epu16(a.v, b.v)}; }
inline Halves if_zero(Halves a, Halves yes, Halves no) {
  return {_mm256_blendv_epi8(no.v, yes.v, _mm256_cmpeq_epi16(a.v, _mm256_setzero_si256()))};
}
inline void store_halves(uint16_t* p, Halves a) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.v); }
// One bit for each of kHalvesLanes numbers at p that has one of the given bits, the first lowest.
inline uint32_t lanes_with(const uint16_t* p, uint16_t bits) {
  const __m256i found = _mm256_and_si256(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)), every_half(bits).v);
  const __m256i none = _mm256_cmpeq_epi16(found, _mm256_setzero_si256());
  return ~static_cast<uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(_mm256_castsi256_si128(none), _mm256_extracti128_si256(none, 1)))) & 0xFFFFu;
}

}  // namespace
}  // namespace wz::WZ_ISA
