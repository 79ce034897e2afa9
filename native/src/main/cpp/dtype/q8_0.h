// Q8_0: 32 elements of 8 bits, one binary16 scale. v = d q.
#pragma once
#include <cstdint>
#include "dtype/f16.h"

namespace wz {

struct __attribute__((packed)) BlockQ8_0 {
  static constexpr int kElements = 32;
  uint16_t d;  // binary16
  int8_t qs[32];
};
static_assert(sizeof(BlockQ8_0) == 34);

static inline float decoded(const BlockQ8_0& b, int i) { return static_cast<float>(b.qs[i]) * f32_from_f16(b.d); }

}  // namespace wz
