// The last step of generalised task arithmetic, for one block: from the weighted, sparsified deltas v_k of all models
//   mix = sum_k v_k, or with consensus only those of the sign of that sum (0 counts as +), divisor the sum of the weights that take part
//   out = base + lambda mix / divisor
// Sums over models run in order and are rounded to the arithmetic once.
#pragma once
#include <type_traits>
#include "generic/arithmetic.h"

namespace wz::WZ_ISA {
namespace {

template <class A>
struct Mix {
  using T = typename A::T;

  bool consensus;
  bool normalize;
  T lambda;
  int count;
  const T* weight;  // [count]
  T weight_sum;     // without consensus, 1 instead of a number near 0

  // out [n] = the merge; values [count, stride]. out may be base.
  void block(T* out, const T* base, const T* values, int64_t stride, int64_t n) const {
    with_flags([&](auto elects, auto divides) {
      constexpr bool kConsensus = decltype(elects)::value, kNormalize = decltype(divides)::value;
      switch (count) {
        case 1: few<1, kConsensus, kNormalize>(out, base, values, stride, n); break;
        case 2: few<2, kConsensus, kNormalize>(out, base, values, stride, n); break;
        case 3: few<3, kConsensus, kNormalize>(out, base, values, stride, n); break;
        default: many<kConsensus, kNormalize>(out, base, values, stride, n); break;
      }
    });
  }

  // One element of a few models, of the weights w.
  template <int COUNT, bool CONSENSUS, bool NORMALIZE>
  inline __attribute__((always_inline)) T element(T base, const T (&v)[COUNT], const T (&w)[COUNT]) const {
    T mix = v[0];
    for (int k = 1; k < COUNT; ++k) mix += v[k];
    T divisor = weight_sum;
    if (CONSENSUS) {
      const T s = sign(A::rounded(mix));
      mix = 0;
      divisor = 0;
      for (int k = 0; k < COUNT; ++k) {
        mix += v[k] * takes_part(v[k], s);
        divisor += w[k] * takes_part(v[k], s);
      }
    }
    return finished<CONSENSUS, NORMALIZE>(base, mix, divisor);
  }

  // f(consensus, normalize), flags as types.
  template <class F>
  void with_flags(F&& f) const {
    with_flag(consensus, [&](auto elects) { with_flag(normalize, [&](auto divides) { f(elects, divides); }); });
  }

 private:
  template <class F>
  static void with_flag(bool flag, F&& f) {
    if (flag) {
      f(std::true_type{});
    } else {
      f(std::false_type{});
    }
  }

  static inline __attribute__((always_inline)) T sign(T sum) { return sum >= 0 ? T(1) : T(-1); }
  static inline __attribute__((always_inline)) T takes_part(T v, T sign) { return v * sign > 0 ? T(1) : T(0); }

  template <bool CONSENSUS, bool NORMALIZE>
  inline __attribute__((always_inline)) T finished(T base, T mix, T divisor) const {
    mix = A::rounded(mix);
    if (CONSENSUS) divisor = A::rounded(divisor);
    if (CONSENSUS) divisor = divisor == 0 ? T(1) : divisor;
    if (NORMALIZE) mix = A::rounded(mix / divisor);
    return A::rounded(A::rounded(mix * lambda) + base);  // a lambda of 1 changes nothing
  }

  template <int COUNT, bool CONSENSUS, bool NORMALIZE>
  void few(T* out, const T* base, const T* values, int64_t stride, int64_t n) const {
    T w[COUNT];
    for (int k = 0; k < COUNT; ++k) w[k] = weight[k];
    for (int64_t j = 0; j < n; ++j) {
      T v[COUNT];
      for (int k = 0; k < COUNT; ++k) v[k] = values[k * stride + j];
      out[j] = element<COUNT, CONSENSUS, NORMALIZE>(base[j], v, w);
    }
  }

  // The same model by model.
  template <bool CONSENSUS, bool NORMALIZE>
  void many(T* out, const T* base, const T* values, int64_t stride, int64_t n) const {
    alignas(64) T mix[kBlock];
    alignas(64) T divisor[kBlock];
    alignas(64) T signs[kBlock];
    for (int64_t j = 0; j < n; ++j) mix[j] = values[j];
    for (int k = 1; k < count; ++k) {
      const T* v = values + k * stride;
      for (int64_t j = 0; j < n; ++j) mix[j] += v[j];
    }
    if (CONSENSUS) {
      for (int64_t j = 0; j < n; ++j) signs[j] = sign(A::rounded(mix[j]));
      for (int64_t j = 0; j < n; ++j) mix[j] = divisor[j] = 0;
      for (int k = 0; k < count; ++k) {
        const T* v = values + k * stride;
        const T w = weight[k];
        for (int64_t j = 0; j < n; ++j) mix[j] += v[j] * takes_part(v[j], signs[j]);
        for (int64_t j = 0; j < n; ++j) divisor[j] += w * takes_part(v[j], signs[j]);
      }
    }
    for (int64_t j = 0; j < n; ++j) out[j] = finished<CONSENSUS, NORMALIZE>(base[j], mix[j], CONSENSUS ? divisor[j] : weight_sum);
  }
};

}  // namespace
}  // namespace wz::WZ_ISA
