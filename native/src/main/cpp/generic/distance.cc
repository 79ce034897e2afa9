// How far two arrays are apart: dot product, norms, difference. The difference of two equal values is 0, of two NaNs and of two equal
// infinities as well.
#include "capi/operations.h"
#include "generic/arithmetic.h"

namespace wz::WZ_ISA {

void distance(wz_distance& s, const void* a, int a_dtype, const void* b, int b_dtype, int64_t n) {
  alignas(64) double va[kBlock];
  alignas(64) double vb[kBlock];
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t m = smaller(kBlock, n - i);
    load_block(va, at(a, a_dtype, i), a_dtype, m);
    load_block(vb, at(b, b_dtype, i), b_dtype, m);
    alignas(64) double dot[kLanes] = {};
    alignas(64) double norm_a[kLanes] = {};
    alignas(64) double norm_b[kLanes] = {};
    alignas(64) double apart[kLanes] = {};
    alignas(64) double most[kLanes] = {};
    alignas(64) int64_t different[kLanes] = {};
    const auto add = [&](double x, double y, int l) __attribute__((always_inline)) {
      const bool same = (x == y) | ((x != x) & (y != y));
      const double d = same ? 0 : x - y;
      const double size = d < 0 ? -d : d;
      different[l] += !same;
      dot[l] += x * y;
      norm_a[l] += x * x;
      norm_b[l] += y * y;
      apart[l] += d * d;
      most[l] = size > most[l] ? size : most[l];
    };
    int64_t j = 0;
    for (; j + kLanes <= m; j += kLanes)
      for (int l = 0; l < kLanes; ++l) add(va[j + l], vb[j + l], l);
    for (int l = 0; j < m; ++j, ++l) add(va[j], vb[j], l);
    for (int l = 0; l < kLanes; ++l) {
      s.different += different[l];
      s.maximum_difference = most[l] > s.maximum_difference ? most[l] : s.maximum_difference;
    }
    s.dot += reduce_lanes(dot);
    s.norm_a_squared += reduce_lanes(norm_a);
    s.norm_b_squared += reduce_lanes(norm_b);
    s.difference_squared += reduce_lanes(apart);
  }
  s.count += n;
}

}  // namespace wz::WZ_ISA
