#include "capi/check.h"
#include "capi/table.h"

void wz_distance_clear(wz_distance* distance) {
  if (distance != nullptr) *distance = {};
}

wz_status wz_distance_add(wz_distance* distance, const void* a, int32_t a_dtype, const void* b, int32_t b_dtype, int64_t n) {
  return wz::guarded("wz_distance_add", [&](const wz::Check& check) {
    check.count("n", n);
    check.dtype("a_dtype", a_dtype);
    check.dtype("b_dtype", b_dtype);
    check.pointer("distance", distance);
    check.pointer("a", a, n);
    check.pointer("b", b, n);
    wz::active().distance(*distance, a, a_dtype, b, b_dtype, n);
  });
}
