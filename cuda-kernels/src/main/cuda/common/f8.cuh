// f8_e4m3 of the OCP 8-bit floating point specification: 4 exponent bits (bias 7), 3 mantissa bits, no infinity, NaN = S.1111.111.
#pragma once
#include <cstdint>
#include "common/exact.cuh"
#include "common/pack.cuh"

namespace wz::cuda {

// The four exponent bits moved into binary32's place stand for a number 2^120 times too small, subnormal ones as well.
__host__ __device__ inline float f32_from_f8_e4m3(uint8_t b) {
  const uint32_t sign = static_cast<uint32_t>(b & 0x80u) << 24, magnitude = b & 0x7Fu;
  if (magnitude == 0x7Fu) return bits<float>(sign | 0x7FC00000u);
  return bits<float>(sign | bits<uint32_t>(multiply(bits<float>(magnitude << 20), 0x1p120f)));
}

// To nearest, ties to even; what lies beyond +-448 becomes +-448; NaN keeps its sign.
__host__ __device__ inline uint8_t f8_e4m3_from_f32_saturated(float v) {
  const uint32_t b = bits<uint32_t>(v), sign = b >> 24 & 0x80u, magnitude = b & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u) return static_cast<uint8_t>(sign | 0x7Fu);
  if (magnitude >= 0x43E00000u) return static_cast<uint8_t>(sign | 0x7Eu);
  if (magnitude < 0x3C800000u) {  // below 2^-6: steps of 2^-9, the unit in the last place of numbers near 2^14
    return static_cast<uint8_t>(sign | (bits<uint32_t>(add(bits<float>(magnitude), 0x1p14f)) - 0x46800000u));
  }
  return static_cast<uint8_t>(sign | ((magnitude + 0x7FFFFu + (magnitude >> 20 & 1u)) >> 20) - (120u << 3));
}

}  // namespace wz::cuda
