// out = [base +] (sum_i w_i v_i) / divisor, v = x or x - base; every product, quotient and the whole sum rounded to the arithmetic. Block by
// block: the sum stays in the first-level cache while each model is read straight from memory, once.
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "generic/merge_linear_bf16.h"
#include "generic/scratch.h"

namespace wz::WZ_ISA {
namespace {

template <class A>
struct Block {
  using T = typename A::T;
  alignas(64) T sum[kBlock];
  alignas(64) T base[kBlock];
  alignas(64) T value[kBlock];
};

// sum (+)= w(j) * (v(j) [- base])
template <class A, bool BASE, bool FIRST, class V, class W>
void add_product(Block<A>& b, V&& v, W&& w, int64_t n) {
  using T = typename A::T;
  if constexpr (A::kRoundsByBlock) {
    for (int64_t j = 0; j < n; ++j) b.value[j] = BASE ? v(j) - b.base[j] : v(j);
    if (BASE) A::round(b.value, n);
    for (int64_t j = 0; j < n; ++j) b.value[j] = w(j) * b.value[j];
    A::round(b.value, n);
    for (int64_t j = 0; j < n; ++j) b.sum[j] = FIRST ? b.value[j] : b.sum[j] + b.value[j];
  } else {
    for (int64_t j = 0; j < n; ++j) {
      const T value = BASE ? A::rounded(v(j) - b.base[j]) : v(j);
      const T product = A::rounded(w(j) * value);
      b.sum[j] = FIRST ? product : b.sum[j] + product;
    }
  }
}

// The same for values from element i of x on: read in place where the arithmetic takes the stored values as they are.
template <class A, bool BASE, bool FIRST, class W>
void add_product(Block<A>& b, wz_model x, W&& w, int64_t i, int64_t n) {
  using T = typename A::T;
  const void* p = at(x.x, x.dtype, i);
  if constexpr (A::kDtype != WZ_F16) {
    if (x.dtype == WZ_BF16) return add_product<A, BASE, FIRST>(b, [p](int64_t j) { return static_cast<T>(get_bf16(p, j)); }, w, n);
  }
  if constexpr (!A::kRounds) {
    if (x.dtype == WZ_F32) return add_product<A, BASE, FIRST>(b, [p](int64_t j) { return static_cast<T>(get<float>(p, j)); }, w, n);
  }
  load<A>(b.value, x, i, n);
  add_product<A, BASE, FIRST>(b, [&b](int64_t j) { return b.value[j]; }, w, n);
}

// n elements from i on; weight(k) gives the function j -> weight of model k.
template <class A, class Weight>
void combine(Block<A>& b, void* out, int out_dtype, const wz_model* x, int models, wz_model base, Weight&& weight, typename A::T divisor,
             int64_t i, int64_t n) {
  if (base.x != nullptr) {
    load<A>(b.base, base, i, n);
    add_product<A, true, true>(b, x[0], weight(0), i, n);
    for (int k = 1; k < models; ++k) add_product<A, true, false>(b, x[k], weight(k), i, n);
  } else {
    add_product<A, false, true>(b, x[0], weight(0), i, n);
    for (int k = 1; k < models; ++k) add_product<A, false, false>(b, x[k], weight(k), i, n);
  }
  A::round(b.sum, n);
  if (divisor != 1) {
    for (int64_t j = 0; j < n; ++j) b.sum[j] /= divisor;
    A::round(b.sum, n);
  }
  if (base.x != nullptr) {
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
    int64_t done = 0;
    if constexpr (A::kDtype == WZ_F32 || A::kDtype == WZ_BF16) {
      if (models <= kPairedModels && all_bf16(out_dtype, x, models, base)) {
        done = n - n % 2;
        combine_pairs<A>(out, x, models, base.x, weights, divisor, n / 2);
      }
    }
    Block<A> b;
    const auto weight = [weights](int k) { return [w = A::scalar(weights[k])](int64_t) { return w; }; };
    for (int64_t i = done; i < n; i += kBlock) {
      combine(b, out, out_dtype, x, models, base, weight, A::scalar(divisor), i, smaller(kBlock, n - i));
    }
  });
}

void linear_columns(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const double* weights, int arithmetic,
                    int64_t rows, int64_t cols) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    Block<A> b;
    Scratch<typename A::T> scalars(models * cols);  // [models, cols]
    for (int64_t j = 0; j < models * cols; ++j) scalars[j] = A::scalar(weights[j]);
    for (int64_t c = 0; c < cols; c += kBlock) {
      const auto weight = [&scalars, c, cols](int k) { return [w = scalars.data() + k * cols + c](int64_t j) { return w[j]; }; };
      for (int64_t r = 0; r < rows; ++r) {
        combine(b, out, out_dtype, x, models, base, weight, typename A::T(1), r * cols + c, smaller(kBlock, cols - c));
      }
    }
  });
}

}  // namespace wz::WZ_ISA
