// The quants of GGUF's blocks four at a time, a byte each, without sign but for q8_0. The layouts are told in native/src/main/cpp/dtype.
#pragma once
#include <cstdint>
#include "common/block_types.cuh"

namespace wz::cuda {

// Those of elements i..i + 3 of a block, i a multiple of 4.
template <int32_t kDtype>
__device__ inline uint32_t four_quants(const uint16_t* block, int i) {
  if constexpr (kDtype == WZ_Q8_0) {
    return four_bytes(block, 2 + i);
  } else if constexpr (kDtype == WZ_Q4_0) {
    return quants_of_32<2, 0>(block, i);
  } else if constexpr (kDtype == WZ_Q4_1) {
    return quants_of_32<4, 0>(block, i);
  } else if constexpr (kDtype == WZ_Q5_0) {
    return quants_of_32<6, 2>(block, i);
  } else if constexpr (kDtype == WZ_Q5_1) {
    return quants_of_32<8, 4>(block, i);
  } else if constexpr (kDtype == WZ_Q4_K) {
    return nibbles(four_bytes(block, 16 + i / 64 * 32 + i % 32), i / 32 % 2 != 0);
  } else if constexpr (kDtype == WZ_Q5_K) {
    const uint32_t low = nibbles(four_bytes(block, 48 + i / 64 * 32 + i % 32), i / 32 % 2 != 0);
    return low | (four_bytes(block, 16 + i % 32) >> (i / 32) & 0x01010101u) << 4;
  } else {
    const int half = i / 128, part = i % 128 / 32, l = i % 32;
    const uint32_t low = nibbles(four_bytes(block, half * 64 + part % 2 * 32 + l), part >= 2);
    return low | (four_bytes(block, 128 + half * 32 + l) >> (part * 2) & 0x03030303u) << 4;
  }
}

}  // namespace wz::cuda
