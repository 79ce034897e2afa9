// Order statistics over keys: histograms, counts, and the keys of an interval.
#include "capi/operations.h"

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

void between(uint32_t* found, int64_t capacity, int64_t* counts, const uint32_t* key, int64_t n, uint32_t low, uint32_t high) {
  int64_t below = 0;
  int64_t within = 0;
  for (int64_t i = 0; i < n; ++i) {
    below += key[i] < low;
    if (key[i] >= low && key[i] <= high) {
      if (within < capacity) found[within] = key[i];
      ++within;
    }
  }
  counts[0] += below;
  counts[1] += within;
  counts[2] += n - below - within;
}

}  // namespace wz::WZ_ISA
