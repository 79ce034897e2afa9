// Order statistics over keys.
#include <algorithm>
#include <vector>
#include "capi/operations.h"

namespace wz::reference {

void histogram(int64_t* histogram, const uint32_t* key, int64_t n, int level, uint32_t prefix) {
  for (int64_t i = 0; i < n; ++i) {
    if (level == 0) {
      ++histogram[key[i] >> 16];
    } else if (key[i] >> 16 == prefix) {
      ++histogram[key[i] & 0xFFFF];
    }
  }
}

void count(int64_t* counts, const uint32_t* key, int64_t n, uint32_t value) {
  for (int64_t i = 0; i < n; ++i) ++counts[key[i] < value ? 0 : key[i] == value ? 1 : 2];
}

void between(uint32_t* found, int64_t capacity, int64_t* counts, const uint32_t* key, int64_t n, uint32_t low, uint32_t high) {
  int64_t inside = 0;
  for (int64_t i = 0; i < n; ++i) {
    if (key[i] < low) {
      ++counts[0];
    } else if (key[i] == low) {
      ++counts[1];
    } else if (key[i] == high) {
      ++counts[3];
    } else if (key[i] > high) {
      ++counts[4];
    } else {
      if (inside < capacity) found[inside] = key[i];
      ++inside;
    }
  }
  counts[2] += inside;
}

uint32_t key_at_rank(const uint32_t* key, int64_t n, int64_t rank) {
  std::vector<uint32_t> sorted(key, key + n);
  std::sort(sorted.begin(), sorted.end());
  return sorted[static_cast<size_t>(rank)];
}

}  // namespace wz::reference
