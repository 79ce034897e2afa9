// out = [base +] (sum_i w_i v_i) / divisor, v = x or x - base: every product, quotient and the whole sum rounded to the arithmetic.
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {
namespace {

// One element with the weights w(i).
template <class A, class W>
void element(void* out, int out_dtype, const wz_model* x, int models, wz_model base, W&& w, double divisor, int64_t i) {
  using T = typename A::T;
  T sum = A::round(A::scalar(w(0)) * value_or_delta<A>(x[0], base, i));
  for (int k = 1; k < models; ++k) {
    const T product = A::round(A::scalar(w(k)) * value_or_delta<A>(x[k], base, i));
    sum = sum + product;
  }
  sum = A::round(sum);
  if (divisor != 1) sum = A::round(sum / A::scalar(divisor));
  if (base.x != nullptr) sum = A::round(value<A>(base, i) + sum);
  store(out, out_dtype, i, sum);
}

}  // namespace

void linear(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const double* weights, double divisor, int arithmetic,
            int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    for (int64_t i = 0; i < n; ++i) element<A>(out, out_dtype, x, models, base, [&](int k) { return weights[k]; }, divisor, i);
  });
}

void linear_columns(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const double* weights, int arithmetic,
                    int64_t rows, int64_t cols) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < cols; ++c) {
        element<A>(out, out_dtype, x, models, base, [&](int k) { return weights[k * cols + c]; }, 1, r * cols + c);
      }
    }
  });
}

}  // namespace wz::reference
