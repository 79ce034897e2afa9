// Vectors of 32-bit words and of 16-bit halves, without sign, and the step of every filter: moving the selected lanes together.
#pragma once
#include <arm_neon.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

using Words = uint32x4_t;
constexpr int kWordLanes = 4;
using WordMask = uint32x4_t;  // all bits of a lane, or none

inline Words load_words(const void* p) { return vreinterpretq_u32_u8(vld1q_u8(static_cast<const uint8_t*>(p))); }
inline Words every_word(uint32_t v) { return vdupq_n_u32(v); }
inline Words plus(Words a, Words b) { return vaddq_u32(a, b); }
inline Words minus(Words a, Words b) { return vsubq_u32(a, b); }
inline Words bits_in_both(Words a, Words b) { return vandq_u32(a, b); }
inline Words bits_in_either(Words a, Words b) { return vorrq_u32(a, b); }
inline Words shifted_left(Words a, int n) { return vshlq_u32(a, vdupq_n_s32(n)); }
inline Words shifted_right(Words a, int n) { return vshlq_u32(a, vdupq_n_s32(-n)); }
inline Words smaller_of(Words a, Words b) { return vminq_u32(a, b); }
inline Words larger_of(Words a, Words b) { return vmaxq_u32(a, b); }
// v, v + 1, v + 2, ...
inline Words words_from(uint32_t v) {
  const uint32_t lanes[4] = {0, 1, 2, 3};
  return plus(every_word(v), vld1q_u32(lanes));
}
inline uint32_t sum_of(Words a) { return vaddvq_u32(a); }

inline WordMask equal(Words a, Words b) { return vceqq_u32(a, b); }
inline WordMask below(Words a, Words b) { return vcltq_u32(a, b); }
inline WordMask has_any(Words a, Words bits) { return vtstq_u32(a, bits); }
inline WordMask both(WordMask a, WordMask b) { return vandq_u32(a, b); }
inline Words select(WordMask m, Words yes, Words no) { return vbslq_u32(m, yes, no); }
// a + 1 where selected.
inline Words one_more(WordMask m, Words a) { return minus(a, m); }
// One bit per lane, the first lowest.
inline uint32_t lanes_of(WordMask m) {
  const uint32_t bits[4] = {1, 2, 4, 8};
  return vaddvq_u32(vandq_u32(m, vld1q_u32(bits)));
}

// The lower halves of the lanes.
inline void store_halves(uint16_t* p, Words v) { vst1_u16(p, vmovn_u32(v)); }

// For each mask the byte numbers of its lanes.
struct SelectedLanes {
  uint8_t of[16][16];
  constexpr SelectedLanes() : of() {
    for (uint32_t m = 0; m < 16; ++m) {
      int place = 0;
      for (int lane = 0; lane < 4; ++lane) {
        if ((m >> lane & 1) == 0) continue;
        for (int byte = 0; byte < 4; ++byte) of[m][place++] = static_cast<uint8_t>(4 * lane + byte);
      }
    }
  }
};
constexpr SelectedLanes kSelectedLanes;

// Writes the selected lanes to out, in order, and returns how many they are; all kWordLanes words at out may be overwritten.
inline int append_selected(uint32_t* out, Words v, uint32_t lanes) {
  vst1q_u32(out, vreinterpretq_u32_u8(vqtbl1q_u8(vreinterpretq_u8_u32(v), vld1q_u8(kSelectedLanes.of[lanes]))));
  return __builtin_popcount(lanes);
}

// Vectors of 16-bit numbers without sign.
struct Halves {
  uint16x8_t v;
};
constexpr int kHalvesLanes = 8;

inline Halves load_halves(const uint16_t* p) { return {vld1q_u16(p)}; }
inline Halves every_half(uint16_t v) { return {vdupq_n_u16(v)}; }
// v, v + 1, v + 2, ...
inline Halves halves_from(uint16_t v) {
  const uint16_t lanes[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  return {vaddq_u16(vdupq_n_u16(v), vld1q_u16(lanes))};
}
// The upper and the lower halves of kHalvesLanes words at p.
inline void split_words(const void* p, Halves& upper, Halves& lower) {
  const uint16x8_t a = vreinterpretq_u16_u32(load_words(p)), b = vreinterpretq_u16_u32(load_words(static_cast<const char*>(p) + 16));
  upper.v = vuzp2q_u16(a, b);
  lower.v = vuzp1q_u16(a, b);
}
inline Halves operator+(Halves a, Halves b) { return {vaddq_u16(a.v, b.v)}; }
inline Halves operator-(Halves a, Halves b) { return {vsubq_u16(a.v, b.v)}; }
inline Halves operator&(Halves a, Halves b) { return {vandq_u16(a.v, b.v)}; }
inline Halves operator|(Halves a, Halves b) { return {vorrq_u16(a.v, b.v)}; }
inline Halves operator<<(Halves a, int n) { return {vshlq_u16(a.v, vdupq_n_s16(static_cast<int16_t>(n)))}; }
inline Halves operator>>(Halves a, int n) { return {vshlq_u16(a.v, vdupq_n_s16(static_cast<int16_t>(-n)))}; }
// a - b, or 0 where that is negative.
inline Halves minus_saturated(Halves a, Halves b) { return {vqsubq_u16(a.v, b.v)}; }
inline Halves smaller_of(Halves a, Halves b) { return {vminq_u16(a.v, b.v)}; }
inline Halves larger_of(Halves a, Halves b) { return {vmaxq_u16(a.v, b.v)}; }
inline Halves if_zero(Halves a, Halves yes, Halves no) { return {vbslq_u16(vceqzq_u16(a.v), yes.v, no.v)}; }
inline void store_halves(uint16_t* p, Halves a) { vst1q_u16(p, a.v); }
inline uint32_t half_lanes_of(uint16x8_t m) {
  const uint16_t bits[8] = {1, 2, 4, 8, 16, 32, 64, 128};
  return vaddvq_u16(vandq_u16(m, vld1q_u16(bits)));
}
// One bit for each of kHalvesLanes numbers at p that has one of the given bits, the first lowest.
inline uint32_t lanes_with(const uint16_t* p, uint16_t bits) { return half_lanes_of(vtstq_u16(vld1q_u16(p), vdupq_n_u16(bits))); }

}  // namespace
}  // namespace wz::WZ_ISA
