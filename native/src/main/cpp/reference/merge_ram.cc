// RAM: changes above epsilon that only one model made are taken over (times its scale), shared ones averaged.
#include <cmath>
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {
namespace {

template <class A>
bool active(wz_model x, wz_model base, double epsilon, int64_t i) {
  return std::fabs(delta<A>(x, base, i)) > A::scalar(epsilon);
}

template <class A>
int count_active(const wz_model* x, int models, wz_model base, double epsilon, int64_t i) {
  int count = 0;
  for (int k = 0; k < models; ++k) count += active<A>(x[k], base, epsilon, i) ? 1 : 0;
  return count;
}

}  // namespace

void ram_counts(int64_t* counts, const wz_model* x, int models, wz_model base, double epsilon, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    for (int64_t i = 0; i < n; ++i) {
      const int shared = count_active<A>(x, models, base, epsilon, i) > 1 ? 1 : 0;
      for (int k = 0; k < models; ++k) {
        if (active<A>(x[k], base, epsilon, i)) ++counts[2 * k + shared];
      }
    }
  });
}

void ram(void* out, int out_dtype, const wz_model* x, int models, wz_model base, double epsilon, const double* scale, int arithmetic,
         int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    const auto round = [&](T v) { return scale == nullptr ? A::round(v) : v; };
    for (int64_t i = 0; i < n; ++i) {
      const int count = count_active<A>(x, models, base, epsilon, i);
      T sum = 0;
      for (int k = 0; k < models; ++k) {
        if (!active<A>(x[k], base, epsilon, i)) continue;
        const T alone = scale == nullptr ? T(1) : static_cast<T>(scale[k]);
        sum += delta<A>(x[k], base, i) * (count == 1 ? alone : T(1));
      }
      sum = round(sum);
      if (count > 1) sum = round(sum / static_cast<T>(count));
      const T b = value<A>(base, i);
      store(out, out_dtype, i, count > 0 ? round(b + sum) : b);
    }
  });
}

}  // namespace wz::reference
