// out = w x + (1 - w) base, w = clamp(t (1 / max(|base - x|, 1e-6)), 0, 1), every step rounded to the arithmetic.
#include <cmath>
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {

void nearswap(void* out, int out_dtype, wz_model x, wz_model base, double t, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    for (int64_t i = 0; i < n; ++i) {
      const T a = value<A>(x, i);
      const T b = value<A>(base, i);
      T distance = std::fabs(A::round(b - a));
      if (distance < A::scalar(1e-6)) distance = A::scalar(1e-6);
      T w = A::round(A::round(T(1) / distance) * static_cast<T>(t));
      if (w > 1) w = 1;
      if (w < 0) w = 0;
      const T near = A::round(a * w);
      const T far = A::round(b * A::round(T(1) - w));
      store(out, out_dtype, i, A::round(near + far));
    }
  });
}

}  // namespace wz::reference
