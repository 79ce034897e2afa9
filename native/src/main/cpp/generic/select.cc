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
  int64_t i = 0;
  for (; i + 64 <= n; i += 64) {
    const uint64_t smaller = keys_below(key + i, value);
    below += __builtin_popcountll(smaller);
    equal += __builtin_popcountll(keys_up_to(key + i, value) & ~smaller);
  }
  for (; i < n; ++i) {
    below += key[i] < value;
    equal += key[i] == value;
  }
  counts[0] += below;
  counts[1] += equal;
  counts[2] += n - below - equal;
}

// 64 keys at a time: comparisons give a bit for each, the few keys that are wanted are then taken by their bits, those equal to a bound among them
// as long as they are few as well. Compressing stores would do it in one instruction, which takes over a hundred cycles on Zen 4 and 5.
void between(uint32_t* found, int64_t capacity, int64_t* counts, const uint32_t* key, int64_t n, uint32_t low, uint32_t high) {
  int64_t below = 0;
  int64_t lows = 0;
  int64_t highs = 0;
  int64_t to_high = 0;
  int64_t inside = 0;
  constexpr int kFew = 8;
  const auto take = [&](uint32_t k, bool is_inside) {
    if (inside < capacity) found[inside] = k;
    inside += is_inside;
  };
  int64_t i = 0;
  for (; i + 64 <= n; i += 64) {
    const uint64_t under_low = keys_below(key + i, low);
    const uint64_t not_above = keys_up_to(key + i, high);
    const uint64_t wanted = not_above & ~under_low;
    const int m = __builtin_popcountll(wanted);
    below += __builtin_popcountll(under_low);
    to_high += __builtin_popcountll(not_above);
    if (m > kFew) {  // many equal keys, at a bound
      const uint64_t at_low = wanted & keys_up_to(key + i, low);
      const uint64_t at_high = wanted & ~keys_below(key + i, high);
      lows += __builtin_popcountll(at_low);
      highs += __builtin_popcountll(at_high);
      for (uint64_t rest = wanted & ~at_low & ~at_high; rest != 0; rest &= rest - 1) take(key[i + __builtin_ctzll(rest)], 1);
    } else {
      for (uint64_t rest = wanted; rest != 0; rest &= rest - 1) {
        const uint32_t k = key[i + __builtin_ctzll(rest)];
        lows += k == low;
        highs += k == high;
        take(k, k != low && k != high);
      }
    }
  }
  for (; i < n; ++i) {
    below += key[i] < low;
    lows += key[i] == low;
    highs += key[i] == high;
    to_high += key[i] <= high;
    if (key[i] > low && key[i] < high) take(key[i], true);
  }
  counts[0] += below;
  counts[1] += lows;
  counts[2] += inside;
  counts[3] += low == high ? 0 : highs;
  counts[4] += n - to_high;
}

}  // namespace wz::WZ_ISA
