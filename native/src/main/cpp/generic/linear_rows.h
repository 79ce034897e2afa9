// A register tile of float32 dot products: kRows rows of a weight by kTokens rows of x, sixteen lanes each. Column c runs in lane c % 16,
// so a tile of any height or width, and any cut of the columns at a multiple of sixteen, computes the same bits.
#pragma once
#include <cstdint>
#include <cstring>
#include "generic/element.h"
#include "registers.h"
#include "wootz/linear.h"

namespace wz::WZ_ISA {
namespace {

struct FromF32 {
  static constexpr int64_t kBytes = 4;
  static Floats load(const char* p) { return load_floats(reinterpret_cast<const float*>(p)); }
};
struct FromF16 {
  static constexpr int64_t kBytes = 2;
  static Floats load(const char* p) { return floats_from_f16(p); }
};
struct FromBf16 {
  static constexpr int64_t kBytes = 2;
  static Floats load(const char* p) { return floats_from_bf16(p); }
};

// sum += w x over the columns [0, cols) of w, whose row r begins at w + r * row_bytes and takes step bytes for sixteen columns, and of the
// rows of x. The last columns, when they are no sixteen, are padded with zeros on both sides. kStreams: the weight is read once, row after
// row, so the same columns of the rows that follow are asked for.
template <class Weight, int kRows, int kTokens, bool kStreams>
inline __attribute__((always_inline)) void add_products(Sixteen (&sum)[kTokens][kRows], const char* w, int64_t row_bytes, int64_t step,
                                                        const float* const* x, int64_t cols) {
  Sixteen s[kTokens][kRows];
  for (int t = 0; t < kTokens; ++t)
    for (int r = 0; r < kRows; ++r) s[t][r] = sum[t][r];

  const auto add = [&](const char* from, int64_t from_row, const float* const* to, int64_t c) __attribute__((always_inline)) {
#pragma GCC unroll 4
    for (int h = 0; h < kSixteen; ++h) {
      Floats weights[kRows];
#pragma GCC unroll 8
      for (int r = 0; r < kRows; ++r) weights[r] = Weight::load(from + r * from_row + h * kWidth * Weight::kBytes);
#pragma GCC unroll 8
      for (int t = 0; t < kTokens; ++t) {
        const Floats activations = load_floats(to[t] + c + h * kWidth);
#pragma GCC unroll 8
        for (int r = 0; r < kRows; ++r) s[t][r].part[h] = fused(weights[r], activations, s[t][r].part[h]);
      }
    }
  };

  const int64_t whole = cols / 16 * 16;
  for (int64_t c = 0; c < whole; c += 16, w += step) {
    if constexpr (kStreams) {
#pragma GCC unroll 8
      for (int r = 0; r < kRows; ++r) prefetch(w + (r + kRows) * row_bytes);
    }
    add(w, row_bytes, x, c);
  }
  if (whole < cols) {
    alignas(64) char last_w[kRows][16 * Weight::kBytes] = {};
    alignas(64) float last_x[kTokens][16] = {};
    const float* last[kTokens];
    const int64_t rest = cols - whole;
    for (int r = 0; r < kRows; ++r) std::memcpy(last_w[r], w + r * row_bytes, static_cast<size_t>(rest * Weight::kBytes));
    for (int t = 0; t < kTokens; ++t) {
      std::memcpy(last_x[t], x[t] + whole, static_cast<size_t>(rest) * sizeof(float));
      last[t] = last_x[t];
    }
    add(last_w[0], 16 * Weight::kBytes, last, 0);
  }

  for (int t = 0; t < kTokens; ++t)
    for (int r = 0; r < kRows; ++r) sum[t][r] = s[t][r];
}

template <int kRows, int kTokens>
inline void clear(Sixteen (&sum)[kTokens][kRows]) {
  for (auto& token : sum)
    for (Sixteen& s : token)
      for (Floats& part : s.part) part = every_float(0);
}

// The sums of a tile become outputs, of rows [r, r + rows) of the weight; the tile may have more.
template <int kRows, int kTokens>
inline void finish(const wz_linear_part& part, const Sixteen (&sum)[kTokens][kRows], int64_t token, int64_t r, int64_t rows) {
  float y[(kTokens * kRows + 7) / 8 * 8];
  sum_lanes(y, sum[0], kTokens * kRows);
  float* out = part.out + token * part.out_stride + r;
  if (rows == kRows) {  // whole tiles in loops of constant length
    if (part.bias != nullptr) {
      for (int t = 0; t < kTokens; ++t)
        for (int k = 0; k < kRows; ++k) y[t * kRows + k] += part.bias[r + k];
    }
    if (part.add != 0) {
      for (int t = 0; t < kTokens; ++t)
        for (int k = 0; k < kRows; ++k) y[t * kRows + k] = out[t * part.out_stride + k] + y[t * kRows + k];
    }
    for (int t = 0; t < kTokens; ++t) std::memcpy(out + t * part.out_stride, y + t * kRows, kRows * sizeof(float));
    return;
  }
  for (int t = 0; t < kTokens; ++t, out += part.out_stride) {
    for (int64_t k = 0; k < rows; ++k) {
      const float v = part.bias != nullptr ? y[t * kRows + k] + part.bias[r + k] : y[t * kRows + k];
      out[k] = part.add != 0 ? out[k] + v : v;
    }
  }
}

}  // namespace
}  // namespace wz::WZ_ISA
