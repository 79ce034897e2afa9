// Normal deviates by Box-Muller on pairs of Philox words (random.h), one after the other.
#include "base/box_muller.h"
#include "base/philox.h"
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {

void philox_normal(void* out, int dtype, uint64_t key, int64_t first, int64_t n, double mean, double deviation) {
  for (int64_t i = 0; i < n; ++i) {
    const int64_t element = first + i;
    const int64_t pair = element - element % 2;
    double z[2];
    box_muller(philox_word(key, pair), philox_word(key, pair + 1), z[0], z[1]);
    store(out, dtype, i, mean + deviation * z[element % 2]);
  }
}

}  // namespace wz::reference
