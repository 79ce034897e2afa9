// Counts, extremes and sums of the finite values of an array.
#include "capi/operations.h"
#include "generic/arithmetic.h"

namespace wz::WZ_ISA {

void statistics(wz_statistics& s, const void* x, int dtype, int64_t n) {
  constexpr double kInfinity = __builtin_inf();
  alignas(64) double v[kBlock];
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t m = smaller(kBlock, n - i);
    load_block(v, at(x, dtype, i), dtype, m);
    alignas(64) double sum[kLanes] = {};
    alignas(64) double squares[kLanes] = {};
    alignas(64) double least[kLanes];
    alignas(64) double most[kLanes];
    alignas(64) int64_t zeros[kLanes] = {};
    alignas(64) int64_t nans[kLanes] = {};
    alignas(64) int64_t infinities[kLanes] = {};
    for (int l = 0; l < kLanes; ++l) {
      least[l] = kInfinity;
      most[l] = -kInfinity;
    }
    const auto add = [&](double a, int l) __attribute__((always_inline)) {
      const bool finite = a - a == 0;
      const double f = finite ? a : 0;
      zeros[l] += a == 0;
      nans[l] += a != a;
      infinities[l] += (a == a) & !finite;
      const double low = finite ? a : kInfinity;
      const double high = finite ? a : -kInfinity;
      least[l] = low < least[l] ? low : least[l];
      most[l] = high > most[l] ? high : most[l];
      sum[l] += f;
      squares[l] += f * f;
    };
    int64_t j = 0;
    for (; j + kLanes <= m; j += kLanes)
      for (int l = 0; l < kLanes; ++l) add(v[j + l], l);
    for (int l = 0; j < m; ++j, ++l) add(v[j], l);
    for (int l = 0; l < kLanes; ++l) {
      s.zeros += zeros[l];
      s.nans += nans[l];
      s.infinities += infinities[l];
      s.minimum = least[l] < s.minimum ? least[l] : s.minimum;
      s.maximum = most[l] > s.maximum ? most[l] : s.maximum;
    }
    s.sum += reduce_lanes(sum);
    s.sum_squares += reduce_lanes(squares);
  }
  s.count += n;
}

}  // namespace wz::WZ_ISA
