#include "wootz/vector.h"
#include <algorithm>
#include "capi/check.h"
#include "capi/table.h"
#include "dtype/bf16.h"
#include "dtype/f16.h"

using wz::Check;

namespace {

void float32_arithmetic(const Check& check, int32_t arithmetic) {
  check.arithmetic(arithmetic);
  if (arithmetic == WZ_ARITHMETIC_F64) {
    check.refuse(WZ_UNSUPPORTED, "arithmetic: found WZ_ARITHMETIC_F64, expected one whose values are float32");
  }
}

using Binary = void (*)(float*, const float*, const float*, int, int64_t);
using Unary = void (*)(float*, const float*, float, int, int64_t);

wz_status binary(const char* operation, Binary wz::Table::*step, float* out, const float* a, const float* b, int32_t arithmetic, int64_t n) {
  return wz::guarded(operation, [&](const Check& check) {
    check.count("n", n);
    float32_arithmetic(check, arithmetic);
    check.pointer("out", out, n);
    check.pointer("a", a, n);
    check.pointer("b", b, n);
    (wz::active().*step)(out, a, b, arithmetic, n);
  });
}

wz_status unary(const char* operation, Unary wz::Table::*step, float* out, const float* a, float s, int32_t arithmetic, int64_t n) {
  return wz::guarded(operation, [&](const Check& check) {
    check.count("n", n);
    float32_arithmetic(check, arithmetic);
    check.pointer("out", out, n);
    check.pointer("a", a, n);
    (wz::active().*step)(out, a, s, arithmetic, n);
  });
}

}  // namespace

wz_status wz_vector_add(float* out, const float* a, const float* b, int32_t arithmetic, int64_t n) {
  return binary("wz_vector_add", &wz::Table::vector_add, out, a, b, arithmetic, n);
}

wz_status wz_vector_subtract(float* out, const float* a, const float* b, int32_t arithmetic, int64_t n) {
  return binary("wz_vector_subtract", &wz::Table::vector_subtract, out, a, b, arithmetic, n);
}

wz_status wz_vector_multiply(float* out, const float* a, const float* b, int32_t arithmetic, int64_t n) {
  return binary("wz_vector_multiply", &wz::Table::vector_multiply, out, a, b, arithmetic, n);
}

wz_status wz_vector_divide(float* out, const float* a, const float* b, int32_t arithmetic, int64_t n) {
  return binary("wz_vector_divide", &wz::Table::vector_divide, out, a, b, arithmetic, n);
}

wz_status wz_vector_scale(float* out, const float* a, double s, int32_t arithmetic, int64_t n) {
  return unary("wz_vector_scale", &wz::Table::vector_scale, out, a, static_cast<float>(s), arithmetic, n);
}

wz_status wz_vector_divide_by(float* out, const float* a, double s, int32_t arithmetic, int64_t n) {
  return unary("wz_vector_divide_by", &wz::Table::vector_divide_by, out, a, static_cast<float>(s), arithmetic, n);
}

wz_status wz_vector_add_scalar(float* out, const float* a, double s, int32_t arithmetic, int64_t n) {
  return unary("wz_vector_add_scalar", &wz::Table::vector_add_scalar, out, a, static_cast<float>(wz_round(s, arithmetic)), arithmetic, n);
}

wz_status wz_vector_dot(double* sum, const float* a, const float* b, int64_t n) {
  return wz::guarded("wz_vector_dot", [&](const Check& check) {
    check.count("n", n);
    check.pointer("sum", sum);
    check.pointer("a", a, n);
    check.pointer("b", b, n);
    constexpr int64_t kBlocks = 64;
    double blocks[kBlocks];
    for (int64_t i = 0; i < n; i += kBlocks * WZ_BLOCK) {
      const int64_t m = std::min(kBlocks * WZ_BLOCK, n - i);
      wz::active().vector_dot_blocks(blocks, a + i, b + i, m);
      for (int64_t j = 0; j * WZ_BLOCK < m; ++j) *sum += blocks[j];
    }
  });
}

double wz_round(double v, int32_t arithmetic) {
  switch (arithmetic) {
    case WZ_ARITHMETIC_F32: return static_cast<double>(static_cast<float>(v));
    case WZ_ARITHMETIC_BF16: return static_cast<double>(wz::f32_from_bf16(wz::bf16_from_f32(static_cast<float>(v))));
    case WZ_ARITHMETIC_F16: return static_cast<double>(wz::f32_from_f16(wz::f16_from_f32(static_cast<float>(v))));
    default: return v;
  }
}
