// The population variance of the models' deltas at each element, as a key whose order is that of the values (SCE 2408.07990). In float64,
// mean first, then squares about it; one rounding to float32 and one to the arithmetic.
#pragma once
#include "generic/arithmetic.h"

namespace wz::WZ_ISA {
namespace {

// d [models, kBlock]
template <class A>
inline void variance_block(uint32_t* key, const typename A::T* d, int models, int64_t n) {
  alignas(64) double mean[kBlock];
  alignas(64) double squares[kBlock];
  alignas(64) float variance[kBlock];
  const auto count = static_cast<double>(models);
  for (int64_t j = 0; j < n; ++j) mean[j] = static_cast<double>(d[j]);
  for (int k = 1; k < models; ++k) {
    const auto* dk = d + k * kBlock;
    for (int64_t j = 0; j < n; ++j) mean[j] += static_cast<double>(dk[j]);
  }
  for (int64_t j = 0; j < n; ++j) mean[j] /= count;
  for (int64_t j = 0; j < n; ++j) squares[j] = 0;
  for (int k = 0; k < models; ++k) {
    const auto* dk = d + k * kBlock;
    for (int64_t j = 0; j < n; ++j) {
      const double away = static_cast<double>(dk[j]) - mean[j];
      squares[j] += away * away;
    }
  }
  for (int64_t j = 0; j < n; ++j) variance[j] = static_cast<float>(squares[j] / count);
  if constexpr (A::kRounds) A::round(variance, n);
  for (int64_t j = 0; j < n; ++j) key[j] = magnitude_bits(variance[j]);
}

// d [models, kBlock] = the deltas of one block; b is overwritten with the base.
template <class A>
inline void load_deltas(typename A::T* d, typename A::T* b, const wz_model* x, int models, wz_model base, int64_t i, int64_t n) {
  load<A>(b, base, i, n);
  for (int k = 0; k < models; ++k) load_delta<A>(d + k * kBlock, x[k], b, i, n);
}

}  // namespace
}  // namespace wz::WZ_ISA
