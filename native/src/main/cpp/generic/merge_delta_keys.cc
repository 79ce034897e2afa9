// key[i] = bits of |float(x_i - base_i)|: for floats without sign the order of the bits is the order of the values.
#include "capi/operations.h"
#include "generic/arithmetic.h"

namespace wz::WZ_ISA {

void delta_keys(uint32_t* key, wz_model x, wz_model base, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
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
