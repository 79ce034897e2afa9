#include <cstddef>
#include <vector>
#include "capi/operations.h"

namespace wz::reference {

void delta_between(uint32_t* found, int64_t capacity, int64_t* counts, wz_model x, wz_model base, int arithmetic, int64_t n, uint32_t low,
                   uint32_t high) {
  std::vector<uint32_t> key(static_cast<size_t>(n));
  delta_keys(key.data(), x, base, arithmetic, n);
  between(found, capacity, counts, key.data(), n, low, high);
}

}  // namespace wz::reference
