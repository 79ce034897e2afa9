// One element: loads and stores at any address and the roundings, without branches, so that loops over them vectorise.
#pragma once
#include <cstdint>
#include <cstring>

namespace wz::WZ_ISA {
namespace {

template <class S>
inline __attribute__((always_inline)) S get(const void* p, int64_t i) {
  S s;
  std::memcpy(&s, static_cast<const char*>(p) + i * static_cast<int64_t>(sizeof(S)), sizeof(S));
  return s;
}

template <class S>
inline __attribute__((always_inline)) void put(void* p, int64_t i, S s) {
  std::memcpy(static_cast<char*>(p) + i * static_cast<int64_t>(sizeof(S)), &s, sizeof(S));
}

inline __attribute__((always_inline)) float float_of(uint32_t bits) { return get<float>(&bits, 0); }
inline __attribute__((always_inline)) uint32_t bits_of(float v) { return get<uint32_t>(&v, 0); }

// v, or +0 where it is not kept. Written with bits: the compiler would skip the computation of a v that only one side of a condition needs, by a
// branch, and not vectorise the loop.
inline __attribute__((always_inline)) float kept_if(bool keep, float v) { return float_of(bits_of(v) & (0u - static_cast<uint32_t>(keep))); }
inline __attribute__((always_inline)) double kept_if(bool keep, double v) {
  const uint64_t bits = get<uint64_t>(&v, 0) & (uint64_t{0} - static_cast<uint64_t>(keep));
  return get<double>(&bits, 0);
}

inline __attribute__((always_inline)) float get_bf16(const void* p, int64_t i) {
  return float_of(static_cast<uint32_t>(get<uint16_t>(p, i)) << 16);
}

// The upper half of what comes back is the bfloat16 nearest to the float with these bits, ties to even; NaN becomes quiet.
inline __attribute__((always_inline)) uint32_t bits_rounded_to_bf16(uint32_t bits) {
  const uint32_t rounded = bits + 0x7FFFu + (bits >> 16 & 1u);
  const uint32_t quiet = bits | 0x00400000u;
  return (bits & 0x7FFFFFFFu) > 0x7F800000u ? quiet : rounded;
}

inline __attribute__((always_inline)) float rounded_to_bf16(float v) { return float_of(bits_rounded_to_bf16(bits_of(v)) & 0xFFFF0000u); }

// The nearest binary16, ties to even, as float; NaN becomes quiet.
inline __attribute__((always_inline)) float rounded_to_f16(float v) {
  const uint32_t sign = bits_of(v) & 0x80000000u;
  const uint32_t magnitude = bits_of(v) & 0x7FFFFFFFu;
  const uint32_t normal = (magnitude + 0xFFFu + (magnitude >> 13 & 1u)) & 0xFFFFE000u;
  // Below 2^-14 the unit is 2^-24, which is the last place of a sum near 0.5.
  const uint32_t subnormal = bits_of(float_of(magnitude) + 0.5f - 0.5f);
  uint32_t r = magnitude < 0x38800000u ? subnormal : normal;
  r = r > 0x477FE000u ? 0x7F800000u : r;  // 65504 is the largest
  r = magnitude > 0x7F800000u ? (magnitude | 0x00400000u) & 0xFFFFE000u : r;
  return float_of(r | sign);
}

}  // namespace
}  // namespace wz::WZ_ISA
