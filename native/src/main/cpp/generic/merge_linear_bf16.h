// The case that checkpoints are made of: every input and the output bfloat16. Two neighbours share a 32-bit lane, so nothing has to be widened
// or narrowed across lanes, and the sums of a few models stay in registers: one pass from memory to memory.
#pragma once
#include "generic/arithmetic.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kPairedModels = 4;

inline bool all_bf16(int out_dtype, const wz_model* x, int models, wz_model base) {
  bool all = out_dtype == WZ_BF16 && (base.x == nullptr || base.dtype == WZ_BF16);
  for (int k = 0; k < models; ++k) all = all && x[k].dtype == WZ_BF16;
  return all;
}

// 2 pairs elements; out may be an input.
template <class A, int MODELS, bool BASE, bool DIVIDE>
void combine_pairs(void* out, const wz_model* x, const void* base, const double* weights, double divisor, int64_t pairs) {
  const void* p[MODELS];
  float w[MODELS];
  for (int k = 0; k < MODELS; ++k) {
    p[k] = x[k].x;
    w[k] = A::scalar(weights[k]);
  }
  const float by = A::scalar(divisor);
  // Each pair is read before it is written, and nothing else of it is: the order of pairs is free even where out is an input.
#ifdef __clang__
#pragma clang loop vectorize(assume_safety)
#else
#pragma GCC ivdep
#endif
  for (int64_t j = 0; j < pairs; ++j) {
    const uint32_t b = BASE ? get<uint32_t>(base, j) : 0;
    const float base_low = float_of(b << 16), base_high = float_of(b & 0xFFFF0000u);
    float low = 0, high = 0;
    for (int k = 0; k < MODELS; ++k) {
      const uint32_t v = get<uint32_t>(p[k], j);
      float l = float_of(v << 16), h = float_of(v & 0xFFFF0000u);
      if (BASE) {
        l = A::rounded(l - base_low);
        h = A::rounded(h - base_high);
      }
      l = A::rounded(w[k] * l);
      h = A::rounded(w[k] * h);
      low = k == 0 ? l : low + l;
      high = k == 0 ? h : high + h;
    }
    if (BASE || DIVIDE) {
      low = A::rounded(low);
      high = A::rounded(high);
    }
    if (DIVIDE) {
      low = A::rounded(low / by);
      high = A::rounded(high / by);
    }
    if (BASE) {
      low = base_low + low;
      high = base_high + high;
    }
    put<uint32_t>(out, j, bits_rounded_to_bf16(bits_of(low)) >> 16 | (bits_rounded_to_bf16(bits_of(high)) & 0xFFFF0000u));
  }
}

template <class A, int MODELS>
void combine_pairs(void* out, const wz_model* x, const void* base, const double* weights, double divisor, int64_t pairs) {
  if (base != nullptr) {
    divisor != 1 ? combine_pairs<A, MODELS, true, true>(out, x, base, weights, divisor, pairs)
                 : combine_pairs<A, MODELS, true, false>(out, x, base, weights, divisor, pairs);
  } else {
    divisor != 1 ? combine_pairs<A, MODELS, false, true>(out, x, base, weights, divisor, pairs)
                 : combine_pairs<A, MODELS, false, false>(out, x, base, weights, divisor, pairs);
  }
}

template <class A>
void combine_pairs(void* out, const wz_model* x, int models, const void* base, const double* weights, double divisor, int64_t pairs) {
  switch (models) {
    case 1: combine_pairs<A, 1>(out, x, base, weights, divisor, pairs); break;
    case 2: combine_pairs<A, 2>(out, x, base, weights, divisor, pairs); break;
    case 3: combine_pairs<A, 3>(out, x, base, weights, divisor, pairs); break;
    default: combine_pairs<A, kPairedModels>(out, x, base, weights, divisor, pairs); break;
  }
}

}  // namespace
}  // namespace wz::WZ_ISA
