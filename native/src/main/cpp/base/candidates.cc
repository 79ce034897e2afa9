#include "base/candidates.h"
#include <algorithm>
#include <functional>
#include <limits>
#include "base/vocabulary.h"

namespace wz {

int64_t candidates_at_least(Candidate* list, const float* v, const float* chunk_max, int64_t n, float least) {
  int64_t found = 0;
  for (int64_t begin = 0, chunk = 0; begin < n; begin += kChunk, ++chunk) {
    if (chunk_max[chunk] < least) continue;
    const int64_t end = std::min(n, begin + kChunk);
    for (int64_t i = begin; i < end; ++i) {
      if (v[i] >= least) list[found++] = candidate(v[i], static_cast<int32_t>(i));
    }
  }
  return found;
}

// The k-th largest maximum of a chunk bounds the k-th largest element from below, and closely: few chunks hold two of the k.
int64_t largest_candidates(Candidate* list, const float* v, const float* chunk_max, float* spare, int64_t n, int64_t k) {
  constexpr float kLeast = std::numeric_limits<float>::lowest();
  const int64_t chunks = chunks_of(n);
  float bound = kLeast;
  if (k <= chunks) {
    std::copy(chunk_max, chunk_max + chunks, spare);
    std::nth_element(spare, spare + (k - 1), spare + chunks, std::greater<>());
    bound = std::max(bound, spare[k - 1]);
  }
  int64_t found = candidates_at_least(list, v, chunk_max, n, bound);
  if (found > k) {
    std::nth_element(list, list + (k - 1), list + found, std::greater<>());
    const Candidate least = list[k - 1] >> 32 << 32;  // whatever the id
    found = std::partition(list + k, list + found, [=](Candidate c) { return c >= least; }) - list;
  }
  return found;
}

// Histograms of mass over ten bits of the value at a time, until the place lies among few candidates, which are sorted. Values up to 1 have
// ordered bits from 0x80000000 to 0xBF800000: their upper twelve, less the first two, number at most 1016.
Reached reach_mass(Candidate* list, int64_t n, uint64_t target, double unit) {
  constexpr int64_t kFew = 256;
  uint64_t mass = 0;
  for (int shift = 52; shift >= 32 && n > kFew; shift -= 10) {
    uint64_t bin[1024] = {};
    const auto bin_of = [=](Candidate c) { return c >> shift & 1023; };
    for (int64_t i = 0; i < n; ++i) bin[bin_of(list[i])] += mass_of(value_of(list[i]), unit);
    uint64_t at = 1023;
    while (mass + bin[at] < target) mass += bin[at--];
    n = std::partition(list, list + n, [=](Candidate c) { return bin_of(c) == at; }) - list;
  }
  std::sort(list, list + n, std::greater<>());
  int64_t i = 0;
  mass += mass_of(value_of(list[0]), unit);
  while (mass < target) mass += mass_of(value_of(list[++i]), unit);
  return {list[i], mass};
}

}  // namespace wz
