// out[i] = word (first + i) of a key's sequence.
#include <cstring>
#include "capi/operations.h"
#include "generic/philox.h"

namespace wz::WZ_ISA {

void philox_words(uint32_t* out, uint64_t key, int64_t first, int64_t n) {
  uint64_t counter = static_cast<uint64_t>(first) / 4;
  int64_t skip = first % 4;
  uint32_t block[kPhiloxWords];
  while (n > 0) {
    if (skip == 0 && n >= kPhiloxWords) {
      philox_block(out, key, counter);
      n -= kPhiloxWords;
      out += kPhiloxWords;
    } else {  // begins or ends inside a block
      philox_block(block, key, counter);
      const int64_t m = n < kPhiloxWords - skip ? n : kPhiloxWords - skip;
      std::memcpy(out, block + skip, static_cast<size_t>(4 * m));
      n -= m;
      out += m;
      skip = 0;
    }
    counter += kPhiloxCounters;
  }
}

}  // namespace wz::WZ_ISA
