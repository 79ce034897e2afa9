// Counts, extremes and sums of the finite values of an array.
#include <cmath>
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {

void statistics(wz_statistics& s, const void* x, int dtype, int64_t n) {
  const auto finite = [&](int64_t i) {
    const auto v = load<double>(x, dtype, i);
    return std::isfinite(v) ? v : 0;
  };
  for (int64_t i = 0; i < n; ++i) {
    const auto v = load<double>(x, dtype, i);
    if (v == 0) ++s.zeros;
    if (std::isnan(v)) ++s.nans;
    if (std::isinf(v)) ++s.infinities;
    if (std::isfinite(v) && v < s.minimum) s.minimum = v;
    if (std::isfinite(v) && v > s.maximum) s.maximum = v;
  }
  for (int64_t i = 0; i < n; i += WZ_BLOCK) {
    const int64_t m = n - i < WZ_BLOCK ? n - i : WZ_BLOCK;
    s.sum += reduce_block(m, [&](int64_t j) { return finite(i + j); });
    s.sum_squares += reduce_block(m, [&](int64_t j) { return finite(i + j) * finite(i + j); });
  }
  s.count += n;
}

}  // namespace wz::reference
