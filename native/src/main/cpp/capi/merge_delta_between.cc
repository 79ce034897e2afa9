// Selection by the magnitude of deltas in one pass.
#include <string>
#include "capi/check.h"
#include "capi/table.h"

wz_status wz_merge_delta_between(uint32_t* found, int64_t capacity, int64_t* counts, const wz_model* x, const wz_model* base,
                                 int32_t arithmetic, int64_t n, uint32_t low, uint32_t high) {
  return wz::guarded("wz_merge_delta_between", [&](const wz::Check& check) {
    check.count("n", n);
    check.count("capacity", capacity);
    check.arithmetic(arithmetic);
    check.models("x", x, 1, n);
    const wz_model b = check.required_base(base, n);
    check.pointer("found", found, capacity);
    check.pointer("counts", counts, 5);
    if (low > high) {
      check.refuse(WZ_INVALID_ARGUMENT, "low: found " + std::to_string(low) + ", expected at most high, which is " + std::to_string(high));
    }
    wz::active().delta_between(found, capacity, counts, *x, b, arithmetic, n, low, high);
  });
}
