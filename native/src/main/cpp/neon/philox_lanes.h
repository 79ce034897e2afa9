// The vector steps of Philox (generic/philox.h) on 2 counters, one in each 64-bit lane. Only the lower half of a lane counts: multiplication
// looks at nothing else, so the upper halves may hold whatever a step leaves there.
#pragma once
#include <arm_neon.h>
#include <cstdint>

namespace wz::WZ_ISA {
namespace {

using PhiloxLanes = uint64x2_t;
constexpr int kPhiloxLanes = 2;

inline PhiloxLanes counters_from(uint64_t first) { return vaddq_u64(vdupq_n_u64(first), vcombine_u64(vcreate_u64(0), vcreate_u64(1))); }
inline PhiloxLanes every_lane(uint32_t v) { return vdupq_n_u64(v); }
inline PhiloxLanes multiply(PhiloxLanes a, uint32_t b) { return vmull_u32(vmovn_u64(a), vdup_n_u32(b)); }
inline PhiloxLanes upper_half(PhiloxLanes a) { return vshrq_n_u64(a, 32); }
inline PhiloxLanes exclusive_or(PhiloxLanes a, PhiloxLanes b, PhiloxLanes c) { return veorq_u64(a, veorq_u64(b, c)); }

// out[4 i .. 4 i + 3] = the four words of counter i.
inline void store_words(uint32_t* out, PhiloxLanes x0, PhiloxLanes x1, PhiloxLanes x2, PhiloxLanes x3) {
  const uint64x2_t x01 = vsliq_n_u64(x0, x1, 32);
  const uint64x2_t x23 = vsliq_n_u64(x2, x3, 32);
  vst1q_u32(out, vreinterpretq_u32_u64(vzip1q_u64(x01, x23)));
  vst1q_u32(out + 4, vreinterpretq_u32_u64(vzip2q_u64(x01, x23)));
}

}  // namespace
}  // namespace wz::WZ_ISA
