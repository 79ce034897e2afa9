#include <cmath>
#include "base/attention_tile.h"
#include "capi/operations.h"
#include "generic/block.h"
#include "generic/element.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kLaneCount = 16;

// Squares are exact in float64; element c onto lane c % 16, lanes as a tree.
void norm(float* x, const float* weight, double epsilon, int n) {
  double lanes[kLaneCount] = {};
  int c = 0;
  for (; c + kLaneCount <= n; c += kLaneCount)
    for (int l = 0; l < kLaneCount; ++l) lanes[l] += static_cast<double>(x[c + l]) * static_cast<double>(x[c + l]);
  for (int l = 0; c + l < n; ++l) lanes[l] += static_cast<double>(x[c + l]) * static_cast<double>(x[c + l]);
  for (int s = kLaneCount / 2; s > 0; s /= 2)
    for (int l = 0; l < s; ++l) lanes[l] += lanes[l + s];
  const auto inverse = static_cast<float>(1 / std::sqrt(lanes[0] / n + epsilon));
  for (int i = 0; i < n; ++i) x[i] = x[i] * inverse * weight[i];
}

// The pair (a, b) by the angle of this cosine and sine.
inline __attribute__((always_inline)) void turn(float& a, float& b, float cosine, float sine) {
  const float first = a * cosine - b * sine, second = b * cosine + a * sine;
  a = first;
  b = second;
}

void rotate(float* x, const wz_rope& rope, int64_t token) {
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
void store_q8_0(char* block, const float* x) {
  constexpr int kElements = 32;
  uint32_t largest = 0;
  for (int i = 0; i < kElements; ++i) {
    const uint32_t magnitude = bits_of(x[i]) & 0x7FFFFFFFu;
    largest = magnitude > largest ? magnitude : largest;
  }
  float wanted = float_of(largest) / 127;
  wanted = wanted > 65504 ? 65504 : wanted;
  if (largest > 0x7F800000u) wanted = __builtin_nanf("");
  float scale;
  store_block(block, WZ_F16, &wanted, 1);
  load_block(&scale, block, WZ_F16, 1);
  int8_t q[kElements] = {};
  if (scale > 0) {
    for (int i = 0; i < kElements; ++i) {
      const float steps = __builtin_rintf(x[i] / scale);
      q[i] = static_cast<int8_t>(static_cast<int32_t>(steps > 127 ? 127 : steps < -127 ? -127 : steps));
    }
  }
  for (int i = 0; i < kElements; ++i) put<int8_t>(block + 2, i, q[i]);
}

// Row number place of the cache, in rows of n elements.
void store_row(void* cache, int dtype, int64_t place, const float* row, int n) {
  char* to = static_cast<char*>(cache);
  if (dtype == WZ_Q8_0) {
    constexpr int kElements = 32, kBytes = 34;
    for (int i = 0; i < n; i += kElements) store_q8_0(to + (place * n + i) / kElements * kBytes, row + i);
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

void qk_rope_append(const Append& append, int32_t sequence, int64_t begin, int64_t end) {
  const wz_kv_cache& cache = *append.cache;
  const int32_t* table = append.batch->tables + static_cast<int64_t>(sequence) * append.batch->table_stride;
  for (int64_t t = begin; t < end; ++t) {
    for (int32_t h = 0; h < append.heads; ++h) {
      float* q = append.q + (t * append.heads + h) * cache.head_dim;
      if (append.q_norm != nullptr) norm(q, append.q_norm, append.epsilon, cache.head_dim);
      if (append.rope != nullptr) rotate(q, *append.rope, t);
    }
    const int32_t position = append.batch->positions[t];
    for (int32_t h = 0; h < cache.kv_heads; ++h) {
      float* k = append.k + (t * cache.kv_heads + h) * cache.head_dim;
      const float* v = append.v + (t * cache.kv_heads + h) * cache.head_dim;
      if (append.k_norm != nullptr) norm(k, append.k_norm, append.epsilon, cache.head_dim);
      if (append.rope != nullptr) rotate(k, *append.rope, t);
      const int64_t page = table[position / cache.page_tokens];
      const int64_t place = (page * cache.kv_heads + h) * cache.page_tokens + position % cache.page_tokens;
      store_row(cache.keys, cache.dtype, place, k, cache.head_dim);
      store_row(cache.values, cache.dtype, place, v, cache.head_dim);
    }
  }
}

}  // namespace wz::WZ_ISA
