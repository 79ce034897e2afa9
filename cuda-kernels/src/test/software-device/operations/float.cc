// f32 and f64 arithmetic: to nearest even as the host computes it, the other roundings under the host's rounding mode.
#include <cfenv>
#include "operations/float_rules.h"
#include "operations/forms.h"

namespace wz::software {
namespace {

template <class T>
inline T fused(T a, T b, T c) {
  if constexpr (sizeof(T) == 4) return __builtin_fmaf(a, b, c);
  else return __builtin_fma(a, b, c);
}

enum Modifier : s64 { kNearest = 0, kZero = 1, kDown = 2, kUp = 3, kFlush = 4, kSaturate = 8 };

// The general case: a rounding other than to nearest even, .ftz or .sat. volatile keeps the operation between the changes of the mode.
template <auto F, class T, int N>
__attribute__((noinline)) void arithmetic(Warp& w, const Instruction& i) {
  static const int kModes[4] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
  const bool flush = i.immediate & kFlush, saturate = i.immediate & kSaturate;
  alignas(64) T r[kLanes];
  const int before = std::fegetround();
  std::fesetround(kModes[i.immediate & 3]);
  for (int l = 0; l < kLanes; ++l) {
    volatile T s[3] = {};
    for (int k = 0; k < N; ++k) {
      T v = in<T>(w, i.r[1 + k])[l];
      if constexpr (sizeof(T) == 4) v = flush ? flushed(v) : v;
      s[k] = v;
    }
    volatile T v = F(s[0], s[1], s[2]);
    r[l] = v;
  }
  std::fesetround(before);
  for (T& v : r) {
    if constexpr (sizeof(T) == 4) {
      if (flush) v = flushed(v);
      if (saturate) v = saturated(v);
    }
    v = canonical(v);
  }
  each_lane<T>(w, i.r[0], [](T v) { return v; }, r);
}

template <auto F, class T, int N>
void add_rounded(Forms& f, const std::string& op, const std::string& t, Class cls) {
  static const char* const kNames[4] = {".rn", ".rz", ".rm", ".rp"};
  const std::string signature = std::string(1, static_cast<char>(letter<T>() - 32)) + std::string(N, letter<T>());
  for (s64 mode = -1; mode < 4; ++mode) {  // -1: no rounding named, to nearest
    for (const bool flush : {false, true}) {
      for (const bool saturate : {false, true}) {
        if (sizeof(T) == 8 && (flush || saturate)) continue;
        f.add(op + (mode < 0 ? "" : kNames[mode]) + (flush ? ".ftz" : "") + (saturate ? ".sat" : "") + "." + t, signature, cls, arithmetic<F, T, N>,
              (mode < 0 ? 0 : mode) | (flush ? s64{kFlush} : 0) | (saturate ? s64{kSaturate} : 0));
      }
    }
  }
}

template <auto F, class T, class... S>
void add_nearest(Forms& f, const std::string& op, const std::string& t, Class cls) {
  for (const char* rounding : {"", ".rn"}) add_lanewise<F, T, S...>(f, op + rounding + "." + t, cls);
}

template <class T>
void add_typed(Forms& f, const std::string& t, Class c) {
  add_rounded<[](T a, T b, T) { return a + b; }, T, 2>(f, "add", t, c);
  add_rounded<[](T a, T b, T) { return a - b; }, T, 2>(f, "sub", t, c);
  add_rounded<[](T a, T b, T) { return a * b; }, T, 2>(f, "mul", t, c);
  add_rounded<[](T a, T b, T d) { return fused(a, b, d); }, T, 3>(f, "fma", t, c);
  add_rounded<[](T a, T b, T d) { return fused(a, b, d); }, T, 3>(f, "mad", t, c);
  add_rounded<[](T a, T b, T) { return a / b; }, T, 2>(f, "div", t, Class::kSpecial);
  add_rounded<[](T a, T, T) { return T{1} / a; }, T, 1>(f, "rcp", t, Class::kSpecial);
  add_rounded<[](T a, T, T) { return std::sqrt(a); }, T, 1>(f, "sqrt", t, Class::kSpecial);
  add_nearest<[](T a, T b) { return canonical(a + b); }, T, T, T>(f, "add", t, c);
  add_nearest<[](T a, T b) { return canonical(a - b); }, T, T, T>(f, "sub", t, c);
  add_nearest<[](T a, T b) { return canonical(a * b); }, T, T, T>(f, "mul", t, c);
  add_nearest<[](T a, T b, T d) { return canonical(fused(a, b, d)); }, T, T, T, T>(f, "fma", t, c);
  add_lanewise<[](T a, T b) { return canonical(a / b); }, T, T, T>(f, "div.rn." + t, Class::kSpecial);
  add_lanewise<[](T a) { return canonical(T{1} / a); }, T, T>(f, "rcp.rn." + t, Class::kSpecial);
  add_lanewise<[](T a) { return canonical(std::sqrt(a)); }, T, T>(f, "sqrt.rn." + t, Class::kSpecial);
  add_lanewise<[](T a, T b) { return least(a, b); }, T, T, T>(f, "min." + t, c);
  add_lanewise<[](T a, T b) { return greatest(a, b); }, T, T, T>(f, "max." + t, c);
  add_lanewise<[](T a) { return canonical(std::fabs(a)); }, T, T>(f, "abs." + t, c);
  add_lanewise<[](T a) { return canonical(-a); }, T, T>(f, "neg." + t, c);
  add_lanewise<[](T a, T b) { return std::copysign(b, a); }, T, T, T>(f, "copysign." + t, c);
}

// min and max of f32 with .ftz and .NaN, and .xorsign.abs: of the magnitudes, with the product of the signs.
template <bool kFlushes, bool kNan, bool kLeast>
inline float extreme(float a, float b) {
  if constexpr (kFlushes) a = flushed(a), b = flushed(b);
  if (kNan && (is_nan(a) || is_nan(b))) return float_of(kNan32);
  return kLeast ? least(a, b) : greatest(a, b);
}
template <bool kFlushes, bool kNan, bool kLeast>
inline float signed_extreme(float a, float b) {
  const float r = extreme<kFlushes, kNan, kLeast>(std::fabs(a), std::fabs(b));
  return is_nan(r) ? r : float_of(bits_of(r) | ((bits_of(a) ^ bits_of(b)) & 0x80000000u));
}
template <bool kFlushes, bool kNan>
void add_extremes(Forms& f, const std::string& modifiers) {
  add_lanewise<extreme<kFlushes, kNan, true>, float, float, float>(f, "min" + modifiers + ".f32", Class::kFloat);
  add_lanewise<extreme<kFlushes, kNan, false>, float, float, float>(f, "max" + modifiers + ".f32", Class::kFloat);
  add_lanewise<signed_extreme<kFlushes, kNan, true>, float, float, float>(f, "min" + modifiers + ".xorsign.abs.f32", Class::kFloat);
  add_lanewise<signed_extreme<kFlushes, kNan, false>, float, float, float>(f, "max" + modifiers + ".xorsign.abs.f32", Class::kFloat);
}

}  // namespace

void add_float_forms(Forms& f) {
  add_typed<float>(f, "f32", Class::kFloat);
  add_typed<double>(f, "f64", Class::kDouble);
  const Class c = Class::kFloat;
  add_extremes<false, false>(f, ""), add_extremes<true, false>(f, ".ftz"), add_extremes<false, true>(f, ".NaN"), add_extremes<true, true>(f, ".ftz.NaN");
  add_lanewise<[](float a) { return canonical(flushed(std::fabs(a))); }, float, float>(f, "abs.ftz.f32", c);
  add_lanewise<[](float a) { return canonical(flushed(-a)); }, float, float>(f, "neg.ftz.f32", c);
  add_lanewise<[](float a, float b) { return canonical(flushed(flushed(a) + flushed(b))); }, float, float, float>(f, "add.ftz.f32", c);
  add_lanewise<[](float a, float b) { return canonical(flushed(flushed(a) - flushed(b))); }, float, float, float>(f, "sub.ftz.f32", c);
  add_lanewise<[](float a, float b) { return canonical(flushed(flushed(a) * flushed(b))); }, float, float, float>(f, "mul.ftz.f32", c);
  add_lanewise<[](float a, float b, float d) { return canonical(flushed(fused(flushed(a), flushed(b), flushed(d)))); }, float, float, float, float>(f, "fma.rn.ftz.f32", c);
}

}  // namespace wz::software
