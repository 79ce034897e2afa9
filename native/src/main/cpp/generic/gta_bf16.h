// Generalised task arithmetic in the case that checkpoints are made of: float32 steps, every input and the output bfloat16, a few models. Then
// trim, election and sum are one pass from memory to memory, with every step in registers.
#pragma once
#include "generic/keep.h"
#include "generic/mix.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kFewModels = 3;

// What a trim by magnitude, without rescaling, needs to know of a model; everything is kept where least = 0, width = 0xFFFFFFFF, kept = 1.
struct IntervalPart {
  const void* x;
  Range::Interval interval;
  float weight;
};

// 2 pairs elements, or the upper one of them alone; out may be an input. Two neighbours share a 32-bit lane, so that nothing has to be widened or
// narrowed across lanes.
template <int COUNT, bool CONSENSUS, bool NORMALIZE>
void mix_intervals(void* out, const void* base, const IntervalPart* parts, const Mix<F32>& mix, int64_t pairs) {
  const void* x[COUNT];
  uint32_t least[COUNT], width[COUNT];
  float w[COUNT], kept[COUNT], dropped[COUNT];
  for (int k = 0; k < COUNT; ++k) {
    x[k] = parts[k].x;
    least[k] = parts[k].interval.least;
    width[k] = parts[k].interval.width;
    w[k] = parts[k].weight;
    kept[k] = parts[k].interval.kept * w[k];
    dropped[k] = 0 * w[k];
  }
  const Mix<F32> m = mix;  // a copy, which nothing written through out can change
  // A NaN stays one whether it is kept or not, so that its key may be any.
  const auto weighed = [&](int k, float d) __attribute__((always_inline)) {
    return d * ((bits_of(d) & 0x7FFFFFFFu) - least[k] <= width[k] ? kept[k] : dropped[k]);
  };
  // Each pair is read before it is written, and nothing else of it is: the order of pairs is free even where out is an input.
#ifdef __clang__
#pragma clang loop vectorize(assume_safety)
#else
#pragma GCC ivdep
#endif
  for (int64_t j = 0; j < pairs; ++j) {
    const uint32_t b = get<uint32_t>(base, j);
    const float base_low = float_of(b << 16), base_high = float_of(b & 0xFFFF0000u);
    float low[COUNT], high[COUNT];
    for (int k = 0; k < COUNT; ++k) {
      const uint32_t pair = get<uint32_t>(x[k], j);
      low[k] = weighed(k, float_of(pair << 16) - base_low);
      high[k] = weighed(k, float_of(pair & 0xFFFF0000u) - base_high);
    }
    const uint32_t first = bits_of(m.template element<COUNT, CONSENSUS, NORMALIZE>(base_low, low, w));
    const uint32_t second = bits_of(m.template element<COUNT, CONSENSUS, NORMALIZE>(base_high, high, w));
    put<uint32_t>(out, j, bits_rounded_to_bf16(first) >> 16 | (bits_rounded_to_bf16(second) & 0xFFFF0000u));
  }
}

// count <= kFewModels
inline void mix_intervals(void* out, const void* base, const IntervalPart* parts, const Mix<F32>& mix, int64_t pairs) {
  mix.with_flags([&](auto elects, auto divides) {
    constexpr bool kConsensus = decltype(elects)::value, kNormalize = decltype(divides)::value;
    switch (mix.count) {
      case 1: mix_intervals<1, kConsensus, kNormalize>(out, base, parts, mix, pairs); break;
      case 2: mix_intervals<2, kConsensus, kNormalize>(out, base, parts, mix, pairs); break;
      default: mix_intervals<kFewModels, kConsensus, kNormalize>(out, base, parts, mix, pairs); break;
    }
  });
}

}  // namespace
}  // namespace wz::WZ_ISA
