// The small operations of a decoder layer (transformer.h).
#include <cstring>
#include "base/elementary_f32.h"
#include "capi/operations.h"
#include "generic/arithmetic.h"
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
  float sum[kBlock];
  for (int64_t t = 0; t < tokens; ++t) {
    for (int64_t begin = 0; begin < cols; begin += kBlock) {
      const int64_t n = smaller(kBlock, cols - begin);
      for (int64_t c = 0; c < n; ++c) sum[c] = 0;
      for (int64_t j = t * k; j < (t + 1) * k; ++j) {
        const float w = weight[j];
        const float* expert = y + place[j] * cols + begin;
        for (int64_t c = 0; c < n; ++c) sum[c] = sum[c] + w * expert[c];
      }
      float* to = out + t * cols + begin;
      for (int64_t c = 0; c < n; ++c) to[c] = to[c] + sum[c];
    }
  }
}

}  // namespace wz::WZ_ISA
