// SCE (select, calculate, erase; 2408.07990): of the positions whose variance over the models was selected,
//   squares: sums[i] += sum d_i^2
//   merge:   out = base + sum_i w_i d_i m_i / max(sum_i w_i m_i, 1e-6), m_i = d_i has the sign of sum_i d_i (0 counts as +)
#include "capi/operations.h"
#include "generic/keep.h"
#include "generic/scratch.h"
#include "generic/variance.h"

namespace wz::WZ_ISA {
namespace {

template <class A>
class Sce {
  using T = typename A::T;

 public:
  Sce(const wz_model* x, int models, wz_model base, const wz_gta_model& select)
      : x_(x), models_(models), base_model_(base), select_(select), range_(select),
        d_(models * kBlock) {}

  // deltas() = the selected deltas of one block, 0 where they are not.
  void load(int64_t i, int64_t n) {
    load_deltas<A>(d_.data(), base_, x_, models_, base_model_, i, n);
    if (select_.sparsifier == WZ_KEEP_ALL) return;
    alignas(64) uint32_t key[kBlock];
    variance_block<A>(key, d_.data(), models_, n);
    range_.template keep<T>([&key](int64_t j) { return key[j]; }, n, [&](auto&& factor) {
      for (int k = 0; k < models_; ++k) {
        T* d = d_.data() + k * kBlock;
        for (int64_t j = 0; j < n; ++j) d[j] *= factor(j);
      }
    });
  }

  double sum_squares(int k, int64_t n) {
    const T* d = d_.data() + k * kBlock;
    for (int64_t j = 0; j < n; ++j) factor_[j] = d[j] * d[j];
    A::round(factor_, n);
    alignas(64) double lanes[kLanes] = {};
    int64_t j = 0;
    for (; j + kLanes <= n; j += kLanes)
      for (int l = 0; l < kLanes; ++l) lanes[l] += static_cast<double>(factor_[j + l]);
    for (int l = 0; j < n; ++j, ++l) lanes[l] += static_cast<double>(factor_[j]);
    return reduce_lanes(lanes);
  }

  void merge(void* out, int out_dtype, const double* weights, int64_t i, int64_t n) {
    for (int64_t j = 0; j < n; ++j) sum_[j] = d_[j];
    for (int k = 1; k < models_; ++k) {
      const T* d = d_.data() + k * kBlock;
      for (int64_t j = 0; j < n; ++j) sum_[j] += d[j];
    }
    A::round(sum_, n);
    for (int64_t j = 0; j < n; ++j) sign_[j] = sum_[j] >= 0 ? T(1) : T(-1);
    for (int k = 0; k < models_; ++k) {
      T* d = d_.data() + k * kBlock;
      const T w = A::scalar(weights[k]);
      for (int64_t j = 0; j < n; ++j) agrees_[j] = d[j] * sign_[j] > 0 ? T(1) : T(0);
      for (int64_t j = 0; j < n; ++j) d[j] *= w;
      A::round(d, n);
      for (int64_t j = 0; j < n; ++j) {
        sum_[j] = (k == 0 ? T(0) : sum_[j]) + d[j] * agrees_[j];
        factor_[j] = (k == 0 ? T(0) : factor_[j]) + w * agrees_[j];
      }
    }
    A::round(sum_, n);
    A::round(factor_, n);
    const T least = A::scalar(1e-6);
    for (int64_t j = 0; j < n; ++j) sum_[j] /= factor_[j] < least ? least : factor_[j];
    A::round(sum_, n);
    for (int64_t j = 0; j < n; ++j) sum_[j] += base_[j];
    A::round(sum_, n);
    store_block(at(out, out_dtype, i), out_dtype, sum_, n);
  }

 private:
  const wz_model* x_;
  int models_;
  wz_model base_model_;
  const wz_gta_model& select_;
  Range range_;
  Scratch<T> d_;
  alignas(64) T base_[kBlock];
  alignas(64) T factor_[kBlock];
  alignas(64) T agrees_[kBlock];
  alignas(64) T sign_[kBlock];
  alignas(64) T sum_[kBlock];
};

}  // namespace

void sce_squares(double* sums, const wz_model* x, int models, wz_model base, const wz_gta_model& select, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    Sce<decltype(policy)> pass(x, models, base, select);
    for (int64_t i = 0; i < n; i += kBlock) {
      const int64_t m = smaller(kBlock, n - i);
      pass.load(i, m);
      for (int k = 0; k < models; ++k) sums[k] += pass.sum_squares(k, m);
    }
  });
}

void sce(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const wz_gta_model& select, const double* weights,
         int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    Sce<decltype(policy)> pass(x, models, base, select);
    for (int64_t i = 0; i < n; i += kBlock) {
      const int64_t m = smaller(kBlock, n - i);
      pass.load(i, m);
      pass.merge(out, out_dtype, weights, i, m);
    }
  });
}

}  // namespace wz::WZ_ISA
