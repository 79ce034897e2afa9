// How far two arrays are apart; two NaNs, and equal infinities, have the difference 0.
#include <cmath>
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {

void distance(wz_distance& s, const void* a, int a_dtype, const void* b, int b_dtype, int64_t n) {
  const auto va = [&](int64_t i) { return load<double>(a, a_dtype, i); };
  const auto vb = [&](int64_t i) { return load<double>(b, b_dtype, i); };
  const auto same = [&](int64_t i) { return va(i) == vb(i) || (std::isnan(va(i)) && std::isnan(vb(i))); };
  const auto difference = [&](int64_t i) { return same(i) ? 0 : va(i) - vb(i); };
  for (int64_t i = 0; i < n; ++i) {
    if (!same(i)) ++s.different;
    if (std::fabs(difference(i)) > s.maximum_difference) s.maximum_difference = std::fabs(difference(i));
  }
  for (int64_t i = 0; i < n; i += WZ_BLOCK) {
    const int64_t m = n - i < WZ_BLOCK ? n - i : WZ_BLOCK;
    s.dot += reduce_block(m, [&](int64_t j) { return va(i + j) * vb(i + j); });
    s.norm_a_squared += reduce_block(m, [&](int64_t j) { return va(i + j) * va(i + j); });
    s.norm_b_squared += reduce_block(m, [&](int64_t j) { return vb(i + j) * vb(i + j); });
    s.difference_squared += reduce_block(m, [&](int64_t j) { return difference(i + j) * difference(i + j); });
  }
  s.count += n;
}

}  // namespace wz::reference
