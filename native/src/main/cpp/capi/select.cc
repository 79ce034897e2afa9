// Order statistics over keys.
#include <string>
#include "capi/check.h"
#include "capi/table.h"

wz_status wz_select_histogram(int64_t* histogram, const uint32_t* key, int64_t n, int32_t level, uint32_t prefix) {
  return wz::guarded("wz_select_histogram", [&](const wz::Check& check) {
    check.count("n", n);
    check.pointer("histogram", histogram, 65536);
    check.pointer("key", key, n);
    if (level != 0 && level != 1) check.refuse(WZ_INVALID_ARGUMENT, "level: found " + std::to_string(level) + ", expected 0 or 1");
    wz::active().histogram(histogram, key, n, level, prefix);
  });
}

wz_status wz_select_count(int64_t* counts, const uint32_t* key, int64_t n, uint32_t value) {
  return wz::guarded("wz_select_count", [&](const wz::Check& check) {
    check.count("n", n);
    check.pointer("counts", counts, 3);
    check.pointer("key", key, n);
    wz::active().count(counts, key, n, value);
  });
}

wz_status wz_select_between(uint32_t* found, int64_t capacity, int64_t* counts, const uint32_t* key, int64_t n, uint32_t low, uint32_t high) {
  return wz::guarded("wz_select_between", [&](const wz::Check& check) {
    check.count("n", n);
    check.count("capacity", capacity);
    check.pointer("found", found, capacity);
    check.pointer("counts", counts, 5);
    check.pointer("key", key, n);
    if (low > high) {
      check.refuse(WZ_INVALID_ARGUMENT, "low: found " + std::to_string(low) + ", expected at most high, which is " + std::to_string(high));
    }
    wz::active().between(found, capacity, counts, key, n, low, high);
  });
}

wz_status wz_select_rank(uint32_t* found, int64_t* below, int64_t* equal, const uint32_t* key, const int64_t* lengths, int64_t pieces,
                         int64_t rank) {
  return wz::guarded("wz_select_rank", [&](const wz::Check& check) {
    check.count("pieces", pieces);
    check.pointer("lengths", lengths, pieces);
    int64_t n = 0;
    for (int64_t p = 0; p < pieces; ++p) {
      check.count("lengths", lengths[p]);
      if (lengths[p] > UINT32_MAX - n) check.refuse(WZ_UNSUPPORTED, "lengths: found a sum of 2^32 or more, expected less");
      n += lengths[p];
    }
    if (rank < 0 || rank >= n) {
      check.refuse(WZ_INVALID_ARGUMENT, "rank: found " + std::to_string(rank) + ", expected 0 or more and less than the number of keys, " +
                                            std::to_string(n));
    }
    check.pointer("found", found);
    check.pointer("key", key, n);
    check.pointer("below", below, pieces);
    check.pointer("equal", equal, pieces);
    *found = wz::active().key_at_rank(key, n, rank);
    for (int64_t p = 0; p < pieces; key += lengths[p++]) {
      int64_t counts[3] = {};
      wz::active().count(counts, key, lengths[p], *found);
      below[p] = counts[0];
      equal[p] = counts[1];
    }
  });
}
