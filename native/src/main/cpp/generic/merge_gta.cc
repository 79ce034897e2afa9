// Generalised task arithmetic: out = base + lambda * (sum_i w_i m_i d^_i) / (sum_i w_i m_i), d^ = rescale (d factor), span by span: a block of the
// piece, or a row where a model is RANKED. TIES 2306.01708, DARE 2311.03099, Breadcrumbs 2312.06795, DELLA 2406.11617.
#include <new>
#include <type_traits>
#include "base/gta_scratch.h"
#include "generic/gta_bf16.h"
#include "generic/keep.h"
#include "generic/keep_ranked.h"
#include "generic/mix.h"

namespace wz::WZ_ISA {
namespace {

template <class A>
class Gta {
  using T = typename A::T;

  // One model of the call.
  struct Part {
    wz_model x;
    const wz_gta_model* model;
    T rescale;  // not rounded to the arithmetic: a scalar
    T kept;     // RANDOM: 1/density where it is wanted, else 1
    KeepRamp ramp;
    Range range;
    Window window;  // RANKED: of the last row
  };

 public:
  Gta(const wz_gta& gta, const wz_gta_model* models, int count, int64_t n, void* memory)
      : gta_(gta), count_(count), span_(smaller(kBlock, n)), cut_(gta_scratch(0, count)), memory_(static_cast<char*>(memory)) {
    static_assert(sizeof(Part) <= kGtaPartBytes);
    for (int k = 0; k < count; ++k) {
      if (models[k].sparsifier != WZ_KEEP_RANKED) continue;
      span_ = gta.cols;
      cut_ = gta_scratch(gta.cols, count);
    }
    for (int k = 0; k < count; ++k) {
      const wz_gta_model& m = models[k];
      weights()[k] = A::scalar(m.weight);
      const T kept = m.inverse_probability != 0 && m.density > 0 ? A::scalar(1 / m.density) : T(1);
      const KeepRamp ramp = m.sparsifier == WZ_KEEP_RANKED ? keep_ramp(m.density, m.epsilon, gta.cols) : KeepRamp{};
      new (&part(k)) Part{{m.x, m.dtype}, &m, static_cast<T>(m.rescale), kept, ramp, Range(m), Window{}};
    }
  }

  void merge(int64_t n) {
    const Mix<A> mix{gta_.consensus != 0, gta_.normalize != 0, static_cast<T>(gta_.lambda), count_, weights(), weight_sum()};
    int64_t done = 0;
    if constexpr (std::is_same_v<A, F32>) {
      if (few_bf16() && only_intervals(n)) {
        IntervalPart parts[kFewModels];
        for (int k = 0; k < count_; ++k) parts[k] = interval_part(k);
        mix_intervals(gta_.out, gta_.base, parts, mix, n / 2);
        done = n / 2 * 2;
      }
    }
    for (int64_t begin = done; begin < n; begin += span_) {
      const int64_t m = smaller(span_, n - begin);
      load_base(begin, m);
      for (int k = 0; k < count_; ++k) weigh(k, begin, m);
      blocks(m, [&](int64_t i, int64_t length) {
        mix.block(base() + i, base() + i, values(0) + i, values(1) - values(0), length);
        store_block(at(gta_.out, gta_.out_dtype, begin + i), gta_.out_dtype, base() + i, length);
      });
    }
  }

  // sums[2 k] += sum |d|, sums[2 k + 1] += sum |sparsified d|
  void l1(double* sums, int64_t n) {
    for (int64_t begin = 0; begin < n; begin += span_) {
      const int64_t m = smaller(span_, n - begin);
      load_base(begin, m);
      for (int k = 0; k < count_; ++k) {
        T* d = values(k);
        load_deltas(k, begin, m);
        blocks(m, [&](int64_t i, int64_t length) { sums[2 * k] += norm(d + i, length); });
        sparsify<false>(k, begin, m, [](T kept) { return kept; });
        blocks(m, [&](int64_t i, int64_t length) { sums[2 * k + 1] += norm(d + i, length); });
      }
    }
  }

 private:
  Part& part(int k) { return *reinterpret_cast<Part*>(memory_ + cut_.parts + k * kGtaPartBytes); }
  T* weights() { return reinterpret_cast<T*>(memory_ + cut_.weights); }
  T* base() { return reinterpret_cast<T*>(memory_ + cut_.base); }
  T* values(int k) { return reinterpret_cast<T*>(memory_ + cut_.values + k * cut_.value_bytes); }

  bool few_bf16() {
    bool all = count_ <= kFewModels && gta_.out_dtype == WZ_BF16 && gta_.base_dtype == WZ_BF16;
    for (int k = 0; k < count_; ++k) all = all && part(k).x.dtype == WZ_BF16;
    return all;
  }

