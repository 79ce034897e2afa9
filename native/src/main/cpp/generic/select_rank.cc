// The key at a place of the sorted order, without sorting: counting digits from the top, of the distance from the smallest key, until all keys that
// are left are one. Only the first round looks at all keys; it leaves about one in a thousand.
#include <cstring>
#include "capi/operations.h"
#include "generic/scratch.h"
#include "words.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kDigitBits = 10;
constexpr int kDigits = 1 << kDigitBits;
constexpr int kTables = 4;  // neighbours are often equal keys: counted in one table, each would wait for the one before

struct Interval {
  uint32_t low;
  uint32_t high;
};

Interval interval_of(const uint32_t* key, int64_t n) {
  Interval all{key[0], key[0]};
  for (int64_t i = 1; i < n; ++i) {
    all.low = key[i] < all.low ? key[i] : all.low;
    all.high = key[i] > all.high ? key[i] : all.high;
  }
  return all;
}

// Moves the keys from low on, 2^bits of them, to `to`, which may be `key`, in order, and returns how many they are. Up to kWordLanes more are
// overwritten.
int64_t keep_from(uint32_t* to, const uint32_t* key, int64_t n, uint32_t low, int bits) {
  int64_t kept = 0;
  int64_t i = 0;
  for (; i + kWordLanes <= n; i += kWordLanes) {
    const Words k = load_words(key + i);
    const uint32_t lanes = lanes_of(equal(shifted_right(minus(k, every_word(low)), bits), every_word(0)));
    if (lanes != 0) kept += append_selected(to + kept, k, lanes);
  }
  for (; i < n; ++i) {
    const uint32_t k = key[i];
    if ((k - low) >> bits == 0) to[kept++] = k;
  }
  return kept;
}

}  // namespace

uint32_t key_at_rank(const uint32_t* key, int64_t n, int64_t rank) {
  Scratch<uint32_t> count(kTables * kDigits);
  Interval left = interval_of(key, n);
  Scratch<uint32_t> memory(n + kWordLanes);
  while (left.low < left.high) {
    const int bits = 32 - __builtin_clz(left.high - left.low);
    const int shift = bits > kDigitBits ? bits - kDigitBits : 0;
    std::memset(count.data(), 0, sizeof(uint32_t) * kTables * kDigits);
    uint32_t* table[kTables];
    for (int t = 0; t < kTables; ++t) table[t] = count.data() + t * kDigits;
    int64_t i = 0;
    for (; i + kTables <= n; i += kTables)
      for (int t = 0; t < kTables; ++t) ++table[t][(key[i + t] - left.low) >> shift];
    for (; i < n; ++i) ++table[0][(key[i] - left.low) >> shift];
    uint32_t digit = 0;
    for (;; ++digit) {
      int64_t here = 0;
      for (const uint32_t* t : table) here += t[digit];
      if (rank < here) break;
      rank -= here;
    }
    left.low += digit << shift;
    if (shift == 0) break;
    n = keep_from(memory.data(), key, n, left.low, shift);
    key = memory.data();
    left = interval_of(key, n);
  }
  return left.low;
}

}  // namespace wz::WZ_ISA
