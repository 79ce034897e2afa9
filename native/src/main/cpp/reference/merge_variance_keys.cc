#include "capi/operations.h"
#include "reference/variance.h"

namespace wz::reference {

void variance_keys(uint32_t* key, const wz_model* x, int models, wz_model base, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    for (int64_t i = 0; i < n; ++i) key[i] = variance_key<decltype(policy)>(x, models, base, i);
  });
}

}  // namespace wz::reference
