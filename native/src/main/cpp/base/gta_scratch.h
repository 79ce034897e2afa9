// How wz_merge_gta cuts its scratch memory; every region begins on a cache line.
#pragma once
#include <cstdint>
#include "wootz/merge.h"

namespace wz {
namespace {

inline int64_t whole_lines(int64_t bytes) { return (bytes + 63) / 64 * 64; }

// What the ranking of a row of n keys works in (generic/ranking.h).
inline int64_t ranking_bytes(int64_t n) { return whole_lines(16 * (n + 64)) + 4 * (32768 + 64); }

// The unit of work is a span: a row where a model is RANKED, else a block.
struct GtaScratch {
  int64_t parts;        // one record of kGtaPartBytes per model
  int64_t weights;      // [count] float or double
  int64_t base;         // [span] float or double
  int64_t values;       // [count] of value_bytes each: [span] float or double, weighted deltas
  int64_t value_bytes;
  int64_t keys;         // [span] u32, RANKED from here on
  int64_t ranks;        // [span] u16 or u32
  int64_t words;        // [span] u32, random
  int64_t ranking;
  int64_t bytes;
};

constexpr int64_t kGtaPartBytes = 128;

// cols: 0 where no model is RANKED.
inline GtaScratch gta_scratch(int64_t cols, int64_t count) {
  const int64_t span = cols > WZ_BLOCK ? cols : WZ_BLOCK;
  const int64_t row = cols > 0 ? whole_lines(4 * (cols + 64)) : 0;
  GtaScratch s{};
  s.weights = s.parts + count * kGtaPartBytes;
  s.base = s.weights + whole_lines(8 * count);
  s.value_bytes = whole_lines(8 * span);
  s.values = s.base + s.value_bytes;
  s.keys = s.values + count * s.value_bytes;
  s.ranks = s.keys + row;
  s.words = s.ranks + row;
  s.ranking = s.words + row;
  s.bytes = s.ranking + (cols > 0 ? ranking_bytes(cols) : 0);
  return s;
}

}  // namespace
}  // namespace wz
