// out = w x + (1 - w) base, w = clamp(t (1 / max(|base - x|, 1e-6)), 0, 1): near the base x is taken, far from it the base.
#include "capi/operations.h"
#include "generic/arithmetic.h"

namespace wz::WZ_ISA {

void nearswap(void* out, int out_dtype, wz_model x, wz_model base, double t, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    alignas(64) T b[kBlock];
    alignas(64) T v[kBlock];
    alignas(64) T w[kBlock];
    const T least = A::scalar(1e-6);
    const auto scale = static_cast<T>(t);
    for (int64_t i = 0; i < n; i += kBlock) {
      const int64_t m = smaller(kBlock, n - i);
      load<A>(b, base, i, m);
      load<A>(v, x, i, m);
      for (int64_t j = 0; j < m; ++j) w[j] = b[j] - v[j];
      A::round(w, m);
      for (int64_t j = 0; j < m; ++j) {
        const T distance = w[j] < 0 ? -w[j] : w[j];
        w[j] = T(1) / (distance < least ? least : distance);
      }
      A::round(w, m);
      for (int64_t j = 0; j < m; ++j) w[j] *= scale;
      A::round(w, m);
      for (int64_t j = 0; j < m; ++j) {
        const T capped = w[j] > 1 ? T(1) : w[j];
        w[j] = capped < 0 ? T(0) : capped;
      }
      for (int64_t j = 0; j < m; ++j) v[j] *= w[j];
      A::round(v, m);
      for (int64_t j = 0; j < m; ++j) w[j] = T(1) - w[j];
      A::round(w, m);
      for (int64_t j = 0; j < m; ++j) b[j] *= w[j];
      A::round(b, m);
      for (int64_t j = 0; j < m; ++j) v[j] += b[j];
      A::round(v, m);
      store_block(at(out, out_dtype, i), out_dtype, v, m);
    }
  });
}

}  // namespace wz::WZ_ISA
