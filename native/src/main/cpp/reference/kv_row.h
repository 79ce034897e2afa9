// Rows of the KV cache: head_dim elements of its type, to and from float32, and the rotation of such a row.
#pragma once
#include <cmath>
#include <cstdint>
#include <cstring>
#include "dtype/bf16.h"
#include "dtype/f16.h"
#include "dtype/f8.h"
#include "wootz/attention.h"
#include "wootz/dtype.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kQ8Block = 32, kQ8Bytes = 34;  // f16 scale, 32 x int8

template <class T, class F>
void load_elements(float* row, const void* cache, int64_t first, int n, F&& f32_of) {
  for (int i = 0; i < n; ++i) {
    T v;
    std::memcpy(&v, static_cast<const char*>(cache) + (first + i) * static_cast<int64_t>(sizeof(T)), sizeof(T));
    row[i] = f32_of(v);
  }
}

template <class T, class F>
void store_elements(void* cache, const float* row, int64_t first, int n, F&& of_f32) {
  for (int i = 0; i < n; ++i) {
    const T v = of_f32(row[i]);
    std::memcpy(static_cast<char*>(cache) + (first + i) * static_cast<int64_t>(sizeof(T)), &v, sizeof(T));
  }
}

// e4m3 has no infinity and rounds what is too large to NaN: the cache takes the largest number instead.
inline uint8_t saturated_e4m3(float v) { return f8_e4m3_from_f32(v > 448 ? 448 : v < -448 ? -448 : v); }

// Rounded with respect to the scale that is stored; NaN spoils its whole block, infinities become the largest number.
inline void store_q8_0(char* block, const float* x) {
  float largest = 0;
  bool nan = false;
  for (int i = 0; i < kQ8Block; ++i) {
    if (std::fabs(x[i]) > largest) largest = std::fabs(x[i]);
    nan = nan || std::isnan(x[i]);
  }
  const float wanted = largest / 127;
  const uint16_t stored = nan ? uint16_t{0x7E00} : f16_from_f32(wanted > 65504 ? 65504 : wanted);
  const float scale = f32_from_f16(stored);
  std::memcpy(block, &stored, 2);
  for (int i = 0; i < kQ8Block; ++i) {
    const float q = scale > 0 ? std::nearbyint(x[i] / scale) : 0;
    block[2 + i] = static_cast<char>(static_cast<int8_t>(q > 127 ? 127 : q < -127 ? -127 : q));
  }
}

// Row number place, in rows of n elements from the start of the cache.
inline void load_kv(float* row, const void* cache, int dtype, int64_t place, int n) {
  const int64_t first = place * n;
  switch (dtype) {
    case WZ_F32: load_elements<float>(row, cache, first, n, [](float v) { return v; }); break;
    case WZ_F16: load_elements<uint16_t>(row, cache, first, n, f32_from_f16); break;
    case WZ_BF16: load_elements<uint16_t>(row, cache, first, n, f32_from_bf16); break;
    case WZ_F8_E4M3: load_elements<uint8_t>(row, cache, first, n, f32_from_f8_e4m3); break;
    default:
      for (int i = 0; i < n; ++i) {
        const char* block = static_cast<const char*>(cache) + (first + i) / kQ8Block * kQ8Bytes;
        uint16_t scale;
        std::memcpy(&scale, block, 2);
        row[i] = f32_from_f16(scale) * static_cast<float>(static_cast<int8_t>(block[2 + i % kQ8Block]));
      }
  }
}

inline void store_kv(void* cache, int dtype, int64_t place, const float* row, int n) {
  const int64_t first = place * n;
  switch (dtype) {
    case WZ_F32: store_elements<float>(cache, row, first, n, [](float v) { return v; }); break;
    case WZ_F16: store_elements<uint16_t>(cache, row, first, n, f16_from_f32); break;
    case WZ_BF16: store_elements<uint16_t>(cache, row, first, n, bf16_from_f32); break;
    case WZ_F8_E4M3: store_elements<uint8_t>(cache, row, first, n, saturated_e4m3); break;
    default:
      for (int i = 0; i < n; i += kQ8Block) store_q8_0(static_cast<char*>(cache) + (first + i) / kQ8Block * kQ8Bytes, row + i);
  }
}

// By the angles of row number token of the table.
inline void rotate(float* x, const wz_rope& rope, int64_t token) {
  const int half = rope.dim / 2;
  const float* cosine = rope.table + token * rope.dim;
  const float* sine = cosine + half;
  for (int i = 0; i < half; ++i) {
    float& a = x[rope.interleaved ? 2 * i : i];
    float& b = x[rope.interleaved ? 2 * i + 1 : i + half];
    const float first = a * cosine[i] - b * sine[i], second = b * cosine[i] + a * sine[i];
    a = first;
    b = second;
  }
}

}  // namespace
}  // namespace wz::WZ_ISA
