// Arcee Fusion: importance |d| KL(softmax(x) || softmax(base)), and the base with the important deltas added.
#include <cmath>
#include <limits>
#include <vector>
#include "base/elementary.h"
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {
namespace {

template <class T>
T sum_of(const std::vector<T>& v) {
  double sum = 0;
  const auto n = static_cast<int64_t>(v.size());
  for (int64_t i = 0; i < n; i += WZ_BLOCK) {
    sum += reduce_block(n - i < WZ_BLOCK ? n - i : WZ_BLOCK, [&](int64_t j) { return static_cast<double>(v[static_cast<size_t>(i + j)]); });
  }
  return static_cast<T>(sum);
}

// softmax of a row, 1e-8 added.
template <class A>
std::vector<typename A::T> softmax(wz_model x, int64_t begin, int64_t cols) {
  using T = typename A::T;
  T most = -std::numeric_limits<T>::infinity();
  for (int64_t c = 0; c < cols; ++c) {
    if (value<A>(x, begin + c) > most) most = value<A>(x, begin + c);
  }
  std::vector<T> p;
  for (int64_t c = 0; c < cols; ++c) p.push_back(static_cast<T>(exp_of_negative(static_cast<double>(value<A>(x, begin + c) - most))));
  const T sum = sum_of(p);
  for (T& v : p) v = A::round(A::round(v / sum) + A::scalar(1e-8));
  return p;
}

// The bits of a float as an unsigned integer of the same order, NaN on top.
uint32_t ordered_bits(float v) {
  if (std::isnan(v)) return 0xFFFFFFFFu;
  const float positive_zero = v + 0.0f;
  const auto bits = bits_at<uint32_t>(&positive_zero);
  return (bits & 0x80000000u) != 0 ? ~bits : bits | 0x80000000u;
}

}  // namespace

void fusion_keys(uint32_t* key, wz_model x, wz_model base, int arithmetic, int64_t rows, int64_t cols) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    for (int64_t r = 0; r < rows; ++r) {
      const std::vector<T> p = softmax<A>(x, r * cols, cols);
      const std::vector<T> q = softmax<A>(base, r * cols, cols);
      std::vector<T> terms;
      for (size_t c = 0; c < p.size(); ++c) {
        const T log = A::round(static_cast<T>(log_of_positive(static_cast<double>(A::round(p[c] / q[c])))));
        terms.push_back(A::round(log * p[c]));
      }
      const T divergence = A::round(sum_of(terms));
      for (int64_t i = r * cols; i < (r + 1) * cols; ++i) {
        key[i] = ordered_bits(static_cast<float>(A::round(std::fabs(delta<A>(x, base, i)) * divergence)));
      }
    }
  });
}

void fusion(void* out, int out_dtype, wz_model x, wz_model base, const uint32_t* key, uint32_t threshold, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    for (int64_t i = 0; i < n; ++i) {
      const auto b = value<A>(base, i);
      store(out, out_dtype, i, key[i] >= threshold ? b + delta<A>(x, base, i) : b);
    }
  });
}

}  // namespace wz::reference
