// Sixteen float32 lanes, for AArch64: four registers. The same names, and the same order of additions, in avx512/lanes.h and avx2/lanes.h.
#pragma once
#include <arm_neon.h>
#include <cstdint>
#include <cstring>

namespace wz::WZ_ISA {
namespace {

struct Lanes {
  float32x4_t v[4];
};
constexpr int kLaneCount = 16;

// How many rows of queries share a vector of keys, and how many vectors of values a row of sums has, so that the sums fill the registers.
constexpr int kQueryRows = 1;
constexpr int kWideRows = 1, kWideVectors = 4;
constexpr int kVectors = 4;

template <class F>
inline __attribute__((always_inline)) Lanes each_register(F&& f) {
  return {{f(0), f(1), f(2), f(3)}};
}

inline Lanes lanes_of(float v) {
  return each_register([&](int) { return vdupq_n_f32(v); });
}
inline Lanes load_lanes(const void* p) {
  return each_register([&](int i) { return vreinterpretq_f32_u8(vld1q_u8(static_cast<const uint8_t*>(p) + 16 * i)); });
}
inline void store_lanes(void* p, const Lanes& v) {
  for (int i = 0; i < 4; ++i) vst1q_u8(static_cast<uint8_t*>(p) + 16 * i, vreinterpretq_u8_f32(v.v[i]));
}

inline Lanes lanes_from_halves(float16x8_t low, float16x8_t high) {
  return {{vcvt_f32_f16(vget_low_f16(low)), vcvt_high_f32_f16(low), vcvt_f32_f16(vget_low_f16(high)), vcvt_high_f32_f16(high)}};
}
inline Lanes lanes_from_f16(const void* p) {
  const auto* bytes = static_cast<const uint8_t*>(p);
  return lanes_from_halves(vreinterpretq_f16_u8(vld1q_u8(bytes)), vreinterpretq_f16_u8(vld1q_u8(bytes + 16)));
}
inline Lanes lanes_from_bf16(const void* p) {
  const auto* bytes = static_cast<const uint8_t*>(p);
  const uint16x8_t low = vreinterpretq_u16_u8(vld1q_u8(bytes)), high = vreinterpretq_u16_u8(vld1q_u8(bytes + 16));
  return {{vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(low), 16)), vreinterpretq_f32_u32(vshll_high_n_u16(low, 16)),
           vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(high), 16)), vreinterpretq_f32_u32(vshll_high_n_u16(high, 16))}};
}
inline Lanes lanes_from_i8(const void* p) {
  const int8x16_t bytes = vld1q_s8(static_cast<const int8_t*>(p));
  const int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_high_s8(bytes);
  return {{vcvtq_f32_s32(vmovl_s16(vget_low_s16(low))), vcvtq_f32_s32(vmovl_high_s16(low)), vcvtq_f32_s32(vmovl_s16(vget_low_s16(high))),
           vcvtq_f32_s32(vmovl_high_s16(high))}};
}
// Moved to the places of a binary16, e4m3 is the value times 2^-8; its NaN becomes 480 there, beyond all others.
inline float16x8_t halves_from_e4m3(uint8x8_t bytes) {
  const uint16x8_t words = vmovl_u8(bytes);
  return vreinterpretq_f16_u16(vorrq_u16(vshlq_n_u16(vandq_u16(words, vdupq_n_u16(0x7F)), 7), vshlq_n_u16(vandq_u16(words, vdupq_n_u16(0x80)), 8)));
}
inline Lanes lanes_from_e4m3(const void* p) {
  const uint8x16_t bytes = vld1q_u8(static_cast<const uint8_t*>(p));
  const Lanes scaled = lanes_from_halves(halves_from_e4m3(vget_low_u8(bytes)), halves_from_e4m3(vget_high_u8(bytes)));
  return each_register([&](int i) {
    const float32x4_t v = vmulq_n_f32(scaled.v[i], 256);
    return vbslq_f32(vceqq_f32(vabsq_f32(v), vdupq_n_f32(480)), vdupq_n_f32(__builtin_nanf("")), v);
  });
}
inline float half_at(const void* p) {
  float16_t h;
  std::memcpy(&h, p, sizeof h);
  return static_cast<float>(h);
}

inline Lanes add(const Lanes& a, const Lanes& b) {
  return each_register([&](int i) { return vaddq_f32(a.v[i], b.v[i]); });
}
inline Lanes multiply(const Lanes& a, const Lanes& b) {
  return each_register([&](int i) { return vmulq_f32(a.v[i], b.v[i]); });
}
inline Lanes divide(const Lanes& a, const Lanes& b) {
  return each_register([&](int i) { return vdivq_f32(a.v[i], b.v[i]); });
}
inline Lanes multiply_add(const Lanes& a, const Lanes& b, const Lanes& c) {
  return each_register([&](int i) { return vfmaq_f32(c.v[i], a.v[i], b.v[i]); });
}
// The larger; b where a is NaN.
inline Lanes larger(const Lanes& a, const Lanes& b) {
  return each_register([&](int i) { return vbslq_f32(vcgtq_f32(a.v[i], b.v[i]), a.v[i], b.v[i]); });
}

// Lane l + lane l + 8, then + 4.
inline float32x4_t four_of(const Lanes& a) { return vaddq_f32(vaddq_f32(a.v[0], a.v[2]), vaddq_f32(a.v[1], a.v[3])); }

// Lane l + lane l + 2 of both: two lanes of a, then two of b.
inline float32x4_t two_of_each(float32x4_t a, float32x4_t b) {
  return vaddq_f32(vcombine_f32(vget_low_f32(a), vget_low_f32(b)), vcombine_f32(vget_high_f32(a), vget_high_f32(b)));
}

// out[i] = the sum of the lanes of each: lane l + lane l + 8, then + 4, + 2, + 1.
inline void store_sums(float* out, const Lanes& a, const Lanes& b, const Lanes& c, const Lanes& d) {
  vst1q_f32(out, vpaddq_f32(two_of_each(four_of(a), four_of(b)), two_of_each(four_of(c), four_of(d))));
}

}  // namespace
}  // namespace wz::WZ_ISA
