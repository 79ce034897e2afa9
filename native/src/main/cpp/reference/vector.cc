// Single rounded steps on float32 vectors (vector.h).
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {
namespace {

template <class F>
void step(float* out, int arithmetic, int64_t n, F&& f) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    for (int64_t i = 0; i < n; ++i) out[i] = static_cast<float>(A::round(f(i)));
  });
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
  for (int64_t i = 0; i < n; i += WZ_BLOCK) {
    const int64_t m = n - i < WZ_BLOCK ? n - i : WZ_BLOCK;
    *blocks++ = reduce_block(m, [=](int64_t j) { return static_cast<double>(a[i + j]) * static_cast<double>(b[i + j]); });
  }
}

}  // namespace wz::reference
