#include "capi/check.h"
#include <cmath>

namespace wz {
namespace {

std::string found(const char* name, int64_t value, const std::string& expected) {
  return std::string(name) + ": found " + std::to_string(value) + ", expected " + expected;
}

std::string found_dtype(const char* name, int32_t value, const char* expected) {
  return std::string(name) + ": found dtype " + wz_dtype_name(value) + " (" + std::to_string(value) + "), expected " + expected;
}

std::string element(const char* name, int64_t i) { return std::string(name) + "[" + std::to_string(i) + "]"; }

}  // namespace

void Check::count(const char* name, int64_t n) const { at_least(name, n, 0); }

void Check::at_least(const char* name, int64_t n, int64_t least) const {
  if (n < least) refuse(WZ_INVALID_ARGUMENT, found(name, n, "at least " + std::to_string(least)));
}

void Check::within(const char* name, int64_t n, int64_t least, int64_t most) const {
  if (n < least || n > most) refuse(WZ_INVALID_ARGUMENT, found(name, n, std::to_string(least) + " to " + std::to_string(most)));
}

int64_t Check::shape(int64_t rows, int64_t cols) const {
  count("rows", rows);
  count("cols", cols);
  int64_t n = 0;
  if (__builtin_mul_overflow(rows, cols, &n)) {
    refuse(WZ_INVALID_ARGUMENT,
           "shape: found [" + std::to_string(rows) + ", " + std::to_string(cols) + "], expected fewer than 2^63 elements");
  }
  return n;
}

void Check::pointer(const char* name, const void* p, int64_t elements) const {
  if (p == nullptr && elements > 0) {
    refuse(WZ_INVALID_ARGUMENT, std::string(name) + ": found NULL, expected " + std::to_string(elements) +
                                    (elements == 1 ? " element" : " elements"));
  }
}

void Check::dtype(const char* name, int32_t value) const {
  if (wz_dtype_bytes(value) == 0) refuse(WZ_UNSUPPORTED, found_dtype(name, value, "a wz_dtype"));
}

void Check::input(const char* name, int32_t dtype) const {
  if (dtype != WZ_F32 && dtype != WZ_F16 && dtype != WZ_BF16 && dtype != WZ_F64) {
    refuse(WZ_UNSUPPORTED, found_dtype(name, dtype, "f32, f16, bf16 or f64"));
  }
}

void Check::output(const char* name, int32_t dtype) const {
  if (dtype != WZ_F32 && dtype != WZ_F16 && dtype != WZ_BF16) refuse(WZ_UNSUPPORTED, found_dtype(name, dtype, "f32, f16 or bf16"));
}

void Check::weight(const char* name, int32_t dtype) const {
  if (wz_dtype_block(dtype) <= 1 && dtype != WZ_F32 && dtype != WZ_F16 && dtype != WZ_BF16) {
    refuse(WZ_UNSUPPORTED, found_dtype(name, dtype, "f32, f16, bf16 or a block type"));
  }
}

void Check::arithmetic(int32_t value) const {
  within("arithmetic", value, WZ_ARITHMETIC_F32, WZ_ARITHMETIC_F16);
}

void Check::number(const char* name, double value) const {
  if (std::isnan(value)) refuse(WZ_INVALID_ARGUMENT, std::string(name) + ": found NaN, expected a number");
}

void Check::numbers(const char* name, const double* values, int64_t n) const {
  pointer(name, values, n);
  for (int64_t i = 0; i < n; ++i) {
    if (std::isnan(values[i])) number(element(name, i).c_str(), values[i]);
  }
}

void Check::models(const char* name, const wz_model* x, int32_t models, int64_t n, int32_t least) const {
  at_least("models", models, least);
  pointer(name, x, models);
  for (int32_t i = 0; i < models; ++i) {
    pointer(element(name, i).c_str(), x[i].x, n);
    input(element(name, i).c_str(), x[i].dtype);
  }
}

wz_model Check::optional_base(const wz_model* base) const {
  if (base == nullptr || base->x == nullptr) return {nullptr, WZ_F32};
  input("base", base->dtype);
  return *base;
}

wz_model Check::required_base(const wz_model* base, int64_t n) const {
  pointer("base", base);
  pointer("base.x", base->x, n);
  input("base", base->dtype);
  return *base;
}

}  // namespace wz
