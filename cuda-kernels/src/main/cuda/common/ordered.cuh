// Tokens of a vocabulary, or experts, in the order of choosing: descending by a value, of equal ones the lower number first. A candidate is that
// order as one integer, the value's ordered bits above the complement of the number; the larger comes first, and 0 is none.
#pragma once
#include <cstdint>
#include "common/pack.cuh"
#include "common/reduce.cuh"

namespace wz::cuda {

using Candidate = uint64_t;

// Bits that compare as the floats do; no NaN, no -0.
__device__ inline uint32_t ordered_bits(float v) {
  const uint32_t b = bits<uint32_t>(v);
  return b ^ ((b >> 31) != 0 ? 0xFFFFFFFFu : 0x80000000u);
}
__device__ inline float from_ordered_bits(uint32_t b) { return bits<float>(b ^ ((b >> 31) != 0 ? 0x80000000u : 0xFFFFFFFFu)); }

__device__ inline Candidate candidate(float value, int32_t id) { return static_cast<uint64_t>(ordered_bits(value)) << 32 | ~static_cast<uint32_t>(id); }
__device__ inline int32_t id_of(Candidate c) { return static_cast<int32_t>(~static_cast<uint32_t>(c)); }
__device__ inline float value_of(Candidate c) { return from_ordered_bits(static_cast<uint32_t>(c >> 32)); }

// The largest of the warp, in every lane.
__device__ inline Candidate warp_max(Candidate c) {
#pragma unroll
  for (int s = kWarp / 2; s > 0; s /= 2) {
    const Candidate other = __shfl_xor_sync(kWholeWarp, c, s);
    c = other > c ? other : c;
  }
  return c;
}

}  // namespace wz::cuda
