// What the compiler does not make of plain loops, for AArch64. The same names in avx2/simd.h and avx512/simd.h.
#pragma once
#include <arm_neon.h>
#include <cstdint>
#include <cstring>

namespace wz::WZ_ISA {
namespace {

constexpr int kRegisters = 32;
constexpr int kDoubles = 2;  // float64 lanes of a register

// binary16 <-> binary32, kHalfLanes elements, any alignment; to nearest, ties to even (the mode that FPCR starts with).
constexpr int kHalfLanes = 8;

inline void widen_f16(float* v, const void* h) {
  const float16x8_t halves = vreinterpretq_f16_u8(vld1q_u8(static_cast<const uint8_t*>(h)));
  vst1q_f32(v, vcvt_f32_f16(vget_low_f16(halves)));
  vst1q_f32(v + 4, vcvt_high_f32_f16(halves));
}

inline void narrow_f16(void* h, const float* v) {
  const float16x8_t halves = vcvt_high_f16_f32(vcvt_f16_f32(vld1q_f32(v)), vld1q_f32(v + 4));
  vst1q_u8(static_cast<uint8_t*>(h), vreinterpretq_u8_f16(halves));
}

inline float widened_f16(uint16_t h) {
  return vgetq_lane_f32(vcvt_f32_f16(vreinterpret_f16_u16(vdup_n_u16(h))), 0);
}

// The kDoubles elements at p as float64.
using Doubles = float64x2_t;

inline Doubles doubles_from_bf16(const void* p) {
  uint32_t pair;
  std::memcpy(&pair, p, sizeof pair);
  const uint32x4_t words = vshll_n_u16(vreinterpret_u16_u32(vdup_n_u32(pair)), 16);
  return vcvt_f64_f32(vreinterpret_f32_u32(vget_low_u32(words)));
}
inline Doubles doubles_from_f32(const void* p) { return vcvt_f64_f32(vreinterpret_f32_u8(vld1_u8(static_cast<const uint8_t*>(p)))); }
inline Doubles doubles_from_f64(const void* p) { return vreinterpretq_f64_u8(vld1q_u8(static_cast<const uint8_t*>(p))); }
inline Doubles doubles_of(double v) { return vdupq_n_f64(v); }

// a b + c, rounded once.
inline Doubles multiply_add(Doubles a, Doubles b, Doubles c) { return vfmaq_f64(c, a, b); }

}  // namespace
}  // namespace wz::WZ_ISA
