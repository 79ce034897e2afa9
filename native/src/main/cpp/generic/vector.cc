// Single rounded steps on float32 vectors (vector.h).
#include "capi/operations.h"
#include "generic/arithmetic.h"

namespace wz::WZ_ISA {
namespace {

// out[i] = R(f(i)); f may read out[i], but nothing behind it.
template <class F>
inline __attribute__((always_inline)) void step(float* out, int arithmetic, int64_t n, F&& f) {
  switch (arithmetic) {
    case WZ_ARITHMETIC_F32:
      for (int64_t i = 0; i < n; ++i) out[i] = f(i);
      break;
    case WZ_ARITHMETIC_BF16:
      for (int64_t i = 0; i < n; ++i) out[i] = rounded_to_bf16(f(i));
      break;
    default:
      for (int64_t begin = 0; begin < n; begin += kBlock) {
        const int64_t end = begin + smaller(kBlock, n - begin);
        for (int64_t i = begin; i < end; ++i) out[i] = f(i);
        round_block_f16(out + begin, end - begin);
      }
      break;
  }
}

}  // namespace

void vector_add(float* out, const float* a, const float* b, int arithmetic, int64_t n) {
  step(out, arithmetic, n, [=](int64_t i) { return a[i] + b[i]; });
}

void vector_subtract(float* out, const float* a, const float* b, int arithmetic, int64_t n) {
  step(out, arithmetic, n, [=](int64_t i) { return a[i] - b[i]; });
}

void vector_multiply(float* out, const float* a, const float* b, int arithmetic, int64_t n) {
  step(out, arithmetic, n, [=](int64_t i) { return a[i] * b[i]; });
}

void vector_divide(float* out, const float* a, const float* b, int arithmetic, int64_t n) {
  step(out, arithmetic, n, [=](int64_t i) { return a[i] / b[i]; });
}

void vector_scale(float* out, const float* a, float s, int arithmetic, int64_t n) {
  step(out, arithmetic, n, [=](int64_t i) { return a[i] * s; });
}

void vector_divide_by(float* out, const float* a, float s, int arithmetic, int64_t n) {
  step(out, arithmetic, n, [=](int64_t i) { return a[i] / s; });
}

void vector_add_scalar(float* out, const float* a, float s, int arithmetic, int64_t n) {
  step(out, arithmetic, n, [=](int64_t i) { return a[i] + s; });
}

void vector_dot_blocks(double* blocks, const float* a, const float* b, int64_t n) {
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t m = smaller(kBlock, n - i);
    alignas(64) double lanes[kLanes] = {};
    int64_t j = 0;
    for (; j + kLanes <= m; j += kLanes) {
      for (int l = 0; l < kLanes; ++l) lanes[l] += static_cast<double>(a[i + j + l]) * static_cast<double>(b[i + j + l]);
    }
    for (int l = 0; j < m; ++j, ++l) lanes[l] += static_cast<double>(a[i + j]) * static_cast<double>(b[i + j]);
    *blocks++ = reduce_lanes(lanes);
  }
}

}  // namespace wz::WZ_ISA
