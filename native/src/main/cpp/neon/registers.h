// Vectors of kWidth float32 or int32 lanes and of four bytes a lane, for linear layers. The same names in avx512/registers.h and
// avx2/registers.h.
#pragma once
#include <arm_neon.h>
#include <cstdint>
#include <cstring>

namespace wz::WZ_ISA {
namespace {

constexpr int kWidth = 4;

using Floats = float32x4_t;
// Sums of two products each, added in pairs at last: those of lanes 0 and 1, and of 2 and 3.
struct Ints {
  int32x4_t low, high;
};
using Bytes = uint8x16_t;

inline Floats load_floats(const float* p) { return vld1q_f32(p); }
inline void store_floats(float* p, Floats v) { vst1q_f32(p, v); }
inline Floats every_float(float v) { return vdupq_n_f32(v); }
inline Floats plus(Floats a, Floats b) { return vaddq_f32(a, b); }
inline Floats times(Floats a, Floats b) { return vmulq_f32(a, b); }
// a b + c, rounded once.
inline Floats fused(Floats a, Floats b, Floats c) { return vfmaq_f32(c, a, b); }
inline Floats floats_of(Ints v) { return vcvtq_f32_s32(vpaddq_s32(v.low, v.high)); }
inline Floats floats_from_f16(const void* p) { return vcvt_f32_f16(vreinterpret_f16_u8(vld1_u8(static_cast<const uint8_t*>(p)))); }
inline Floats floats_from_bf16(const void* p) {
  return vreinterpretq_f32_u32(vshll_n_u16(vreinterpret_u16_u8(vld1_u8(static_cast<const uint8_t*>(p))), 16));
}
inline uint8x8_t four_bytes(const void* p) {
  uint32_t word;
  std::memcpy(&word, p, sizeof word);
  return vreinterpret_u8_u32(vdup_n_u32(word));
}
inline Floats floats_from_u8(const void* p) { return vcvtq_f32_u32(vmovl_u16(vget_low_u16(vmovl_u8(four_bytes(p))))); }
inline Floats floats_from_i8(const void* p) {
  return vcvtq_f32_s32(vmovl_s16(vget_low_s16(vmovl_s8(vreinterpret_s8_u8(four_bytes(p))))));
}

inline Ints plus(Ints a, Ints b) { return {vaddq_s32(a.low, b.low), vaddq_s32(a.high, b.high)}; }
inline Ints every_int(int32_t v) {
  const int32x4_t first = vreinterpretq_s32_u64(vdupq_n_u64(static_cast<uint32_t>(v)));
  return {first, first};
}

inline Bytes load_bytes(const void* p) { return vld1q_u8(static_cast<const uint8_t*>(p)); }
inline void store_bytes(void* p, Bytes v) { vst1q_u8(static_cast<uint8_t*>(p), v); }
inline Bytes every_byte(uint8_t v) { return vdupq_n_u8(v); }
inline Bytes masked(Bytes v, Bytes mask) { return vandq_u8(v, mask); }
// (bits & mask) | v
inline Bytes masked_or(Bytes bits, Bytes mask, Bytes v) { return vorrq_u8(vandq_u8(bits, mask), v); }
// Bits move within dwords, so those that leave a byte have to be masked: up by n, or down by -n.
template <int n>
inline Bytes moved_up(Bytes v) {
  if constexpr (n > 0) return vreinterpretq_u8_u32(vshlq_n_u32(vreinterpretq_u32_u8(v), n));
  if constexpr (n < 0) return vreinterpretq_u8_u32(vshrq_n_u32(vreinterpretq_u32_u8(v), -n));
  return v;
}

// Integer dot products. A group is four columns: the quants of a row are the bytes of a lane, and the activations two dwords of
// QuantizedBlock::q, put there by put_group, each of which meets an operand that the quants become. Here: 16-bit numbers of the columns 0
// and 2, and of 1 and 3.
using Operand = int16x8_t;
constexpr int kOperands = 2;
inline Operand first_operand(Bytes quants) { return vreinterpretq_s16_u16(vandq_u16(vreinterpretq_u16_u8(quants), vdupq_n_u16(0xFF))); }
inline Operand second_operand(Bytes quants) { return vreinterpretq_s16_u16(vshrq_n_u16(vreinterpretq_u16_u8(quants), 8)); }
inline Operand load_operand(const void* p) { return vreinterpretq_s16_u8(load_bytes(p)); }
inline void store_operand(void* p, Operand v) { store_bytes(p, vreinterpretq_u8_s16(v)); }
// The dword at p in every lane.
inline int16x8_t every_dword(const int32_t* p) { return vreinterpretq_s16_s32(vld1q_dup_s32(p)); }
// A lane of sum + its products.
inline Ints dot(Ints sum, Operand w, int16x8_t x) {
  return {vmlal_s16(sum.low, vget_low_s16(w), vget_low_s16(x)), vmlal_high_s16(sum.high, w, x)};
}
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
inline void prefetch(const void* p) { __builtin_prefetch(p, 0, 2); }

// Sixteen lanes, of which the columns of a float32 dot product take turns.
constexpr int kSixteen = 16 / kWidth;
struct Sixteen {
  Floats part[kSixteen];
};

// sum[i] = the lanes of v[i] as a tree (l and l + 8, then + 4, + 2, + 1), i < n.
inline void sum_lanes(float* sum, const Sixteen* v, int n) {
  for (int i = 0; i < n; ++i) {
    const Floats four = vaddq_f32(vaddq_f32(v[i].part[0], v[i].part[2]), vaddq_f32(v[i].part[1], v[i].part[3]));
    const float32x2_t two = vadd_f32(vget_low_f32(four), vget_high_f32(four));
    sum[i] = vget_lane_f32(two, 0) + vget_lane_f32(two, 1);
  }
}

// Register tiles: of float32 dot products, rows by tokens, and of integer ones, registers of rows by tokens.
constexpr int kFloatRows = 2;
constexpr int kFloatTokens = 3;
constexpr int kPackedRegisters = 4;
constexpr int kPackedTokens = 2;
// Tiles of sixteen rows that one row of x meets at once.
constexpr int kTogether = 1;

}  // namespace
}  // namespace wz::WZ_ISA
