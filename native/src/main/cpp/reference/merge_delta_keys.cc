#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {

void delta_keys(uint32_t* key, wz_model x, wz_model base, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    for (int64_t i = 0; i < n; ++i) key[i] = magnitude_bits(delta<decltype(policy)>(x, base, i));
  });
}

}  // namespace wz::reference
