// Arcee Fusion: the elements of d = x - base that matter most are added to the base. Importance of an element: |d| KL(softmax(x) || softmax(base)),
// softmax and divergence over its row, 1e-8 added to every probability.
#include "base/elementary.h"
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "generic/scratch.h"

namespace wz::WZ_ISA {
namespace {

// In the fixed order of merge.h.
template <class T>
double sum_of(const T* v, int64_t n) {
  double sum = 0;
  for (int64_t i = 0; i < n; i += kBlock) {
    const int64_t m = smaller(kBlock, n - i);
    alignas(64) double lanes[kLanes] = {};
    int64_t j = 0;
    for (; j + kLanes <= m; j += kLanes)
      for (int l = 0; l < kLanes; ++l) lanes[l] += static_cast<double>(v[i + j + l]);
    for (int l = 0; j < m; ++j, ++l) lanes[l] += static_cast<double>(v[i + j]);
    sum += reduce_lanes(lanes);
  }
  return sum;
}

// Of the values that are not NaN.
template <class T>
T largest(const T* v, int64_t n) {
  T lanes[kLanes];
  for (T& lane : lanes) lane = -static_cast<T>(__builtin_inf());
  int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes)
    for (int l = 0; l < kLanes; ++l) lanes[l] = v[j + l] > lanes[l] ? v[j + l] : lanes[l];
  for (int l = 0; j < n; ++j, ++l) lanes[l] = v[j] > lanes[l] ? v[j] : lanes[l];
  T most = lanes[0];
  for (const T lane : lanes) most = lane > most ? lane : most;
  return most;
}

// p [cols] = softmax(row of x) + 1e-8. The exponentials and their sum are not rounded to the arithmetic, only the quotient.
template <class A>
void softmax(typename A::T* p, wz_model x, int64_t begin, int64_t cols) {
  using T = typename A::T;
  for (int64_t i = 0; i < cols; i += kBlock) load<A>(p + i, x, begin + i, smaller(kBlock, cols - i));
  const T most = largest(p, cols);
  for (int64_t j = 0; j < cols; ++j) p[j] = static_cast<T>(exp_of_negative(static_cast<double>(p[j] - most)));
  const T sum = static_cast<T>(sum_of(p, cols));
  const T least = A::scalar(1e-8);
  for (int64_t j = 0; j < cols; ++j) p[j] /= sum;
  A::round(p, cols);
  for (int64_t j = 0; j < cols; ++j) p[j] += least;
  A::round(p, cols);
}

// KL(p || q) = sum p ln(p / q); q is overwritten.
template <class A>
typename A::T divergence(const typename A::T* p, typename A::T* q, int64_t cols) {
  using T = typename A::T;
  for (int64_t j = 0; j < cols; ++j) q[j] = p[j] / q[j];
  A::round(q, cols);
  for (int64_t j = 0; j < cols; ++j) q[j] = static_cast<T>(log_of_positive(static_cast<double>(q[j])));
  A::round(q, cols);
  for (int64_t j = 0; j < cols; ++j) q[j] *= p[j];
  A::round(q, cols);
  T sum = static_cast<T>(sum_of(q, cols));
  A::round(&sum, 1);
  return sum;
}

inline __attribute__((always_inline)) uint32_t ordered_bits(float v) {
  const float positive_zero = v + 0.0f;
  uint32_t bits;
  std::memcpy(&bits, &positive_zero, 4);
  const uint32_t ordered = bits ^ ((bits >> 31) != 0 ? 0xFFFFFFFFu : 0x80000000u);
  return v == v ? ordered : 0xFFFFFFFFu;
}

}  // namespace

void fusion_keys(uint32_t* key, wz_model x, wz_model base, int arithmetic, int64_t rows, int64_t cols) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    Scratch<T> p(cols);
    Scratch<T> q(cols);
    alignas(64) T b[kBlock];
    alignas(64) T d[kBlock];
    for (int64_t r = 0; r < rows; ++r) {
      const int64_t begin = r * cols;
      softmax<A>(p.data(), x, begin, cols);
      softmax<A>(q.data(), base, begin, cols);
      const T kl = divergence<A>(p.data(), q.data(), cols);
      for (int64_t c = 0; c < cols; c += kBlock) {
        const int64_t m = smaller(kBlock, cols - c);
        load<A>(b, base, begin + c, m);
        load_delta<A>(d, x, b, begin + c, m);
        for (int64_t j = 0; j < m; ++j) d[j] = (d[j] < 0 ? -d[j] : d[j]) * kl;
        A::round(d, m);
        for (int64_t j = 0; j < m; ++j) key[begin + c + j] = ordered_bits(static_cast<float>(d[j]));
      }
    }
  });
}

void fusion(void* out, int out_dtype, wz_model x, wz_model base, const uint32_t* key, uint32_t threshold, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    alignas(64) T b[kBlock];
    alignas(64) T d[kBlock];
    for (int64_t i = 0; i < n; i += kBlock) {
      const int64_t m = smaller(kBlock, n - i);
      load<A>(b, base, i, m);
      load_delta<A>(d, x, b, i, m);
      for (int64_t j = 0; j < m; ++j) {
        const T sum = b[j] + d[j];
        b[j] = key[i + j] >= threshold ? sum : b[j];
      }
      store_block(at(out, out_dtype, i), out_dtype, b, m);
    }
  });
}

}  // namespace wz::WZ_ISA
