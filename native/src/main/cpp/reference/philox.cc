// Philox4x32-10 (Salmon et al., SC 2011), one word at a time.
#include "capi/operations.h"

namespace wz::reference {

void philox_words(uint32_t* out, uint64_t key, int64_t first, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const uint64_t word = static_cast<uint64_t>(first) + static_cast<uint64_t>(i);
    uint32_t x[4] = {static_cast<uint32_t>(word / 4), static_cast<uint32_t>(word / 4 >> 32), 0, 0};
    uint32_t k0 = static_cast<uint32_t>(key), k1 = static_cast<uint32_t>(key >> 32);
    for (int round = 0; round < 10; ++round) {
      const uint64_t p0 = uint64_t{0xD2511F53u} * x[0];
      const uint64_t p1 = uint64_t{0xCD9E8D57u} * x[2];
      const uint32_t y[4] = {static_cast<uint32_t>(p1 >> 32) ^ x[1] ^ k0, static_cast<uint32_t>(p1),
                             static_cast<uint32_t>(p0 >> 32) ^ x[3] ^ k1, static_cast<uint32_t>(p0)};
      for (int l = 0; l < 4; ++l) x[l] = y[l];
      k0 += 0x9E3779B9u;
      k1 += 0xBB67AE85u;
    }
    out[i] = x[word % 4];
  }
}

}  // namespace wz::reference
