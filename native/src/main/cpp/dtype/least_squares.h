// Scales that make the weighted squared error of a group of N values least, N = 16 or 32. A search over slightly smaller and larger scales gives
// levels; for levels the best scale (and minimum) solves a linear equation; rounding to its levels again cannot make the error larger, so this is
// repeated. Sums run in a fixed tree, so that every instruction set finds the same scale.
#pragma once
#include <cstdint>

namespace wz {

// Sixteen lanes, which fill one register of AVX-512, then a tree over them. Written out: the compiler does not unroll a loop that halves its length.
template <int N>
static inline float tree_sum(const float* t) {
  static_assert(N == 16 || N == 32);
  float a[16], b[8], c[4];
  for (int i = 0; i < 16; ++i) a[i] = N == 32 ? t[i] + t[i + N - 16] : t[i];
  for (int i = 0; i < 8; ++i) b[i] = a[i] + a[i + 8];
  for (int i = 0; i < 4; ++i) c[i] = b[i] + b[i + 4];
  return (c[0] + c[2]) + (c[1] + c[3]);
}

template <int N>
static inline float weighted_sum(const float* w, const float* a) {
  float t[N];
  for (int i = 0; i < N; ++i) t[i] = w[i] * a[i];
  return tree_sum<N>(t);
}

template <int N>
static inline float weighted_sum(const float* w, const float* a, const float* b) {
  float t[N];
  for (int i = 0; i < N; ++i) t[i] = w[i] * (a[i] * b[i]);
  return tree_sum<N>(t);
}

// Levels 0..most of x = scale q + minimum.
template <int N>
static inline void levels_from(float* q, const float* x, float inverse, float minimum, float most) {
  for (int i = 0; i < N; ++i) {
    const float v = (x[i] - minimum) * inverse;
    const float inside = v < 0 ? 0.0f : v > most ? most : v;
    q[i] = static_cast<float>(static_cast<int>(inside + 0.5f));
  }
}

// Levels -zero..zero - 1 of x = scale q.
template <int N>
static inline void levels_around(float* q, const float* x, float inverse, float zero) {
  for (int i = 0; i < N; ++i) {
    const float v = x[i] * inverse + zero, most = zero + zero - 1;
    const float inside = v < 0 ? 0.0f : v > most ? most : v;
    q[i] = static_cast<float>(static_cast<int>(inside + 0.5f)) - zero;
  }
}

template <int N>
static inline float squared_error(const float* q, const float* x, const float* w, float scale, float minimum) {
  float t[N];
  for (int i = 0; i < N; ++i) {
    const float e = scale * q[i] + minimum - x[i];
    t[i] = w[i] * (e * e);
  }
  return tree_sum<N>(t);
}

struct Fit {
  float scale;
  float minimum;
  float error;
};

static inline float safe_inverse(float scale) {
  const float inverse = 1.0f / scale;
  return scale != 0 && inverse <= 3.4028235e38f && inverse >= -3.4028235e38f ? inverse : 0.0f;
}

// What does not depend on the levels.
struct Sums {
  double w;
  double wx;
};

template <int N>
static inline Sums sums_of(const float* x, const float* w) {
  return {tree_sum<N>(w), weighted_sum<N>(w, x)};
}

// The best scale and minimum for these levels. minimum_below_zero: what is stored is its negative, without a sign.
template <int N>
static inline Fit solve(const float* q, const float* x, const float* w, const Sums& sums, bool minimum_below_zero) {
  const double sq = weighted_sum<N>(w, q), sqq = weighted_sum<N>(w, q, q), sxq = weighted_sum<N>(w, x, q);
  const double determinant = sums.w * sqq - sq * sq;
  Fit fit = {0, 0, 0};
  if (determinant > 1e-6 * sums.w * sqq) {
    fit.scale = static_cast<float>((sums.w * sxq - sums.wx * sq) / determinant);
    fit.minimum = static_cast<float>((sqq * sums.wx - sq * sxq) / determinant);
    if (minimum_below_zero && fit.minimum > 0) fit = {static_cast<float>(sxq / sqq), 0, 0};
  } else if (sums.w > 0) {
    fit.minimum = static_cast<float>(sums.wx / sums.w);
    if (minimum_below_zero && fit.minimum > 0) fit = {sqq > 0 ? static_cast<float>(sxq / sqq) : 0.0f, 0, 0};
  }
  fit.error = squared_error<N>(q, x, w, fit.scale, fit.minimum);
  return fit;
}

constexpr int kRefinements = 4;

template <int N>
static inline Fit fit_from_minimum(const float* x, const float* w, float most, bool minimum_below_zero) {
  float least = x[0], largest = x[0];
  for (int i = 1; i < N; ++i) {
    least = x[i] < least ? x[i] : least;
    largest = x[i] > largest ? x[i] : largest;
  }
  if (minimum_below_zero && least > 0) least = 0;
  float q[N];
  const float range = largest - least;
  if (safe_inverse(range / most) == 0) {
    for (int i = 0; i < N; ++i) q[i] = 0;
    return {0, least, squared_error<N>(q, x, w, 0, least)};
  }
  const Sums sums = sums_of<N>(x, w);
  Fit best = {range / most, least, 0};
  levels_from<N>(q, x, safe_inverse(best.scale), least, most);
  best.error = squared_error<N>(q, x, w, best.scale, best.minimum);
  for (int step = -10; step <= 10; ++step) {
    levels_from<N>(q, x, (most + 0.1f * static_cast<float>(step)) / range, least, most);
    const Fit fit = solve<N>(q, x, w, sums, minimum_below_zero);
    if (fit.error < best.error && fit.scale > 0) best = fit;
  }
  for (int i = 0; i < kRefinements; ++i) {
    levels_from<N>(q, x, safe_inverse(best.scale), best.minimum, most);
    const Fit fit = solve<N>(q, x, w, sums, minimum_below_zero);
    if (!(fit.error < best.error && fit.scale > 0)) break;
    best = fit;
  }
  return best;
}

// both_signs: the extreme may be the level -zero or its negative zero - 1; worth trying where levels are few.
template <int N>
static inline Fit fit_around_zero(const float* x, const float* w, float zero, bool both_signs) {
  float extreme = 0, magnitude = 0;
  for (int i = 0; i < N; ++i) {
    const float m = x[i] < 0 ? -x[i] : x[i];
    if (m > magnitude) {
      magnitude = m;
      extreme = x[i];
    }
  }
  float q[N];
  Fit best = {0, 0, weighted_sum<N>(w, x, x)};
  if (safe_inverse(magnitude / zero) == 0) return best;
  const auto consider = [&](float inverse) {
    levels_around<N>(q, x, inverse, zero);
    const float sqq = weighted_sum<N>(w, q, q);
    if (!(sqq > 0)) return false;
    Fit fit = {weighted_sum<N>(w, x, q) / sqq, 0, 0};
    fit.error = squared_error<N>(q, x, w, fit.scale, 0);
    if (!(fit.error < best.error)) return false;
    best = fit;
    return true;
  };
  for (int step = -9; step <= 9; ++step) {
    const float levels = zero + 0.1f * static_cast<float>(step);
    consider(-levels / extreme);
    if (both_signs) consider(levels / extreme);
  }
  for (int i = 0; i < kRefinements && best.scale != 0; ++i) {
    if (!consider(safe_inverse(best.scale))) break;
  }
  return best;
}

}  // namespace wz
