// Order statistics over keys: histograms, counts, and the keys of an interval.
#include "capi/operations.h"
#include "key_masks.h"

namespace wz::WZ_ISA {

void histogram(int64_t* histogram, const uint32_t* key, int64_t n, int level, uint32_t prefix) {
  if (level == 0) {
    for (int64_t i = 0; i < n; ++i) ++histogram[key[i] >> 16];
  } else {
    for (int64_t i = 0; i < n; ++i) {
      if (key[i] >> 16 == prefix) ++histogram[key[i] & 0xFFFF];
    }
  }
}

void count(int64_t* counts, const uint32_t* key, int64_t n, uint32_t value) {
  int64_t below = 0;
  int64_t equal = 0;
  for (int64_t i = 0; i < n; ++i) {
    below += key[i] < value;
    equal += key[i] == value;
  }
  counts[0] += below;
  counts[1] += equal;
  counts[2] += n - below - equal;
}

// 64 keys at a time: comparisons give a bit for each, the few keys that are wanted are then taken by their bits. Compressing stores would do
// it in one instruction, which takes over a hundred cycles on Zen 4 and 5.
void between(uint32_t* found, int64_t capacity, int64_t* counts, const uint32_t* key, int64_t n, uint32_t low, uint32_t high) {
  int64_t below = 0;
  int64_t to_low = 0;
  int64_t below_high = 0;
  int64_t to_high = 0;
  int64_t inside = 0;
  const auto take = [&](uint32_t k) {
    if (inside < capacity) found[inside] = k;
    ++inside;
  };
  int64_t i = 0;
  for (; i + 64 <= n; i += 64) {
    const uint64_t not_above_low = keys_up_to(key + i, low);
    const uint64_t under_high = keys_below(key + i, high);
    below += __builtin_popcountll(keys_below(key + i, low));
    to_low += __builtin_popcountll(not_above_low);
    below_high += __builtin_popcountll(under_high);
    to_high += __builtin_popcountll(keys_up_to(key + i, high));
    for (uint64_t wanted = under_high & ~not_above_low; wanted != 0; wanted &= wanted - 1) take(key[i + __builtin_ctzll(wanted)]);
  }
  for (; i < n; ++i) {
    below += key[i] < low;
    to_low += key[i] <= low;
    below_high += key[i] < high;
    to_high += key[i] <= high;
    if (key[i] > low && key[i] < high) take(key[i]);
  }
  counts[0] += below;
  counts[1] += to_low - below;
  counts[2] += inside;
  counts[3] += low == high ? 0 : to_high - below_high;
  counts[4] += n - to_high;
}

}  // namespace wz::WZ_ISA
