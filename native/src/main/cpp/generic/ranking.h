// Ranks within a row: rank[i] = number of keys below key[i], plus equal keys before i.
#pragma once
#include <cstdint>
#include <cstring>
#include "base/gta_scratch.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kDigitBits = 11;
constexpr int64_t kDigits = 1 << kDigitBits;

// One stable counting pass of a radix sort on the digit at `shift`.
inline void radix_pass(uint64_t* to, const uint64_t* from, int64_t n, int shift) {
  uint32_t cursor[kDigits];
  std::memset(cursor, 0, sizeof cursor);
  for (int64_t i = 0; i < n; ++i) ++cursor[from[i] >> shift & (kDigits - 1)];
  uint32_t sum = 0;
  for (uint32_t& c : cursor) {
    const uint32_t count = c;
    c = sum;
    sum += count;
  }
  for (int64_t i = 0; i < n; ++i) to[cursor[from[i] >> shift & (kDigits - 1)]++] = from[i];
}

// n < 2^32; ranking_bytes(n) of working memory.
inline void rank_row(uint32_t* rank, const uint32_t* key, int64_t n, void* memory) {
  auto* a = static_cast<uint64_t*>(memory);
  auto* b = a + whole_lines(8 * n) / 8;
  for (int64_t i = 0; i < n; ++i) a[i] = static_cast<uint64_t>(key[i]) << 32 | static_cast<uint64_t>(i);
  radix_pass(b, a, n, 32);
  radix_pass(a, b, n, 32 + kDigitBits);
  radix_pass(b, a, n, 32 + 2 * kDigitBits);
  for (int64_t i = 0; i < n; ++i) rank[static_cast<uint32_t>(b[i])] = static_cast<uint32_t>(i);
}

}  // namespace
}  // namespace wz::WZ_ISA
