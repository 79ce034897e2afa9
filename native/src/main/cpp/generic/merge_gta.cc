// Generalised task arithmetic: out = base + lambda * (sum_i w_i m_i d^_i) / (sum_i w_i m_i) over blocks that stay in the first-level cache.
// TIES 2306.01708, DARE 2311.03099, Breadcrumbs 2312.06795, DELLA 2406.11617.
#include "base/gta_scratch.h"
#include "generic/keep.h"
#include "generic/ranking.h"
#include "generic/scratch.h"

namespace wz::WZ_ISA {
namespace {

template <class A>
class Gta {
  using T = typename A::T;

 public:
  Gta(const wz_gta& gta, const wz_gta_model* models, int count, void* memory) : gta_(gta), base_{gta.base, gta.base_dtype}, count_(count) {
    static_assert(sizeof(Part<A>) <= kGtaPartBytes);
    for (int k = 0; k < count; ++k) ranked_ |= models[k].sparsifier == WZ_KEEP_RANKED;
    const GtaScratch cut = gta_scratch(ranked_ ? gta.cols : 0, count);
    char* p = static_cast<char*>(memory);
    parts_ = reinterpret_cast<Part<A>*>(p + cut.parts);
    values_ = reinterpret_cast<T*>(p + cut.values);
    ranking_ = p + cut.ranking;
    for (int k = 0; k < count; ++k) {
      parts_[k] = part<A>(models[k], gta.cols, reinterpret_cast<uint32_t*>(p + cut.ranks + k * whole_lines(4 * (ranked_ ? gta.cols : 0))));
    }
    weight_sum_ = weight_sum();
  }

  // f(begin, column, n) for every block of the piece: blocks restart at each row where ranks, which belong to a row, are wanted.
  template <class F>
  void blocks(int64_t n, F&& f) {
    const int64_t row = ranked_ ? gta_.cols : n;
    for (int64_t begin = 0; begin < n; begin += row) {
      if (ranked_) rank(begin);
      for (int64_t c = 0; c < row; c += kBlock) f(begin + c, c, smaller(kBlock, row - c));
    }
  }

  void merge(int64_t begin, int64_t column, int64_t n) {
    load<A>(base_values_, base_, begin, n);
    for (int k = 0; k < count_; ++k) {
      T* v = values_ + k * kBlock;
      load_delta<A>(v, wz_model{parts_[k].model.x, parts_[k].model.dtype}, base_values_, begin, n);
      weigh(v, parts_[k], begin, column, n);
    }
    add(n);
    if (gta_.consensus) elect(n);
    finish(begin, n);
  }

  // sums[2 k] += sum |d|, sums[2 k + 1] += sum |sparsified d|
  void l1(double* sums, int64_t begin, int64_t column, int64_t n) {
    load<A>(base_values_, base_, begin, n);
    for (int k = 0; k < count_; ++k) {
      T* d = values_ + k * kBlock;
      load_delta<A>(d, wz_model{parts_[k].model.x, parts_[k].model.dtype}, base_values_, begin, n);
      sums[2 * k] += norm(d, n);
      if (parts_[k].model.sparsifier != WZ_KEEP_ALL) {
        keep_block<A>(factor_, d, parts_[k], false, gta_.first + begin, begin, column, n);
        for (int64_t j = 0; j < n; ++j) d[j] *= factor_[j];
      }
      sums[2 * k + 1] += norm(d, n);
    }
  }

 private:
  T weight_sum() {
    T sum = parts_[0].weight;
    for (int k = 1; k < count_; ++k) sum += parts_[k].weight;
    A::round(&sum, 1);
    return (sum < 0 ? -sum : sum) < T(1e-8) ? T(1) : sum;
  }

  void rank(int64_t begin) {
    for (int k = 0; k < count_; ++k) {
      if (parts_[k].model.sparsifier != WZ_KEEP_RANKED) continue;
      auto* key = reinterpret_cast<uint32_t*>(ranking_);
      for (int64_t c = 0; c < gta_.cols; c += kBlock) {
        const int64_t n = smaller(kBlock, gta_.cols - c);
        load<A>(base_values_, base_, begin + c, n);
        load_delta<A>(factor_, wz_model{parts_[k].model.x, parts_[k].model.dtype}, base_values_, begin + c, n);
        for (int64_t j = 0; j < n; ++j) key[c + j] = magnitude_bits(factor_[j]);
      }
      rank_row(parts_[k].rank, key, gta_.cols, ranking_ + whole_lines(4 * gta_.cols));
    }
  }

