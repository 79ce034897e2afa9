// Tokens of a vocabulary in the order of sampling: descending by a value, of equal ones the lower id first. A candidate is that order as one
// integer, the value's bits above the complement of the id; the larger comes first.
#pragma once
#include <cstdint>
#include <cstring>
#include "base/elementary_f32.h"

namespace wz {

using Candidate = uint64_t;

// Bits that compare as the floats do; no NaN, no -0.
inline uint32_t ordered_bits(float v) {
  const uint32_t bits = bits_of_f32(v);
  return bits ^ ((bits >> 31) != 0 ? 0xFFFFFFFFu : 0x80000000u);
}
inline float from_ordered_bits(uint32_t bits) { return f32_of_bits(bits ^ ((bits >> 31) != 0 ? 0x80000000u : 0xFFFFFFFFu)); }

inline Candidate candidate(float value, int32_t id) { return uint64_t{ordered_bits(value)} << 32 | ~static_cast<uint32_t>(id); }
inline int32_t id_of(Candidate c) { return static_cast<int32_t>(~static_cast<uint32_t>(c)); }
inline float value_of(Candidate c) { return from_ordered_bits(static_cast<uint32_t>(c >> 32)); }

// list = the tokens of v [n] whose value is at least least, by ascending id; returns how many.
int64_t candidates_at_least(Candidate* list, const float* v, const float* chunk_max, int64_t n, float least);

// list = the tokens whose value is at least the k-th largest of v [n], and above -infinity, in no particular order; returns how many.
// spare [chunks_of(n)]: scratch.
int64_t largest_candidates(Candidate* list, const float* v, const float* chunk_max, float* spare, int64_t n, int64_t k);

// The first candidate at which the masses, added in the order of candidates, reach target, and their sum there.
struct Reached {
  Candidate candidate;
  uint64_t mass;
};

// The values of list [n] are probabilities as mass_of takes them, 1 <= target <= the sum of their masses. Reorders the list.
Reached reach_mass(Candidate* list, int64_t n, uint64_t target, double unit);

}  // namespace wz
