// Rows of the KV cache: head_dim elements of its type, to and from float32, and the rotation of such a row.
#pragma once
#include <cstdint>
#include "base/attention_tile.h"
#include "generic/block.h"
#include "generic/element.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kQ8Block = 32, kQ8Bytes = 34;  // f16 scale, 32 x int8

// The pair (a, b) by the angle of this cosine and sine.
inline __attribute__((always_inline)) void turn(float& a, float& b, float cosine, float sine) {
  const float first = a * cosine - b * sine, second = b * cosine + a * sine;
  a = first;
  b = second;
}

// By the angles of row number token of the table.
inline void rotate(float* x, const wz_rope& rope, int64_t token) {
  const int half = rope.dim / 2;
  const float* cosine = rope.table + token * rope.dim;
  const float* sine = cosine + half;
  if (rope.interleaved != 0) {
    for (int i = 0; i < half; ++i) turn(x[2 * i], x[2 * i + 1], cosine[i], sine[i]);
    return;
  }
  float* second = x + half;
  for (int i = 0; i < half; ++i) turn(x[i], second[i], cosine[i], sine[i]);
}

// Rounded with respect to the scale that is stored; NaN spoils its whole block, infinities become the largest number.
inline void store_q8_0(char* block, const float* x) {
  uint32_t largest = 0;
  for (int i = 0; i < kQ8Block; ++i) {
    const uint32_t magnitude = bits_of(x[i]) & 0x7FFFFFFFu;
    largest = magnitude > largest ? magnitude : largest;
  }
  float wanted = float_of(largest) / 127;
  wanted = wanted > 65504 ? 65504 : wanted;
  if (largest > 0x7F800000u) wanted = __builtin_nanf("");
  float scale;
  store_block(block, WZ_F16, &wanted, 1);
  load_block(&scale, block, WZ_F16, 1);
  int8_t q[kQ8Block] = {};
  if (scale > 0) {
    for (int i = 0; i < kQ8Block; ++i) {
      const float steps = __builtin_rintf(x[i] / scale);
      q[i] = static_cast<int8_t>(static_cast<int32_t>(steps > 127 ? 127 : steps < -127 ? -127 : steps));
    }
  }
  for (int i = 0; i < kQ8Block; ++i) put<int8_t>(block + 2, i, q[i]);
}

// n elements of a row, whole blocks of its type.
inline void load_row(float* v, const void* row, int dtype, int n) {
  if (dtype != WZ_Q8_0) {
    load_block(v, row, dtype, n);
    return;
  }
  const char* block = static_cast<const char*>(row);
  for (int i = 0; i < n; i += kQ8Block, block += kQ8Bytes) {
    float scale;
    load_block(&scale, block, WZ_F16, 1);
    for (int j = 0; j < kQ8Block; ++j) v[i + j] = scale * static_cast<float>(get<int8_t>(block + 2, j));
  }
}

// Row number place of the cache, in rows of n elements.
inline void store_row(void* cache, int dtype, int64_t place, const float* row, int n) {
  char* to = static_cast<char*>(cache);
  if (dtype == WZ_Q8_0) {
    for (int i = 0; i < n; i += kQ8Block) store_q8_0(to + (place * n + i) / kQ8Block * kQ8Bytes, row + i);
  } else if (dtype == WZ_F8_E4M3) {
    // It has no infinity and rounds what is too large to NaN: the cache takes the largest number instead.
    float v[kMaxHeadDim];
    for (int i = 0; i < n; ++i) v[i] = row[i] > 448 ? 448 : row[i] < -448 ? -448 : row[i];
    store_block(to + place * n, dtype, v, n);
  } else {
    store_block(to + place * n * element_bytes(dtype), dtype, row, n);
  }
}

}  // namespace
}  // namespace wz::WZ_ISA
