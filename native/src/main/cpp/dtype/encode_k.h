// Blocks of 256 elements with quantized scales of their groups, by least squares.
//
// Each group gets the scale (and minimum) of its own that fits it best; the largest of them fixes the block's binary16 factors. Then, twice: each group
// takes the integer scale (and minimum) beside its own that leaves the least error, and the factors are solved anew for all 256 elements and kept where
// they are better.
#pragma once
#include "dtype/encode_round.h"
#include "dtype/k_scales.h"
#include "dtype/least_squares.h"
#include "dtype/q2_k.h"
#include "dtype/q3_k.h"
#include "dtype/q4_k.h"
#include "dtype/q5_k.h"
#include "dtype/q6_k.h"

namespace wz {

constexpr int kBlockK = 256;
constexpr int kRounds = 2;

static inline float rounded_f16(float v) { return f32_from_f16(f16_from_f32(within_f16(v))); }

// x ~ d s[k] q - dmin m[k] with k = i / N.
template <int N>
struct FromMinimum {
  static constexpr int kGroups = kBlockK / N;
  float d, dmin;
  uint8_t s[kGroups], m[kGroups];
  float error;
};

static inline int nearest_within(float v, int least, int most) {
  const float inside = clamped(v, static_cast<float>(least), static_cast<float>(most));
  return static_cast<int>(inside + 1024.5f) - 1024;
}

template <int N>
static inline float error_of_group(const float* x, const float* w, float scale, float minimum, float most) {
  float q[N];
  levels_from<N>(q, x, safe_inverse(scale), minimum, most);
  return squared_error<N>(q, x, w, scale, minimum);
}

// The integers of each group for the factors of the block.
template <int N>
static inline void choose_scales(FromMinimum<N>* b, const Fit* fits, const float* x, const float* w, int most, int most_scale) {
  b->error = 0;
  for (int k = 0; k < b->kGroups; ++k) {
    const int s0 = nearest_within(fits[k].scale * safe_inverse(b->d), 0, most_scale);
    const int m0 = nearest_within(-fits[k].minimum * safe_inverse(b->dmin), 0, most_scale);
    float best = 0;
    bool found = false;
    for (int s = s0 > 0 ? s0 - 1 : 0; s <= s0 + 1 && s <= most_scale; ++s) {
      for (int m = m0 > 0 ? m0 - 1 : 0; m <= m0 + 1 && m <= most_scale; ++m) {
        const float scale = b->d * static_cast<float>(s), minimum = -(b->dmin * static_cast<float>(m));
        const float error = error_of_group<N>(x + N * k, w + N * k, scale, minimum, static_cast<float>(most));
        if (!found || error < best) {
          found = true;
          best = error;
          b->s[k] = static_cast<uint8_t>(s);
          b->m[k] = static_cast<uint8_t>(m);
        }
      }
    }
    b->error += best;
  }
}

// d and dmin that fit all elements best at their present levels; false where there are none.
template <int N>
static inline bool solve_factors(FromMinimum<N>* b, const float* x, const float* w, int most) {
  double uu = 0, uc = 0, cc = 0, xu = 0, xc = 0;
  for (int k = 0; k < b->kGroups; ++k) {
    float q[N], one[N];
    const float scale = b->d * b->s[k], minimum = -(b->dmin * b->m[k]);
    levels_from<N>(q, x + N * k, safe_inverse(scale), minimum, static_cast<float>(most));
    for (int i = 0; i < N; ++i) one[i] = 1;
    const double s = b->s[k], m = b->m[k];
    const float* wk = w + N * k;
    uu += s * s * weighted_sum<N>(wk, q, q);
    uc += s * m * weighted_sum<N>(wk, q);
    cc += m * m * weighted_sum<N>(wk, one);
    xu += s * weighted_sum<N>(wk, x + N * k, q);
    xc += m * weighted_sum<N>(wk, x + N * k);
  }
  // minimise sum w (x - d u + dmin c)^2
  const double determinant = uu * cc - uc * uc;
  double d, dmin;
  if (determinant > 1e-9 * uu * cc) {
    d = (xu * cc - xc * uc) / determinant;
    dmin = (xu * uc - xc * uu) / determinant;
  } else if (uu > 0) {
    d = xu / uu;
    dmin = 0;
  } else {
    return false;
  }
  if (!(d > 0) || dmin < 0) return false;
  b->d = rounded_f16(static_cast<float>(d));
  b->dmin = rounded_f16(static_cast<float>(dmin));
  return true;
}

// q[256] = the levels, 0..most.
template <int N>
static inline FromMinimum<N> quantize_from_minimum(uint8_t* q, const float* x, const float* w, int most, int most_scale) {
  Fit fits[FromMinimum<N>::kGroups];
  float scale = 0, minimum = 0;
  for (int k = 0; k < FromMinimum<N>::kGroups; ++k) {
    fits[k] = fit_from_minimum<N>(x + N * k, w + N * k, static_cast<float>(most), true);
    scale = fits[k].scale > scale ? fits[k].scale : scale;
    minimum = -fits[k].minimum > minimum ? -fits[k].minimum : minimum;
  }
  // With four bits for a scale the one group of the largest values may cost all others too much: smaller factors, at its expense, may be better.
  const int starts = most_scale < 16 ? 4 : 1;
  FromMinimum<N> best{};
  for (int start = 0; start < starts; ++start) {
    FromMinimum<N> next{};
    next.d = rounded_f16((start % 2 == 0 ? 1.0f : 0.75f) * scale / static_cast<float>(most_scale));
    next.dmin = rounded_f16((start / 2 == 0 ? 1.0f : 0.75f) * minimum / static_cast<float>(most_scale));
    choose_scales<N>(&next, fits, x, w, most, most_scale);
    if (start == 0 || next.error < best.error) best = next;
  }
  for (int round = 0; round < kRounds; ++round) {
    FromMinimum<N> next = best;
    if (!solve_factors<N>(&next, x, w, most)) break;
    choose_scales<N>(&next, fits, x, w, most, most_scale);
    if (!(next.error < best.error)) break;
    best = next;
  }
  for (int k = 0; k < best.kGroups; ++k) {
    float levels[N];
    levels_from<N>(levels, x + N * k, safe_inverse(best.d * best.s[k]), -(best.dmin * best.m[k]), static_cast<float>(most));
    for (int i = 0; i < N; ++i) q[N * k + i] = static_cast<uint8_t>(levels[i]);
  }
  return best;
}

// x ~ d s[k] q in groups of 16, s of both signs.
struct AroundZero {
  static constexpr int kGroups = 16;
  float d;
  int8_t s[kGroups];
  float error;
};

static inline void choose_scales(AroundZero* b, const Fit* fits, const float* x, const float* w, float zero, int zero_scale) {
  b->error = 0;
  for (int k = 0; k < b->kGroups; ++k) {
    const int s0 = nearest_within(fits[k].scale * safe_inverse(b->d), -zero_scale, zero_scale - 1);
    float best = 0;
    bool found = false;
    for (int s = s0 - 1; s <= s0 + 1; ++s) {
      if (s < -zero_scale || s > zero_scale - 1) continue;
      float q[16];
      const float scale = b->d * static_cast<float>(s);
      levels_around<16>(q, x + 16 * k, safe_inverse(scale), zero);
      const float error = squared_error<16>(q, x + 16 * k, w + 16 * k, scale, 0);
      if (!found || error < best) {
        found = true;
        best = error;
        b->s[k] = static_cast<int8_t>(s);
      }
    }
    b->error += best;
  }
}

static inline bool solve_factor(AroundZero* b, const float* x, const float* w, float zero) {
  double uu = 0, xu = 0;
  for (int k = 0; k < b->kGroups; ++k) {
    float q[16];
    levels_around<16>(q, x + 16 * k, safe_inverse(b->d * b->s[k]), zero);
    const double s = b->s[k];
    uu += s * s * weighted_sum<16>(w + 16 * k, q, q);
    xu += s * weighted_sum<16>(w + 16 * k, x + 16 * k, q);
  }
  if (!(uu > 0)) return false;
  b->d = rounded_f16(static_cast<float>(xu / uu));
  return true;
}

// q[256] = the levels, 0..2 zero - 1, zero for 0.
static inline AroundZero quantize_around_zero(uint8_t* q, const float* x, const float* w, int zero, int zero_scale) {
  const auto around = static_cast<float>(zero);
  Fit fits[AroundZero::kGroups];
  float extreme = 0;
  for (int k = 0; k < AroundZero::kGroups; ++k) {
    fits[k] = fit_around_zero<16>(x + 16 * k, w + 16 * k, around, zero <= 4);
    const float magnitude = fits[k].scale < 0 ? -fits[k].scale : fits[k].scale;
    if (magnitude > (extreme < 0 ? -extreme : extreme)) extreme = fits[k].scale;
  }
  AroundZero best{};
  best.d = rounded_f16(extreme / static_cast<float>(-zero_scale));
  choose_scales(&best, fits, x, w, around, zero_scale);
  for (int round = 0; round < kRounds; ++round) {
    AroundZero next = best;
    if (!solve_factor(&next, x, w, around)) break;
    choose_scales(&next, fits, x, w, around, zero_scale);
    if (!(next.error < best.error)) break;
    best = next;
  }
  for (int k = 0; k < best.kGroups; ++k) {
    float levels[16];
    levels_around<16>(levels, x + 16 * k, safe_inverse(best.d * best.s[k]), around);
    for (int i = 0; i < 16; ++i) q[16 * k + i] = static_cast<uint8_t>(levels[i] + around);
  }
  return best;
}

// Bits 0 and 1 of q[256] as in q2_k.h.
static inline void pack_two_bits(uint8_t* qs, const uint8_t* q) {
  for (int h = 0; h < 2; ++h, q += 128) {
    for (int l = 0; l < 32; ++l) {
      qs[32 * h + l] = static_cast<uint8_t>((q[l] & 3) | (q[l + 32] & 3) << 2 | (q[l + 64] & 3) << 4 | (q[l + 96] & 3) << 6);
    }
  }
}

// Bits 0 to 3 of q[256] as in q4_k.h.
static inline void pack_four_bits(uint8_t* qs, const uint8_t* q) {
  for (int p = 0; p < 4; ++p, q += 64) {
    for (int l = 0; l < 32; ++l) qs[32 * p + l] = static_cast<uint8_t>((q[l] & 15) | (q[l + 32] & 15) << 4);
  }
}

static inline void encode(BlockQ2_K* b, const float* x, const float* w) {
  uint8_t q[kBlockK];
  const FromMinimum<16> fit = quantize_from_minimum<16>(q, x, w, 3, 15);
  b->d = f16_from_f32(fit.d);
  b->dmin = f16_from_f32(fit.dmin);
  for (int k = 0; k < 16; ++k) b->scales[k] = static_cast<uint8_t>(fit.s[k] | fit.m[k] << 4);
  pack_two_bits(b->qs, q);
}

static inline void encode(BlockQ3_K* b, const float* x, const float* w) {
  uint8_t q[kBlockK];
  const AroundZero fit = quantize_around_zero(q, x, w, 4, 32);
  b->d = f16_from_f32(fit.d);
  pack_two_bits(b->qs, q);
  for (int l = 0; l < 32; ++l) {
    int bits = 0;
    for (int j = 0; j < 8; ++j) bits |= (q[32 * j + l] >> 2 & 1) << j;
    b->hmask[l] = static_cast<uint8_t>(bits);
  }
  for (int k = 0; k < 8; ++k) b->scales[k] = static_cast<uint8_t>(((fit.s[k] + 32) & 15) | ((fit.s[k + 8] + 32) & 15) << 4);
  for (int k = 0; k < 4; ++k) {
    int bits = 0;
    for (int j = 0; j < 4; ++j) bits |= (fit.s[k + 4 * j] + 32) >> 4 << (2 * j);
    b->scales[8 + k] = static_cast<uint8_t>(bits);
  }
}

static inline void encode(BlockQ4_K* b, const float* x, const float* w) {
  uint8_t q[kBlockK];
  const FromMinimum<32> fit = quantize_from_minimum<32>(q, x, w, 15, 63);
  b->d = f16_from_f32(fit.d);
  b->dmin = f16_from_f32(fit.dmin);
  pack_k_scales(b->scales, fit.s, fit.m);
  pack_four_bits(b->qs, q);
}

static inline void encode(BlockQ5_K* b, const float* x, const float* w) {
  uint8_t q[kBlockK];
  const FromMinimum<32> fit = quantize_from_minimum<32>(q, x, w, 31, 63);
  b->d = f16_from_f32(fit.d);
  b->dmin = f16_from_f32(fit.dmin);
  pack_k_scales(b->scales, fit.s, fit.m);
  pack_four_bits(b->qs, q);
  for (int l = 0; l < 32; ++l) {
    int bits = 0;
    for (int k = 0; k < 8; ++k) bits |= (q[32 * k + l] >> 4 & 1) << k;
    b->qh[l] = static_cast<uint8_t>(bits);
  }
}

static inline void encode(BlockQ6_K* b, const float* x, const float* w) {
  uint8_t q[kBlockK];
  const AroundZero fit = quantize_around_zero(q, x, w, 32, 128);
  b->d = f16_from_f32(fit.d);
  for (int k = 0; k < 16; ++k) b->scales[k] = fit.s[k];
  for (int h = 0; h < 2; ++h) {
    const uint8_t* from = q + 128 * h;
    for (int l = 0; l < 64; ++l) b->ql[64 * h + l] = static_cast<uint8_t>((from[l] & 15) | (from[l + 64] & 15) << 4);
    for (int l = 0; l < 32; ++l) {
      b->qh[32 * h + l] = static_cast<uint8_t>(from[l] >> 4 | from[l + 32] >> 4 << 2 | from[l + 64] >> 4 << 4 | from[l + 96] >> 4 << 6);
    }
  }
}

// The types of encode_round.h with weights: one group of 32, factors straight to binary16.
template <class Block>
static inline void encode_weighted_around(Block* b, uint8_t* q, const float* x, const float* w, float zero) {
  const float d = rounded_f16(fit_around_zero<32>(x, w, zero, true).scale);
  float levels[32];
  levels_around<32>(levels, x, safe_inverse(d), zero);
  for (int i = 0; i < 32; ++i) q[i] = static_cast<uint8_t>(levels[i] + zero);
  b->d = f16_from_f32(d);
  pack_nibbles(b->qs, q);
}

template <class Block>
static inline void encode_weighted_from(Block* b, uint8_t* q, const float* x, const float* w, float most) {
  const Fit fit = fit_from_minimum<32>(x, w, most, false);
  const float d = rounded_f16(fit.scale), minimum = rounded_f16(fit.minimum);
  float levels[32];
  levels_from<32>(levels, x, safe_inverse(d), minimum, most);
  for (int i = 0; i < 32; ++i) q[i] = static_cast<uint8_t>(levels[i]);
  b->d = f16_from_f32(d);
  b->m = f16_from_f32(minimum);
  pack_nibbles(b->qs, q);
}

static inline void encode(BlockQ4_0* b, const float* x, const float* w) {
  uint8_t q[32];
  encode_weighted_around(b, q, x, w, 8);
}
static inline void encode(BlockQ4_1* b, const float* x, const float* w) {
  uint8_t q[32];
  encode_weighted_from(b, q, x, w, 15);
}
static inline void encode(BlockQ5_0* b, const float* x, const float* w) {
  uint8_t q[32];
  encode_weighted_around(b, q, x, w, 16);
  pack_fifth_bits(b->qh, q);
}
static inline void encode(BlockQ5_1* b, const float* x, const float* w) {
  uint8_t q[32];
  encode_weighted_from(b, q, x, w, 31);
  pack_fifth_bits(b->qh, q);
}

}  // namespace wz
