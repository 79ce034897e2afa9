// GGUF's block types as they are stored, and their elements in float32: the CPU's bits. The layouts are told in native/src/main/cpp/dtype. Blocks
// lie at even addresses only (their sizes are even), so that they are read two bytes at a time.
#pragma once
#include <cstdint>
#include "common/exact.cuh"
#include "common/pack.cuh"

namespace wz::cuda {

constexpr int kQuad = 4;  // elements i..i + 3 of a block, i a multiple of 4: their bits lie in the same halves of neighbouring bytes

// Bytes at..at + 3 of a block, at even.
__device__ inline uint32_t four_bytes(const uint16_t* block, int at) { return block[at / 2] | static_cast<uint32_t>(block[at / 2 + 1]) << 16; }
__device__ inline uint32_t byte_of(const uint16_t* block, int at) { return block[at / 2] >> (at % 2 * 8) & 0xFFu; }
__device__ inline int element(uint32_t bytes, int j) { return static_cast<int>(bytes >> (8 * j) & 0xFFu); }
// The low or the high half of each of four bytes.
__device__ inline uint32_t nibbles(uint32_t bytes, bool high) { return (high ? bytes >> 4 : bytes) & 0x0F0F0F0Fu; }
// Bit j of the four lowest becomes bit 4 of byte j.
__device__ inline uint32_t fifth_bits(uint32_t b) { return (b & 1u) << 4 | (b & 2u) << 11 | (b & 4u) << 18 | (b & 8u) << 25; }

template <int32_t kDtype>
struct Block;

// v = d q
template <>
struct Block<WZ_Q8_0> {
  static constexpr int kElements = 32, kBytes = 34;
  __device__ static void decode(float (&v)[kQuad], const uint16_t* b, int i) {
    const float d = f32_from_f16(b[0]);
    const uint32_t q = four_bytes(b, 2 + i);
#pragma unroll
    for (int j = 0; j < kQuad; ++j) v[j] = multiply(static_cast<float>(static_cast<int8_t>(element(q, j))), d);
  }
};

// What Q4_0, Q4_1, Q5_0 and Q5_1 share: halves of bytes from kQuants on, elements 16..31 the high ones, and a fifth bit from kFifth on (0: none).
template <int kQuants, int kFifth>
__device__ inline uint32_t quants_of_32(const uint16_t* b, int i) {
  const uint32_t low = nibbles(four_bytes(b, kQuants + i % 16), i >= 16);
  if constexpr (kFifth == 0) return low;
  return low | fifth_bits(four_bytes(b, kFifth) >> i & 15u);
}

// v = d (q - middle)
template <int kQuants, int kFifth, int kMiddle>
struct Centred {
  static constexpr int kElements = 32, kBytes = kQuants + 16;
  __device__ static void decode(float (&v)[kQuad], const uint16_t* b, int i) {
    const float d = f32_from_f16(b[0]);
    const uint32_t q = quants_of_32<kQuants, kFifth>(b, i);
#pragma unroll
    for (int j = 0; j < kQuad; ++j) v[j] = multiply(static_cast<float>(element(q, j) - kMiddle), d);
  }
};
template <>
struct Block<WZ_Q4_0> : Centred<2, 0, 8> {};
template <>
struct Block<WZ_Q5_0> : Centred<6, 2, 16> {};

// v = d q + m
template <int kQuants, int kFifth>
struct FromMinimum {
  static constexpr int kElements = 32, kBytes = kQuants + 16;
  __device__ static void decode(float (&v)[kQuad], const uint16_t* b, int i) {
    const float d = f32_from_f16(b[0]), m = f32_from_f16(b[1]);
    const uint32_t q = quants_of_32<kQuants, kFifth>(b, i);
#pragma unroll
    for (int j = 0; j < kQuad; ++j) v[j] = add(multiply(static_cast<float>(element(q, j)), d), m);
  }
};
template <>
struct Block<WZ_Q4_1> : FromMinimum<4, 0> {};
template <>
struct Block<WZ_Q5_1> : FromMinimum<8, 4> {};

// v = (d s) q - (dmin m): groups of 32, their scales and minima of 6 bits in the 12 bytes from 4 on.
template <int kQuants, int kFifth>
struct Grouped {
  static constexpr int kElements = 256, kBytes = kQuants + 128;
  __device__ static void decode(float (&v)[kQuad], const uint16_t* b, int i) {
    constexpr int kScales = 4;
    const int group = i / 32;
    const uint32_t first = byte_of(b, kScales + group % 4), second = byte_of(b, kScales + 4 + group % 4), third = byte_of(b, kScales + 8 + group % 4);
    const uint32_t s = group < 4 ? first & 63u : (third & 15u) | first >> 6 << 4;
    const uint32_t m = group < 4 ? second & 63u : third >> 4 | second >> 6 << 4;
    const float scale = multiply(f32_from_f16(b[0]), static_cast<float>(s));
    const float minimum = multiply(f32_from_f16(b[1]), static_cast<float>(m));
    uint32_t q = nibbles(four_bytes(b, kQuants + i / 64 * 32 + i % 32), group % 2 != 0);
    if constexpr (kFifth != 0) q |= (four_bytes(b, kFifth + i % 32) >> group & 0x01010101u) << 4;
#pragma unroll
    for (int j = 0; j < kQuad; ++j) v[j] = subtract(multiply(scale, static_cast<float>(element(q, j))), minimum);
  }
};
template <>
struct Block<WZ_Q4_K> : Grouped<16, 0> {};
template <>
struct Block<WZ_Q5_K> : Grouped<48, 16> {};

// v = (d s) (q - 32): groups of 16 with scales of 8 bits; in each half of the block 64 bytes of low and 32 of high bits.
template <>
struct Block<WZ_Q6_K> {
  static constexpr int kElements = 256, kBytes = 210;
  __device__ static void decode(float (&v)[kQuad], const uint16_t* b, int i) {
    constexpr int kHigh = 128, kScales = 192, kFactor = 208;
    const int half = i / 128, part = i % 128 / 32, l = i % 32;
    const uint32_t low = nibbles(four_bytes(b, half * 64 + part % 2 * 32 + l), part >= 2);
    const uint32_t q = low | (four_bytes(b, kHigh + half * 32 + l) >> (part * 2) & 0x03030303u) << 4;
    const float scale = multiply(f32_from_f16(b[kFactor / 2]), static_cast<float>(static_cast<int8_t>(byte_of(b, kScales + i / 16))));
#pragma unroll
    for (int j = 0; j < kQuad; ++j) v[j] = multiply(scale, static_cast<float>(element(q, j) - 32));
  }
};

}  // namespace wz::cuda
