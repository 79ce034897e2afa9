// The two products of attention for a few rows of queries and the consecutive keys or values of a page (or of a span in float32): sums stay in
// registers, and each vector that comes from memory meets all rows.
#pragma once
#include <cstdint>
#include "generic/kv_lanes.h"

namespace wz::WZ_ISA {
namespace {

// Consecutive rows of the cache, or of a span in float32.
struct Run {
  const char* rows;
  int64_t row_bytes;
  int64_t count;

  const char* row(int64_t i) const { return rows + i * row_bytes; }
};

// out[r * stride + n] = q_r . k_n for R rows and four keys; rows of q are whole vectors.
template <class K, int R>
inline __attribute__((always_inline)) void dots_of_four(float* out, int64_t stride, const float* q, int64_t q_stride, const char* keys,
                                                        int64_t row_bytes, int vectors) {
  Lanes sum[R][4];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 16
    for (int n = 0; n < 4; ++n) sum[r][n] = lanes_of(0);
  if constexpr (R <= kWideRows) {  // few products for each byte: memory is read in its order
#pragma GCC unroll 16
    for (int n = 0; n < 4; ++n) {
      for (int v = 0; v < vectors; ++v) {
        const Lanes key = K::load(keys + n * row_bytes, v);
#pragma GCC unroll 16
        for (int r = 0; r < R; ++r) sum[r][n] = multiply_add(load_lanes(q + r * q_stride + v * kLaneCount), key, sum[r][n]);
      }
    }
  } else {
    for (int v = 0; v < vectors; ++v) {
      Lanes key[4];
#pragma GCC unroll 16
      for (int n = 0; n < 4; ++n) key[n] = K::load(keys + n * row_bytes, v);
#pragma GCC unroll 16
      for (int r = 0; r < R; ++r) {
        const Lanes query = load_lanes(q + r * q_stride + v * kLaneCount);
#pragma GCC unroll 16
        for (int n = 0; n < 4; ++n) sum[r][n] = multiply_add(query, key[n], sum[r][n]);
      }
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r) store_sums(out + r * stride, sum[r][0], sum[r][1], sum[r][2], sum[r][3]);
}

// The same for keys [first, end) of a run; key n goes to out[n].
template <class K, int R>
void dots(float* out, int64_t stride, const float* q, int64_t q_stride, const Run& keys, int64_t first, int64_t end, int vectors) {
  int64_t i = first;
  for (; i + 4 <= end; i += 4) dots_of_four<K, R>(out + i, stride, q, q_stride, keys.row(i), keys.row_bytes, vectors);
  for (; i < end; ++i) {
    for (int r = 0; r < R; ++r) {
      Lanes sum = lanes_of(0);
      for (int v = 0; v < vectors; ++v)
        sum = multiply_add(load_lanes(q + r * q_stride + v * kLaneCount), K::load(keys.row(i), v), sum);
      float sums[4];
      store_sums(sums, sum, sum, sum, sum);
      out[r * stride + i] = sums[0];
    }
  }
}

// a_r += e_r[n] v_n over the values of a run, n ascending, for R rows and C vectors of a row from vector number first on.
template <class V, int R, int C>
void weigh(float* a, int64_t a_stride, const float* e, int64_t e_stride, const Run& values, int first) {
  Lanes sum[R][C];
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) sum[r][c] = load_lanes(a + r * a_stride + (first + c) * kLaneCount);
  for (int64_t i = 0; i < values.count; ++i) {
    Lanes value[C];
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) value[c] = V::load(values.row(i), first + c);
#pragma GCC unroll 16
    for (int r = 0; r < R; ++r) {
      const Lanes weight = lanes_of(e[r * e_stride + i]);
#pragma GCC unroll 16
      for (int c = 0; c < C; ++c) sum[r][c] = multiply_add(weight, value[c], sum[r][c]);
    }
  }
#pragma GCC unroll 16
  for (int r = 0; r < R; ++r)
#pragma GCC unroll 16
    for (int c = 0; c < C; ++c) store_lanes(a + r * a_stride + (first + c) * kLaneCount, sum[r][c]);
}

// The same for whole rows.
template <class V, int R>
inline void weighted_sum(float* a, int64_t a_stride, const float* e, int64_t e_stride, const Run& values, int vectors) {
  constexpr int kWide = R <= kWideRows ? kWideVectors : kVectors;
  int v = 0;
  for (; v + kWide <= vectors; v += kWide) weigh<V, R, kWide>(a, a_stride, e, e_stride, values, v);
  if constexpr (kWide > 4) {
    for (; v + 4 <= vectors; v += 4) weigh<V, R, 4>(a, a_stride, e, e_stride, values, v);
  }
  for (; v < vectors; ++v) weigh<V, R, 1>(a, a_stride, e, e_stride, values, v);
}

}  // namespace
}  // namespace wz::WZ_ISA
