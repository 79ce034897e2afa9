// key[i] = bits of |float(x_i - base_i)|: for floats without sign the order of the bits is the order of the values.
#include "capi/operations.h"
#include "generic/arithmetic.h"

namespace wz::WZ_ISA {
namespace {

template <class A, class X, class Base>
inline __attribute__((always_inline)) void keys_of(uint32_t* key, X&& x, Base&& base, int64_t n) {
  using T = typename A::T;
  for (int64_t j = 0; j < n; ++j) key[j] = magnitude_bits(A::rounded(static_cast<T>(x(j)) - static_cast<T>(base(j))));
}

// Models and base mostly share a type that the arithmetic takes as it stands: then one loop reads them in place.
template <class A>
bool in_place(uint32_t* key, wz_model x, wz_model base, int64_t n) {
  if (x.dtype != base.dtype) return false;
  if constexpr (A::kDtype != WZ_F16) {
    if (x.dtype == WZ_BF16) {
      keys_of<A>(key, [&](int64_t j) { return get_bf16(x.x, j); }, [&](int64_t j) { return get_bf16(base.x, j); }, n);
      return true;
    }
  }
  if constexpr (!A::kRounds) {
    if (x.dtype == WZ_F32) {
      keys_of<A>(key, [&](int64_t j) { return get<float>(x.x, j); }, [&](int64_t j) { return get<float>(base.x, j); }, n);
      return true;
    }
  }
  return false;
}

}  // namespace

void delta_keys(uint32_t* key, wz_model x, wz_model base, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    if (in_place<A>(key, x, base, n)) return;
    alignas(64) typename A::T b[kBlock];
    alignas(64) typename A::T d[kBlock];
    for (int64_t i = 0; i < n; i += kBlock) {
      const int64_t m = smaller(kBlock, n - i);
      load<A>(b, base, i, m);
      load_delta<A>(d, x, b, i, m);
      for (int64_t j = 0; j < m; ++j) key[i + j] = magnitude_bits(d[j]);
    }
  });
}

}  // namespace wz::WZ_ISA
