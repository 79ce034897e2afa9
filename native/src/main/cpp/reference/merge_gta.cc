// Generalised task arithmetic, element by element. Sums over models run in order, in the type of the arithmetic's steps, and are rounded to
// the arithmetic once (PyTorch reduces bfloat16 in float32).
#include <cmath>
#include <vector>
#include "capi/operations.h"
#include "reference/keep.h"

namespace wz::reference {
namespace {

template <class A>
class Gta {
  using T = typename A::T;

 public:
  Gta(const wz_gta& gta, const wz_gta_model* models, int count) : gta_(gta), models_(models), count_(count) {
    for (int k = 0; k < count; ++k) sparsifiers_.emplace_back(models[k], gta, models[k].inverse_probability != 0);
  }

  void element(int64_t i) {
    const T base = value<A>({gta_.base, gta_.base_dtype}, i);
    std::vector<T> v;
    for (int k = 0; k < count_; ++k) v.push_back(weighted(k, i));
    T mix = v[0];
    for (int k = 1; k < count_; ++k) mix += v[static_cast<size_t>(k)];
    mix = A::round(mix);
    T divisor = weight(0);
    for (int k = 1; k < count_; ++k) divisor += weight(k);
    divisor = A::round(divisor);
    if (std::fabs(divisor) < T(1e-8)) divisor = 1;
    if (gta_.consensus) {
      const T sign = mix >= 0 ? T(1) : T(-1);
      mix = 0;
      divisor = 0;
      for (int k = 0; k < count_; ++k) {
        const T value = v[static_cast<size_t>(k)];
        const T takes_part = value * sign > 0 ? T(1) : T(0);
        mix += value * takes_part;
        divisor += weight(k) * takes_part;
      }
      mix = A::round(mix);
      divisor = A::round(divisor);
      if (divisor == 0) divisor = 1;
    }
    if (gta_.normalize) mix = A::round(mix / divisor);
    if (static_cast<T>(gta_.lambda) != 1) mix = A::round(mix * static_cast<T>(gta_.lambda));
    store(gta_.out, gta_.out_dtype, i, A::round(mix + base));
  }

 private:
  T weight(int k) const { return A::scalar(models_[k].weight); }

  T weighted(int k, int64_t i) {
    const wz_gta_model& model = models_[k];
    T d = delta<A>({model.x, model.dtype}, {gta_.base, gta_.base_dtype}, i);
    if (model.sparsifier != WZ_KEEP_ALL) d = A::round(d * sparsifiers_[static_cast<size_t>(k)].factor(i));
    if (static_cast<T>(model.rescale) != 1) d = A::round(d * static_cast<T>(model.rescale));
    return A::round(d * weight(k));
  }

  const wz_gta& gta_;
  const wz_gta_model* models_;
  const int count_;
  std::vector<Sparsifier<A>> sparsifiers_;
};

}  // namespace

void gta(const wz_gta& gta, const wz_gta_model* models, int count, int64_t n, void*) {
  with_arithmetic(gta.arithmetic, [&](auto policy) {
    Gta<decltype(policy)> merge(gta, models, count);
    for (int64_t i = 0; i < n; ++i) merge.element(i);
  });
}

void gta_l1(double* sums, const wz_gta& gta, const wz_gta_model* models, int count, int64_t n, void*) {
  with_arithmetic(gta.arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    bool ranked = false;
    for (int k = 0; k < count; ++k) ranked = ranked || models[k].sparsifier == WZ_KEEP_RANKED;
    const int64_t row = ranked ? gta.cols : n;
    for (int k = 0; k < count; ++k) {
      Sparsifier<A> sparsifier(models[k], gta, false);
      std::vector<T> d;
      std::vector<T> kept;
      for (int64_t i = 0; i < n; ++i) {
        d.push_back(delta<A>({models[k].x, models[k].dtype}, {gta.base, gta.base_dtype}, i));
        kept.push_back(d.back() * sparsifier.factor(i));
      }
      for (int64_t begin = 0; begin < n; begin += row) {
        for (int64_t i = begin; i < begin + row; i += WZ_BLOCK) {
          const int64_t m = begin + row - i < WZ_BLOCK ? begin + row - i : WZ_BLOCK;
          const auto sum_of = [&](const std::vector<T>& v) {
            return reduce_block(m, [&](int64_t j) { return static_cast<double>(std::fabs(v[static_cast<size_t>(i + j)])); });
          };
          sums[2 * k] += sum_of(d);
          sums[2 * k + 1] += sum_of(kept);
        }
      }
    }
  });
}

}  // namespace wz::reference