  // d becomes w d^
  void weigh(T* d, Part<A>& p, int64_t begin, int64_t column, int64_t n) {
    if (p.model.sparsifier != WZ_KEEP_ALL) {
      const bool inverse = p.model.inverse_probability != 0;
      keep_block<A>(factor_, d, p, inverse, gta_.first + begin, begin, column, n);
      for (int64_t j = 0; j < n; ++j) d[j] *= factor_[j];
      if (inverse) A::round(d, n);
    }
    if (p.rescale != 1) {
      for (int64_t j = 0; j < n; ++j) d[j] *= p.rescale;
      A::round(d, n);
    }
    for (int64_t j = 0; j < n; ++j) d[j] *= p.weight;
    A::round(d, n);
  }

  void add(int64_t n) {
    for (int64_t j = 0; j < n; ++j) sum_[j] = values_[j];
    for (int k = 1; k < count_; ++k) {
      const T* v = values_ + k * kBlock;
      for (int64_t j = 0; j < n; ++j) sum_[j] += v[j];
    }
    A::round(sum_, n);
  }

  // sum_ becomes the sum of the values of its sign, factor_ the sum of their weights.
  void elect(int64_t n) {
    for (int64_t j = 0; j < n; ++j) base_sign_[j] = sum_[j] >= 0 ? T(1) : T(-1);
    for (int k = 0; k < count_; ++k) {
      const T* v = values_ + k * kBlock;
      const T w = parts_[k].weight;
      for (int64_t j = 0; j < n; ++j) {
        const T takes_part = v[j] * base_sign_[j] > 0 ? T(1) : T(0);
        sum_[j] = (k == 0 ? T(0) : sum_[j]) + v[j] * takes_part;
        factor_[j] = (k == 0 ? T(0) : factor_[j]) + w * takes_part;
      }
    }
    A::round(sum_, n);
    A::round(factor_, n);
  }

  void finish(int64_t begin, int64_t n) {
    if (gta_.normalize && gta_.consensus) {
      for (int64_t j = 0; j < n; ++j) sum_[j] /= factor_[j] == 0 ? T(1) : factor_[j];
      A::round(sum_, n);
    } else if (gta_.normalize) {
      for (int64_t j = 0; j < n; ++j) sum_[j] /= weight_sum_;
      A::round(sum_, n);
    }
    const T lambda = static_cast<T>(gta_.lambda);
    if (lambda != 1) {
      for (int64_t j = 0; j < n; ++j) sum_[j] *= lambda;
      A::round(sum_, n);
    }
    for (int64_t j = 0; j < n; ++j) sum_[j] += base_values_[j];
    A::round(sum_, n);
    store_block(at(gta_.out, gta_.out_dtype, begin), gta_.out_dtype, sum_, n);
  }

  static double norm(const T* d, int64_t n) {
    alignas(64) double lanes[kLanes] = {};
    int64_t j = 0;
    for (; j + kLanes <= n; j += kLanes)
      for (int l = 0; l < kLanes; ++l) lanes[l] += static_cast<double>(d[j + l] < 0 ? -d[j + l] : d[j + l]);
    for (int l = 0; j < n; ++j, ++l) lanes[l] += static_cast<double>(d[j] < 0 ? -d[j] : d[j]);
    return reduce_lanes(lanes);
  }

  const wz_gta& gta_;
  const wz_model base_;
  const int count_;
  bool ranked_ = false;
  Part<A>* parts_;
  T* values_;
  char* ranking_;
  T weight_sum_;
  alignas(64) T base_values_[kBlock];
  alignas(64) T factor_[kBlock];
  alignas(64) T base_sign_[kBlock];
  alignas(64) T sum_[kBlock];
};

}  // namespace

void gta(const wz_gta& gta, const wz_gta_model* models, int count, int64_t n, void* scratch) {
  with_arithmetic(gta.arithmetic, [&](auto policy) {
    using A = decltype(policy);
    Gta<A> pass(gta, models, count, scratch);
    pass.blocks(n, [&](int64_t begin, int64_t column, int64_t m) { pass.merge(begin, column, m); });
  });
}

void gta_l1(double* sums, const wz_gta& gta, const wz_gta_model* models, int count, int64_t n, void* scratch) {
  with_arithmetic(gta.arithmetic, [&](auto policy) {
    using A = decltype(policy);
    Gta<A> pass(gta, models, count, scratch);
    pass.blocks(n, [&](int64_t begin, int64_t column, int64_t m) { pass.l1(sums, begin, column, m); });
  });
}

}  // namespace wz::WZ_ISA
