// Words of Philox4x32-10, one after the other.
#include "base/philox.h"
#include "capi/operations.h"

namespace wz::reference {

void philox_words(uint32_t* out, uint64_t key, int64_t first, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = philox_word(key, first + i);
}

}  // namespace wz::reference
