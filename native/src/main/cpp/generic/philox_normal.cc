// Normal deviates by Box-Muller on pairs of Philox words, a block of counters at a time.
#include "base/box_muller.h"
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "generic/philox.h"

namespace wz::WZ_ISA {

void philox_normal(void* out, int dtype, uint64_t key, int64_t first, int64_t n, double mean, double deviation) {
  alignas(64) uint32_t words[kPhiloxWords];
  alignas(64) double even[kPhiloxWords / 2], odd[kPhiloxWords / 2], z[kPhiloxWords];
  for (int64_t done = 0; done < n;) {
    const int64_t begin = first + done;
    const int64_t skip = begin % 4;
    philox_block(words, key, static_cast<uint64_t>(begin / 4));
    for (int64_t i = 0; i < kPhiloxWords / 2; ++i) box_muller(words[2 * i], words[2 * i + 1], even[i], odd[i]);
    for (int64_t i = 0; i < kPhiloxWords / 2; ++i) {
      z[2 * i] = mean + deviation * even[i];
      z[2 * i + 1] = mean + deviation * odd[i];
    }
    const int64_t m = smaller(kPhiloxWords - skip, n - done);
    store_block(at(out, dtype, done), dtype, z + skip, m);
    done += m;
  }
}

}  // namespace wz::WZ_ISA