  // Whether for each model the keys of what stays of n elements are an interval, and nothing is rescaled.
  bool only_intervals(int64_t n) {
    bool all = true;
    for (int k = 0; k < count_; ++k) {
      const int sparsifier = part(k).model->sparsifier;
      all = all && part(k).rescale == 1 && (sparsifier == WZ_KEEP_ALL || (sparsifier == WZ_KEEP_RANGE && part(k).range.is_interval(n)));
    }
    return all;
  }

  IntervalPart interval_part(int k) {
    const Part& p = part(k);
    const bool range = p.model->sparsifier == WZ_KEEP_RANGE;
    return {p.x.x, range ? p.range.interval() : Range::Interval{0, 0xFFFFFFFFu, 1}, weights()[k]};
  }

  // f(i, length) for the blocks of n elements.
  template <class F>
  static inline __attribute__((always_inline)) void blocks(int64_t n, F&& f) {
    for (int64_t i = 0; i < n; i += kBlock) f(i, smaller(kBlock, n - i));
  }

  T weight_sum() {
    T sum = weights()[0];
    for (int k = 1; k < count_; ++k) sum += weights()[k];
    sum = A::rounded(sum);
    return (sum < 0 ? -sum : sum) < T(1e-8) ? T(1) : sum;
  }

  void load_base(int64_t begin, int64_t n) {
    const wz_model b{gta_.base, gta_.base_dtype};
    blocks(n, [&](int64_t i, int64_t length) { load<A>(base() + i, b, begin + i, length); });
  }

  void load_deltas(int k, int64_t begin, int64_t n) {
    blocks(n, [&](int64_t i, int64_t length) { load_delta<A>(values(k) + i, part(k).x, base() + i, begin + i, length); });
  }

  // values(k) = the weighted deltas of one span.
  void weigh(int k, int64_t begin, int64_t n) {
    const Part& p = part(k);
    const auto finish = [rescale = p.rescale, w = weights()[k]](T d) __attribute__((always_inline)) {
      return A::rounded(A::rounded(d * rescale) * w);  // a rescale of 1 changes nothing
    };
    if (p.model->sparsifier == WZ_KEEP_ALL) {
      blocks(n, [&](int64_t i, int64_t length) {
        map_delta<A>(values(k) + i, p.x, base() + i, begin + i, length, [&](int64_t, T d) __attribute__((always_inline)) { return finish(d); });
      });
      return;
    }
    load_deltas(k, begin, n);
    if (p.model->inverse_probability != 0) {
      sparsify<true>(k, begin, n, [finish](T d) __attribute__((always_inline)) { return finish(A::rounded(d)); });
    } else {
      sparsify<false>(k, begin, n, finish);
    }
  }

  // values(k) = f(values(k) factor) for one span.
  template <bool INVERSE, class F>
  void sparsify(int k, int64_t begin, int64_t n, F&& f) {
    Part& p = part(k);
    const wz_gta_model& m = *p.model;
    const int sparsifier = m.sparsifier;
    if (sparsifier == WZ_KEEP_ALL) return;
    RankedRow row(n, reinterpret_cast<uint32_t*>(memory_ + cut_.words), reinterpret_cast<uint32_t*>(memory_ + cut_.ranks), memory_ + cut_.ranking);
    if (sparsifier == WZ_KEEP_RANKED) {
      row.draw(values(k), reinterpret_cast<uint32_t*>(memory_ + cut_.keys), p.window, m.key, gta_.first + begin);
    }
    blocks(n, [&](int64_t i, int64_t length) {
      T* v = values(k) + i;
      const auto use = [v, length, &f](auto&& factor) __attribute__((always_inline)) {
        for (int64_t j = 0; j < length; ++j) v[j] = f(v[j] * factor(j));
      };
      switch (sparsifier) {
        case WZ_KEEP_RANGE: p.range.template keep<T>([v](int64_t j) { return magnitude_bits(v[j]); }, length, use); break;
        case WZ_KEEP_RANDOM: keep_random<T>(m.key, m.density, INVERSE ? p.kept : T(1), gta_.first + begin + i, length, use); break;
        case WZ_KEEP_RANKED: row.keep<A, INVERSE>(p.ramp, i, use); break;
        default: keep_masked<T>(m.mask + begin + i, use); break;
      }
    });
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
  const int count_;
  int64_t span_;
  GtaScratch cut_;
  char* memory_;
};

}  // namespace

void gta(const wz_gta& gta, const wz_gta_model* models, int count, int64_t n, void* scratch) {
  with_arithmetic(gta.arithmetic, [&](auto policy) { Gta<decltype(policy)>(gta, models, count, n, scratch).merge(n); });
}

void gta_l1(double* sums, const wz_gta& gta, const wz_gta_model* models, int count, int64_t n, void* scratch) {
  with_arithmetic(gta.arithmetic, [&](auto policy) { Gta<decltype(policy)>(gta, models, count, n, scratch).l1(sums, n); });
}

}  // namespace wz::WZ_ISA
