// Vectors of kWidth float32 or int32 lanes and of four bytes a lane, for linear layers. The same names in avx512/registers.h and
// neon/registers.h.
#pragma once
#include <immintrin.h>
#include <cstdint>
#include <cstring>

namespace wz::WZ_ISA {
namespace {

constexpr int kWidth = 8;

using Floats = __m256;
using Ints = __m256i;
using Bytes = __m256i;

inline Floats load_floats(const float* p) { return _mm256_loadu_ps(p); }
inline void store_floats(float* p, Floats v) { _mm256_storeu_ps(p, v); }
inline Floats every_float(float v) { return _mm256_set1_ps(v); }
inline Floats plus(Floats a, Floats b) { return _mm256_add_ps(a, b); }
inline Floats times(Floats a, Floats b) { return _mm256_mul_ps(a, b); }
// a b + c, rounded once.
inline Floats fused(Floats a, Floats b, Floats c) { return _mm256_fmadd_ps(a, b, c); }
inline Floats floats_of(Ints v) { return _mm256_cvtepi32_ps(v); }
inline Floats floats_from_f16(const void* p) { return _mm256_cvtph_ps(_mm_loadu_si128(static_cast<const __m128i*>(p))); }
inline Floats floats_from_bf16(const void* p) {
  return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p))), 16));
}
inline Floats floats_from_u8(const void* p) { return _mm256_cvtepi32_ps(_mm256_cvtepu8_epi32(_mm_loadl_epi64(static_cast<const __m128i*>(p)))); }
inline Floats floats_from_i8(const void* p) { return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(_mm_loadl_epi64(static_cast<const __m128i*>(p)))); }

inline Ints plus(Ints a, Ints b) { return _mm256_add_epi32(a, b); }
inline Ints every_int(int32_t v) { return _mm256_set1_epi32(v); }

inline Bytes load_bytes(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
inline void store_bytes(void* p, Bytes v) { _mm256_storeu_si256(static_cast<__m256i*>(p), v); }
inline Bytes every_byte(uint8_t v) { return _mm256_set1_epi8(static_cast<char>(v)); }
inline Bytes masked(Bytes v, Bytes mask) { return _mm256_and_si256(v, mask); }
// (bits & mask) | v
inline Bytes masked_or(Bytes bits, Bytes mask, Bytes v) { return _mm256_or_si256(_mm256_and_si256(bits, mask), v); }
// Bits move within dwords, so those that leave a byte have to be masked: up by n, or down by -n.
template <int n>
inline Bytes moved_up(Bytes v) {
  if constexpr (n > 0) return _mm256_slli_epi32(v, n);
  if constexpr (n < 0) return _mm256_srli_epi32(v, -n);
  return v;
}

// Integer dot products. A group is four columns: the quants of a row are the bytes of a lane, and the activations two dwords of
// QuantizedBlock::q, put there by put_group, each of which meets an operand that the quants become. Here: 16-bit numbers of the columns 0
// and 2, and of 1 and 3.
using Operand = __m256i;
constexpr int kOperands = 2;
inline Operand first_operand(Bytes quants) { return _mm256_and_si256(quants, _mm256_set1_epi16(0xFF)); }
inline Operand second_operand(Bytes quants) { return _mm256_srli_epi16(quants, 8); }
inline Operand load_operand(const void* p) { return load_bytes(p); }
inline void store_operand(void* p, Operand v) { store_bytes(p, v); }
// The dword at p in every lane.
inline Ints every_dword(const int32_t* p) { return _mm256_set1_epi32(*p); }
// A lane of sum + its products.
inline Ints dot(Ints sum, Operand w, Ints x) { return _mm256_add_epi32(sum, _mm256_madd_epi16(w, x)); }
// What a sum over the first operands counts in the result.
constexpr int kFirstCounts = 1;
inline Ints of_first(Ints sum) { return sum; }

// x: numbers of four columns.
inline void put_group(int32_t* first, int32_t* second, const int32_t* x) {
  const int16_t even[2] = {static_cast<int16_t>(x[0]), static_cast<int16_t>(x[2])};
  const int16_t odd[2] = {static_cast<int16_t>(x[1]), static_cast<int16_t>(x[3])};
  std::memcpy(first, even, sizeof even);
  std::memcpy(second, odd, sizeof odd);
}

// Into the second-level cache: the first has no room for what comes later.
inline void prefetch(const void* p) { _mm_prefetch(static_cast<const char*>(p), _MM_HINT_T1); }

// Sixteen lanes, of which the columns of a float32 dot product take turns.
constexpr int kSixteen = 16 / kWidth;
struct Sixteen {
  Floats part[kSixteen];
};

// sum[i] = the lanes of v[i] as a tree (l and l + 8, then + 4, + 2, + 1), i < n; sum has room for a multiple of eight. Eight at a time:
// each level merges two registers into one.
inline void sum_lanes(float* sum, const Sixteen* v, int n) {
  for (int i = 0; i < n; i += 8) {
    const auto at = [&](int k) {
      const Sixteen& s = v[i + k < n ? i + k : n - 1];
      return _mm256_add_ps(s.part[0], s.part[1]);
    };
    __m256 four[4], two[2];
    for (int k = 0; k < 4; ++k) {
      const __m256 a = at(2 * k), b = at(2 * k + 1);
      four[k] = _mm256_add_ps(_mm256_permute2f128_ps(a, b, 0x20), _mm256_permute2f128_ps(a, b, 0x31));
    }
    for (int k = 0; k < 2; ++k) {
      const __m256d a = _mm256_castps_pd(four[2 * k]), b = _mm256_castps_pd(four[2 * k + 1]);
      two[k] = _mm256_add_ps(_mm256_castpd_ps(_mm256_unpacklo_pd(a, b)), _mm256_castpd_ps(_mm256_unpackhi_pd(a, b)));
    }
    const __m256 one = _mm256_add_ps(_mm256_shuffle_ps(two[0], two[1], 0x88), _mm256_shuffle_ps(two[0], two[1], 0xDD));  // 0 2 4 6 | 1 3 5 7
    float mixed[8];
    _mm256_storeu_ps(mixed, one);
    for (int k = 0; k < 8; ++k) sum[i + k] = mixed[k % 2 * 4 + k / 2];
  }
}

// Register tiles: of float32 dot products, rows by tokens, and of integer ones, registers of rows by tokens.
constexpr int kFloatRows = 2;
constexpr int kFloatTokens = 3;
constexpr int kPackedRegisters = 2;
constexpr int kPackedTokens = 3;
// Tiles of sixteen rows that one row of x meets at once.
constexpr int kTogether = 1;

}  // namespace
}  // namespace wz::WZ_ISA
