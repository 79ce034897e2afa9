// MXFP4 of the OCP microscaling formats: 32 elements of e2m1 and a power of two. v = 2^(e - 128) (2 x), where 2 x is an integer: 0, 1, 2, 3, 4,
// 6, 8, 12 and their negatives (both zeros are +0). Halves of bytes as in Q4_0.
#pragma once
#include <cstdint>
#include <cstring>

namespace wz {

static constexpr int8_t kDoubledE2M1[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

struct __attribute__((packed)) BlockMXFP4 {
  static constexpr int kElements = 32;
  uint8_t e;  // exponent, bias 127
  uint8_t qs[16];
};
static_assert(sizeof(BlockMXFP4) == 17);

// 2^(e - 128).
static inline float half_of_e8m0(uint8_t e) {
  const uint32_t bits = e < 2 ? 0x00200000u << e : (e - 1u) << 23;
  float v;
  std::memcpy(&v, &bits, 4);
  return v;
}

static inline float decoded(const BlockMXFP4& b, int i) {
  const int q = i < 16 ? b.qs[i] & 15 : b.qs[i - 16] >> 4;
  return static_cast<float>(kDoubledE2M1[q]) * half_of_e8m0(b.e);
}

}  // namespace wz
