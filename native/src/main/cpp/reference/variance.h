#pragma once
#include "reference/scalar.h"

namespace wz::reference {

// Bits of the population variance of the models' deltas at i.
template <class A>
uint32_t variance_key(const wz_model* x, int models, wz_model base, int64_t i) {
  double mean = static_cast<double>(delta<A>(x[0], base, i));
  for (int k = 1; k < models; ++k) mean += static_cast<double>(delta<A>(x[k], base, i));
  mean /= models;
  double squares = 0;
  for (int k = 0; k < models; ++k) {
    const double away = static_cast<double>(delta<A>(x[k], base, i)) - mean;
    squares += away * away;
  }
  return magnitude_bits(static_cast<double>(A::round(static_cast<float>(squares / models))));
}

}  // namespace wz::reference
