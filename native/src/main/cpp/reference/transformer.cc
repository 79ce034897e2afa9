// The small operations of a decoder layer (transformer.h), one element at a time.
#include <cmath>
#include "base/elementary_f32.h"
#include "capi/operations.h"

namespace wz::reference {

void rms_norm(float* out, float* x, const float* add, const float* weight, double epsilon, int64_t rows, int64_t cols) {
  for (int64_t r = 0; r < rows; ++r) {
    float* row = x + r * cols;
    double lanes[32] = {};
    for (int64_t c = 0; c < cols; ++c) {
      if (add != nullptr) row[c] = row[c] + add[r * cols + c];
      lanes[c % 32] += static_cast<double>(row[c]) * static_cast<double>(row[c]);
    }
    for (int s = 16; s > 0; s /= 2) {
      for (int l = 0; l < s; ++l) lanes[l] += lanes[l + s];
    }
    const auto scale = static_cast<float>(1 / std::sqrt(lanes[0] / static_cast<double>(cols) + epsilon));
    for (int64_t c = 0; c < cols; ++c) out[r * cols + c] = row[c] * scale * weight[c];
  }
}

void swiglu(float* out, const float* gate, const float* up, int64_t n) {
  for (int64_t i = 0; i < n; ++i) out[i] = gate[i] / (1 + exp_f32(-gate[i])) * up[i];
}

void moe_combine(float* out, const float* y, const int32_t* place, const float* weight, int64_t tokens, int32_t k, int64_t cols) {
  for (int64_t t = 0; t < tokens; ++t) {
    for (int64_t c = 0; c < cols; ++c) {
      float sum = 0;
      for (int64_t j = t * k; j < (t + 1) * k; ++j) sum = sum + weight[j] * y[place[j] * cols + c];
      out[t * cols + c] = out[t * cols + c] + sum;
    }
  }
}

}  // namespace wz::reference
