// key[i] = bits of float(population variance of the deltas of all models at i).
#include "capi/operations.h"
#include "generic/scratch.h"
#include "generic/variance.h"

namespace wz::WZ_ISA {

void variance_keys(uint32_t* key, const wz_model* x, int models, wz_model base, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    Scratch<T> d(models * kBlock);
    alignas(64) T b[kBlock];
    for (int64_t i = 0; i < n; i += kBlock) {
      const int64_t m = smaller(kBlock, n - i);
      load_deltas<A>(d.data(), b, x, models, base, i, m);
      variance_block<A>(key + i, d.data(), models, m);
    }
  });
}

}  // namespace wz::WZ_ISA
