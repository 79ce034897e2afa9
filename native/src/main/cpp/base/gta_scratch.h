// How wz_merge_gta cuts its scratch memory; every region begins on a cache line.
#pragma once
#include <cstdint>
#include "wootz/merge.h"

namespace wz {
namespace {

struct GtaScratch {
  int64_t parts;    // one record per model
  int64_t values;   // [count, WZ_BLOCK] double: weighted deltas
  int64_t ranks;    // [count, cols] u32
  int64_t ranking;  // working memory of one row's ranking
  int64_t bytes;
};

constexpr int64_t kGtaPartBytes = 256;

inline int64_t whole_lines(int64_t bytes) { return (bytes + 63) / 64 * 64; }

// Bytes that the ranking of a row of n keys works in.
inline int64_t ranking_bytes(int64_t n) { return whole_lines(4 * n) + 2 * whole_lines(8 * n) + 65536; }

// cols: 0 where no model is RANKED.
inline GtaScratch gta_scratch(int64_t cols, int64_t count) {
  GtaScratch s{};
  s.values = s.parts + count * kGtaPartBytes;
  s.ranks = s.values + count * WZ_BLOCK * 8;
  s.ranking = s.ranks + count * whole_lines(4 * cols);
  s.bytes = s.ranking + (cols > 0 ? ranking_bytes(cols) : 0);
  return s;
}

}  // namespace
}  // namespace wz
