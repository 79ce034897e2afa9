// SCE: the selected positions' sums of squares, and the merge of what agrees with the sign of the models' sum.
#include <vector>
#include "capi/operations.h"
#include "reference/keep.h"
#include "reference/variance.h"

namespace wz::reference {
namespace {

// The deltas of element i, times 0 where it is not selected.
template <class A>
std::vector<typename A::T> selected(const wz_model* x, int models, wz_model base, const wz_gta_model& select, RangeFilter& range, int64_t i) {
  using T = typename A::T;
  const bool keep = select.sparsifier == WZ_KEEP_ALL || range.keeps(variance_key<A>(x, models, base, i));
  std::vector<T> d;
  for (int k = 0; k < models; ++k) d.push_back(delta<A>(x[k], base, i) * (keep ? T(1) : T(0)));
  return d;
}

}  // namespace

void sce_squares(double* sums, const wz_model* x, int models, wz_model base, const wz_gta_model& select, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    RangeFilter range(select);
    for (int64_t begin = 0; begin < n; begin += WZ_BLOCK) {
      const int64_t m = n - begin < WZ_BLOCK ? n - begin : WZ_BLOCK;
      std::vector<std::vector<typename A::T>> d;
      for (int64_t j = 0; j < m; ++j) d.push_back(selected<A>(x, models, base, select, range, begin + j));
      for (int k = 0; k < models; ++k) {
        sums[k] += reduce_block(m, [&](int64_t j) {
          const auto v = d[static_cast<size_t>(j)][static_cast<size_t>(k)];
          return static_cast<double>(A::round(v * v));
        });
      }
    }
  });
}

void sce(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const wz_gta_model& select, const double* weights,
         int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    RangeFilter range(select);
    for (int64_t i = 0; i < n; ++i) {
      const std::vector<T> d = selected<A>(x, models, base, select, range, i);
      T sum = d[0];
      for (size_t k = 1; k < d.size(); ++k) sum += d[k];
      const T sign = A::round(sum) >= 0 ? T(1) : T(-1);
      T mix = 0;
      T divisor = 0;
      for (size_t k = 0; k < d.size(); ++k) {
        const T agrees = d[k] * sign > 0 ? T(1) : T(0);
        mix += A::round(d[k] * A::scalar(weights[k])) * agrees;
        divisor += A::scalar(weights[k]) * agrees;
      }
      divisor = A::round(divisor);
      if (divisor < A::scalar(1e-6)) divisor = A::scalar(1e-6);
      store(out, out_dtype, i, A::round(A::round(A::round(mix) / divisor) + value<A>(base, i)));
    }
  });
}

}  // namespace wz::reference
