// Vectors of kWidth float32 or int32 lanes and of four bytes a lane, for linear layers. The same names in avx2/registers.h and
// neon/registers.h.
#pragma once
#include <immintrin.h>
#include <cstdint>
#include <cstring>

namespace wz::WZ_ISA {
namespace {

constexpr int kWidth = 16;

using Floats = __m512;
using Ints = __m512i;
using Bytes = __m512i;

inline Floats load_floats(const float* p) { return _mm512_loadu_ps(p); }
inline void store_floats(float* p, Floats v) { _mm512_storeu_ps(p, v); }
inline Floats every_float(float v) { return _mm512_set1_ps(v); }
inline Floats plus(Floats a, Floats b) { return _mm512_add_ps(a, b); }
inline Floats times(Floats a, Floats b) { return _mm512_mul_ps(a, b); }
// a b + c, rounded once.
inline Floats fused(Floats a, Floats b, Floats c) { return _mm512_fmadd_ps(a, b, c); }
inline Floats floats_of(Ints v) { return _mm512_cvtepi32_ps(v); }
inline Floats floats_from_f16(const void* p) { return _mm512_cvtph_ps(_mm256_loadu_si256(static_cast<const __m256i*>(p))); }
inline Floats floats_from_bf16(const void* p) {
  return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(_mm256_loadu_si256(static_cast<const __m256i*>(p))), 16));
}
inline Floats floats_from_u8(const void* p) { return _mm512_cvtepi32_ps(_mm512_cvtepu8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p)))); }
inline Floats floats_from_i8(const void* p) { return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p)))); }

inline Ints plus(Ints a, Ints b) { return _mm512_add_epi32(a, b); }
inline Ints every_int(int32_t v) { return _mm512_set1_epi32(v); }

inline Bytes load_bytes(const void* p) { return _mm512_loadu_si512(p); }
inline void store_bytes(void* p, Bytes v) { _mm512_storeu_si512(p, v); }
inline Bytes every_byte(uint8_t v) { return _mm512_set1_epi8(static_cast<char>(v)); }
inline Bytes masked(Bytes v, Bytes mask) { return _mm512_and_si512(v, mask); }
// (bits & mask) | v
inline Bytes masked_or(Bytes bits, Bytes mask, Bytes v) { return _mm512_ternarylogic_epi32(bits, mask, v, 0xEA); }
// Bits move within dwords, so those that leave a byte have to be masked: up by n, or down by -n.
template <int n>
inline Bytes moved_up(Bytes v) {
  if constexpr (n > 0) return _mm512_slli_epi32(v, n);
  if constexpr (n < 0) return _mm512_srli_epi32(v, -n);
  return v;
}

// Integer dot products. A group is four columns: the quants of a row are the bytes of a lane, and the activations two dwords of
// QuantizedBlock::q, put there by put_group, each of which meets an operand that the quants become. Here: the four activations' high bytes, and
// their low ones, with sign; both meet the quants as they are.
using Operand = __m512i;
constexpr int kOperands = 1;
inline Operand first_operand(Bytes quants) { return quants; }
inline Operand second_operand(Bytes quants) { return quants; }
inline Operand load_operand(const void* p) { return load_bytes(p); }
inline void store_operand(void* p, Operand v) { store_bytes(p, v); }
// The dword at p in every lane.
inline Ints every_dword(const int32_t* p) { return _mm512_set1_epi32(*p); }
// A lane of sum + its products.
inline Ints dot(Ints sum, Operand w, Ints x) { return _mm512_dpbusd_epi32(sum, w, x); }
// What a sum over the first operands counts in the result.
constexpr int kFirstCounts = 256;
inline Ints of_first(Ints sum) { return _mm512_slli_epi32(sum, 8); }

// x: numbers of four columns, each 256 high + low.
inline void put_group(int32_t* first, int32_t* second, const int32_t* x) {
  int8_t high[4], low[4];
  for (int c = 0; c < 4; ++c) {
    low[c] = static_cast<int8_t>(x[c]);
    high[c] = static_cast<int8_t>((x[c] - low[c]) >> 8);
  }
  std::memcpy(first, high, sizeof high);
  std::memcpy(second, low, sizeof low);
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
    const auto at = [&](int k) { return v[i + k < n ? i + k : n - 1].part[0]; };
    __m512 eight[4], four[2];
    for (int k = 0; k < 4; ++k) {
      const __m512 a = at(2 * k), b = at(2 * k + 1);
      eight[k] = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x44), _mm512_shuffle_f32x4(a, b, 0xEE));
    }
    for (int k = 0; k < 2; ++k) {
      const __m512 a = eight[2 * k], b = eight[2 * k + 1];
      four[k] = _mm512_add_ps(_mm512_shuffle_f32x4(a, b, 0x88), _mm512_shuffle_f32x4(a, b, 0xDD));
    }
    const __m512d a = _mm512_castps_pd(four[0]), b = _mm512_castps_pd(four[1]);
    const __m512 two = _mm512_add_ps(_mm512_castpd_ps(_mm512_unpacklo_pd(a, b)), _mm512_castpd_ps(_mm512_unpackhi_pd(a, b)));
    const __m512 one = _mm512_add_ps(two, _mm512_permute_ps(two, 0xB1));  // even lanes: 0 4 | 1 5 | 2 6 | 3 7
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 2, 6, 10, 14, 0, 0, 0, 0, 0, 0, 0, 0);
    _mm256_storeu_ps(sum + i, _mm512_castps512_ps256(_mm512_permutexvar_ps(order, one)));
  }
}

// Register tiles: of float32 dot products, rows by tokens, and of integer ones, registers of rows by tokens.
constexpr int kFloatRows = 4;
constexpr int kFloatTokens = 6;
constexpr int kPackedRegisters = 2;
constexpr int kPackedTokens = 6;
// Tiles of sixteen rows that one row of x meets at once.
constexpr int kTogether = 2;

}  // namespace
}  // namespace wz::WZ_ISA
