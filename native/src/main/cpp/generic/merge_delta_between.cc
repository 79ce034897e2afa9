// Keys of deltas, a block at a time, and those of them that lie between two bounds: the keys stay in the first-level cache.
#include "capi/operations.h"
#include "generic/arithmetic.h"

namespace wz::WZ_ISA {

void delta_between(uint32_t* found, int64_t capacity, int64_t* counts, wz_model x, wz_model base, int arithmetic, int64_t n, uint32_t low,
                   uint32_t high) {
  alignas(64) uint32_t key[kBlock];
  const int64_t inside_before = counts[2];
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t m = smaller(kBlock, n - i);
    delta_keys(key, {at(x.x, x.dtype, i), x.dtype}, {at(base.x, base.dtype, i), base.dtype}, arithmetic, m);
    const int64_t written = smaller(counts[2] - inside_before, capacity);
    between(found + written, capacity - written, counts, key, m, low, high);
  }
}

}  // namespace wz::WZ_ISA
