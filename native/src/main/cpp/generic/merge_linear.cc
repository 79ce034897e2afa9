// out = [base +] (sum_i w_i v_i) / divisor, v = x or x - base. One pass: every input is read once, the output written once.
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "generic/scratch.h"

namespace wz::WZ_ISA {
namespace {

// The weights of one block: the same for all elements (w[i]), or one per column (w[i * stride + j]).
template <class A>
struct Block {
  using T = typename A::T;
  alignas(64) T sum[kBlock];
  alignas(64) T value[kBlock];
  alignas(64) T base[kBlock];
};

template <class A>
void load_value(Block<A>& b, wz_model x, bool has_base, int64_t i, int64_t n) {
  if (has_base) {
    load_delta<A>(b.value, x, b.base, i, n);
  } else {
    load<A>(b.value, x, i, n);
  }
}

template <class A>
void finish(Block<A>& b, void* out, int out_dtype, bool has_base, typename A::T divisor, int64_t i, int64_t n) {
  A::round(b.sum, n);
  if (divisor != 1) {
    for (int64_t j = 0; j < n; ++j) b.sum[j] /= divisor;
    A::round(b.sum, n);
  }
  if (has_base) {
    for (int64_t j = 0; j < n; ++j) b.sum[j] = b.base[j] + b.sum[j];
    A::round(b.sum, n);
  }
  store_block(at(out, out_dtype, i), out_dtype, b.sum, n);
}

}  // namespace

void linear(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const double* weights, double divisor, int arithmetic,
            int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    Block<A> b;
    const bool has_base = base.x != nullptr;
    const T by = A::scalar(divisor);
    for (int64_t i = 0; i < n; i += kBlock) {
      const int64_t m = smaller(kBlock, n - i);
      if (has_base) load<A>(b.base, base, i, m);
      for (int k = 0; k < models; ++k) {
        const T w = A::scalar(weights[k]);
        load_value<A>(b, x[k], has_base, i, m);
        if (A::kRounds) {
          for (int64_t j = 0; j < m; ++j) b.value[j] *= w;
          A::round(b.value, m);
          if (k == 0) {
            for (int64_t j = 0; j < m; ++j) b.sum[j] = b.value[j];
          } else {
            for (int64_t j = 0; j < m; ++j) b.sum[j] += b.value[j];
          }
        } else if (k == 0) {
          for (int64_t j = 0; j < m; ++j) b.sum[j] = w * b.value[j];
        } else {
          for (int64_t j = 0; j < m; ++j) b.sum[j] += w * b.value[j];
        }
      }
      finish<A>(b, out, out_dtype, has_base, by, i, m);
    }
  });
}

void linear_columns(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const double* weights, int arithmetic,
                    int64_t rows, int64_t cols) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    Block<A> b;
    Scratch<T> w(models * cols);
    for (int64_t j = 0; j < models * cols; ++j) w[j] = A::scalar(weights[j]);
    const bool has_base = base.x != nullptr;
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < cols; c += kBlock) {
        const int64_t m = smaller(kBlock, cols - c);
        const int64_t i = r * cols + c;
        if (has_base) load<A>(b.base, base, i, m);
        for (int64_t j = 0; j < m; ++j) b.sum[j] = 0;
        for (int k = 0; k < models; ++k) {
          const T* wk = w.data() + k * cols + c;
          load_value<A>(b, x[k], has_base, i, m);
          for (int64_t j = 0; j < m; ++j) b.value[j] *= wk[j];
          A::round(b.value, m);
          for (int64_t j = 0; j < m; ++j) b.sum[j] += b.value[j];
        }
        finish<A>(b, out, out_dtype, has_base, T(1), i, m);
      }
    }
  });
}

}  // namespace wz::WZ_ISA
