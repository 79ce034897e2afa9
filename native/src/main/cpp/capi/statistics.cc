#include <limits>
#include "capi/check.h"
#include "capi/table.h"

void wz_statistics_clear(wz_statistics* statistics) {
  if (statistics == nullptr) return;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  *statistics = {0, 0, 0, 0, kInfinity, -kInfinity, 0, 0};
}

wz_status wz_statistics_add(wz_statistics* statistics, const void* x, int32_t dtype, int64_t n) {
  return wz::guarded("wz_statistics_add", [&](const wz::Check& check) {
    check.count("n", n);
    check.dtype("dtype", dtype);
    check.pointer("statistics", statistics);
    check.pointer("x", x, n);
    wz::active().statistics(*statistics, x, dtype, n);
  });
}
