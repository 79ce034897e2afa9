// The small operations of a decoder layer (transformer.h).
#include <cstring>
#include "base/elementary_f32.h"
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "lanes.h"
#include "simd.h"

namespace wz::WZ_ISA {
namespace {

// Element c in lane c % 32. A square of a float32 is exact in float64: a fused multiply-add rounds as a multiplication and an addition do.
double sum_of_squares(const float* x, int64_t n) {
  constexpr int kParts = kLanes / kDoubles;
  Doubles sum[kParts];
  for (Doubles& s : sum) s = doubles_of(0);
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    for (int p = 0; p < kParts; ++p) {
      const Doubles v = doubles_from_f32(x + i + p * kDoubles);
      sum[p] = multiply_add(v, v, sum[p]);
    }
  }
  alignas(64) double lanes[kLanes];
  static_assert(sizeof lanes == sizeof sum);
  std::memcpy(lanes, sum, sizeof lanes);
  for (int l = 0; i < n; ++i, ++l) lanes[l] += static_cast<double>(x[i]) * static_cast<double>(x[i]);
  return reduce_lanes(lanes);
}

// What one token's experts have made of it.
struct Choice {
  const float* y;
  const int32_t* place;
  const float* weight;
  int32_t k;
  int64_t cols;

  const float* row(int32_t j) const { return y + place[j] * cols; }
};

constexpr int kTile = 4;  // registers of columns

// out += the weighted sum of N * kLaneCount columns from c on, which stays in registers.
template <int N>
inline void combine_columns(float* out, const Choice& choice, int64_t c) {
  Lanes sum[N];
  for (Lanes& s : sum) s = lanes_of(0);
  for (int32_t j = 0; j < choice.k; ++j) {
    const Lanes w = lanes_of(choice.weight[j]);
    const float* from = choice.row(j) + c;
    for (int l = 0; l < N; ++l) sum[l] = add(sum[l], multiply(w, load_lanes(from + kLaneCount * l)));
  }
  for (int l = 0; l < N; ++l) store_lanes(out + kLaneCount * l, add(load_lanes(out + kLaneCount * l), sum[l]));
}

}  // namespace

void rms_norm(float* out, float* x, const float* add, const float* weight, double epsilon, int64_t rows, int64_t cols) {
  for (int64_t r = 0; r < rows; ++r) {
    float* row = x + r * cols;
    if (add != nullptr) {
      const float* residual = add + r * cols;
      for (int64_t c = 0; c < cols; ++c) row[c] = row[c] + residual[c];
    }
    const double mean = sum_of_squares(row, cols) / static_cast<double>(cols);
    const auto scale = static_cast<float>(1 / __builtin_sqrt(mean + epsilon));
    float* to = out + r * cols;
    for (int64_t c = 0; c < cols; ++c) to[c] = row[c] * scale * weight[c];
  }
}

void swiglu(float* out, const float* gate, const float* up, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = gate[i] / (1 + exp_f32(-gate[i])) * up[i];
}

void moe_combine(float* out, const float* y, const int32_t* place, const float* weight, int64_t tokens, int32_t k, int64_t cols) {
  for (int64_t t = 0; t < tokens; ++t) {
    const Choice choice = {y, place + t * k, weight + t * k, k, cols};
    float* to = out + t * cols;
    int64_t c = 0;
    for (; c + kTile * kLaneCount <= cols; c += kTile * kLaneCount) combine_columns<kTile>(to + c, choice, c);
    for (; c + kLaneCount <= cols; c += kLaneCount) combine_columns<1>(to + c, choice, c);
    for (; c < cols; ++c) {
      float sum = 0;
      for (int32_t j = 0; j < k; ++j) sum = sum + choice.weight[j] * choice.row(j)[c];
      to[c] = to[c] + sum;
    }
  }
}

}  // namespace wz::WZ_ISA
