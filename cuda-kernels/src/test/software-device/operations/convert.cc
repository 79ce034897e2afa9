// cvt. The registers may be wider than the types, so the table's names end in the registers' letters: "cvt.s32.s8/wh" reads a 16-bit register.
// To an integer: rounded, then clamped to its range, NaN is 0. To a float: one rounding.
#include <cfenv>
#include <limits>
#include "operations/forms.h"
#include "operations/small_floats.h"

namespace wz::software {
namespace {

const char* name_of(u8) { return "u8"; }
const char* name_of(s8) { return "s8"; }
const char* name_of(u16) { return "u16"; }
const char* name_of(s16) { return "s16"; }
const char* name_of(u32) { return "u32"; }
const char* name_of(s32) { return "s32"; }
const char* name_of(u64) { return "u64"; }
const char* name_of(s64) { return "s64"; }
const char* name_of(float) { return "f32"; }
const char* name_of(double) { return "f64"; }

std::string key(const std::string& opcode, char d, char s) { return opcode + "/" + d + s; }

template <class D, class S>
D clamped(S v) {
  using L = std::numeric_limits<D>;
  if (std::is_signed_v<S> && !std::is_signed_v<D> && v < 0) return 0;
  if constexpr (sizeof(S) > sizeof(D) || (sizeof(S) == sizeof(D) && std::is_signed_v<S> != std::is_signed_v<D>)) {
    if (v > 0 && static_cast<u64>(v) > static_cast<u64>(L::max())) return L::max();
    if (v < 0 && static_cast<s64>(v) < static_cast<s64>(L::min())) return L::min();
  }
  return static_cast<D>(v);
}

// Between integers, in registers of type RD and RS.
template <class D, class S, class RD, class RS>
void add_integers_in(Forms& f) {
  if constexpr (sizeof(RD) >= sizeof(D) && sizeof(RS) >= sizeof(S) && (sizeof(D) == 1 ? sizeof(RD) <= 4 : sizeof(RD) == sizeof(D) || (sizeof(D) == 2 && sizeof(RD) == 4)) &&
                (sizeof(S) == 1 ? sizeof(RS) <= 4 : sizeof(RS) == sizeof(S) || (sizeof(S) <= 4 && sizeof(RS) <= 8))) {
    using Extended = std::conditional_t<std::is_signed_v<D>, std::make_signed_t<RD>, RD>;
    const std::string signature{static_cast<char>(letter<RD>() - 32), letter<RS>()};
    const std::string types = std::string(name_of(D{})) + "." + name_of(S{});
    f.add(key("cvt." + types, letter<RD>(), letter<RS>()), signature, Class::kConvert,
          lanewise<[](RS a) { return static_cast<RD>(static_cast<Extended>(static_cast<D>(static_cast<S>(a)))); }, RD, RS>);
    if constexpr (sizeof(D) < sizeof(S) || std::is_signed_v<D> != std::is_signed_v<S>) {
      f.add(key("cvt.sat." + types, letter<RD>(), letter<RS>()), signature, Class::kConvert,
            lanewise<[](RS a) { return static_cast<RD>(static_cast<Extended>(clamped<D>(static_cast<S>(a)))); }, RD, RS>);
    }
  }
}
template <class D, class S>
void add_integers(Forms& f) {
  add_integers_in<D, S, std::conditional_t<sizeof(D) == 1, u16, std::make_unsigned_t<D>>, std::conditional_t<sizeof(S) == 1, u16, std::make_unsigned_t<S>>>(f);
  if constexpr (sizeof(D) == 8 && (sizeof(S) == 4 || sizeof(S) == 2)) add_integers_in<D, S, u64, u64>(f);
  if constexpr (sizeof(S) < 4) add_integers_in<D, S, std::conditional_t<sizeof(D) == 1, u16, std::make_unsigned_t<D>>, u32>(f);
  if constexpr (sizeof(D) == 1) {
    add_integers_in<D, S, u32, std::conditional_t<sizeof(S) == 1, u16, std::make_unsigned_t<S>>>(f);
    if constexpr (sizeof(S) == 1) add_integers_in<D, S, u32, u32>(f);
  }
}
template <class D>
void add_from_all(Forms& f) {
  add_integers<D, u8>(f), add_integers<D, s8>(f), add_integers<D, u16>(f), add_integers<D, s16>(f);
  add_integers<D, u32>(f), add_integers<D, s32>(f), add_integers<D, u64>(f), add_integers<D, s64>(f);
}

double whole(double v, s64 mode) {
  switch (mode) {
    case 0: return std::nearbyint(v);
    case 1: return std::trunc(v);
    case 2: return std::floor(v);
    default: return std::ceil(v);
  }
}
template <class D>
D integer_of(double v) {
  using L = std::numeric_limits<D>;
  if (v != v) return 0;
  if (v <= static_cast<double>(L::min())) return L::min();
  if (v >= std::ldexp(1.0, L::digits)) return L::max();
  return static_cast<D>(v);
}

// S float, double or u16 (f16 bits); the register of an 8-bit integer has 16 bits.
template <class D, class S>
void to_integer(Warp& w, const Instruction& i) {
  using R = std::conditional_t<sizeof(D) == 1, std::conditional_t<std::is_signed_v<D>, s16, u16>, D>;
  const s64 mode = i.immediate & 3;
  const bool flush = i.immediate & 4;
  each_lane<R>(w, i.r[0], [mode, flush](S a) {
    double v;
    if constexpr (sizeof(S) == 2) v = float_of_f16(a);
    else if constexpr (sizeof(S) == 4) v = flush ? flushed(a) : a;
    else v = a;
    return static_cast<R>(integer_of<D>(whole(v, mode)));
  }, Source<S>(w, i.r[1]));
}
template <class S>
void to_whole(Warp& w, const Instruction& i) {
  const s64 mode = i.immediate & 3;
  const bool flush = i.immediate & 4;
  each_lane<S>(w, i.r[0], [mode, flush](S a) {
    if constexpr (sizeof(S) == 4) return canonical(static_cast<S>(whole(flush ? flushed(a) : a, mode)));
    else return canonical(static_cast<S>(whole(a, mode)));
  }, Source<S>(w, i.r[1]));
}
// Under the host's rounding mode.
template <class D, class S>
__attribute__((noinline)) void to_float(Warp& w, const Instruction& i) {
  static const int kModes[4] = {FE_TONEAREST, FE_TOWARDZERO, FE_DOWNWARD, FE_UPWARD};
  using R = std::conditional_t<sizeof(S) == 1, u16, S>;
  alignas(64) D t[kLanes];
  std::fesetround(kModes[i.immediate & 3]);
  for (int l = 0; l < kLanes; ++l) {
    volatile S s = static_cast<S>(in<R>(w, i.r[1])[l]);
    volatile D d = static_cast<D>(s);
    t[l] = d;
  }
  std::fesetround(FE_TONEAREST);
  each_lane<D>(w, i.r[0], [](D v) { return canonical(v); }, t);
}

template <class I, class F>
void add_integer_float(Forms& f) {
  static const char* const kWhole[4] = {"rni", "rzi", "rmi", "rpi"};
  static const char* const kRound[4] = {"rn", "rz", "rm", "rp"};
  const char il = sizeof(I) == 1 ? 'h' : letter<I>(), fl = letter<F>();
  const std::string in = name_of(I{}), fn = name_of(F{});
  for (int m = 0; m < 4; ++m) {
    for (const bool flush : {false, true}) {
      if (flush && sizeof(F) == 8) continue;
      for (const char* saturate : {"", ".sat"}) {  // the conversion saturates anyway
        f.add(key(std::string("cvt.") + kWhole[m] + (flush ? ".ftz" : "") + saturate + "." + in + "." + fn, il, fl), {static_cast<char>(il - 32), fl}, Class::kConvert, to_integer<I, F>, m | (flush ? 4 : 0));
      }
    }
    f.add(key(std::string("cvt.") + kRound[m] + "." + fn + "." + in, fl, il), {static_cast<char>(fl - 32), il}, Class::kConvert, to_float<F, I>, m);
  }
}
template <class I>
void add_integer_floats(Forms& f) {
  add_integer_float<I, float>(f);
  add_integer_float<I, double>(f);
}

template <auto F, class D, class... S>
void add(Forms& f, const std::string& opcode) {
  add_lanewise<F, D, S...>(f, opcode, Class::kConvert);
  const std::string& s = f.table.at(opcode).signature;
  f.add(key(opcode, static_cast<char>(s[0] + 32), s[1]), s, Class::kConvert, lanewise<F, D, S...>);
}

}  // namespace

void add_convert_forms(Forms& f) {
  add_from_all<u8>(f), add_from_all<s8>(f), add_from_all<u16>(f), add_from_all<s16>(f);
  add_from_all<u32>(f), add_from_all<s32>(f), add_from_all<u64>(f), add_from_all<s64>(f);
  add_integer_floats<u8>(f), add_integer_floats<s8>(f), add_integer_floats<u16>(f), add_integer_floats<s16>(f);
  add_integer_floats<u32>(f), add_integer_floats<s32>(f), add_integer_floats<u64>(f), add_integer_floats<s64>(f);
  add<[](s32 a) { return static_cast<float>(a); }, float, s32>(f, "cvt.rn.f32.s32");
  add<[](u32 a) { return static_cast<float>(a); }, float, u32>(f, "cvt.rn.f32.u32");

  static const char* const kRound[4] = {"rn", "rz", "rm", "rp"};
  static const char* const kWhole[4] = {"rni", "rzi", "rmi", "rpi"};
  for (int m = 0; m < 4; ++m) {
    f.add(key(std::string("cvt.") + kRound[m] + ".f32.f64", 'w', 'l'), "Wl", Class::kConvert, to_float<float, double>, m);
    f.add(key(std::string("cvt.") + kWhole[m] + ".f32.f32", 'w', 'w'), "Ww", Class::kConvert, to_whole<float>, m);
    f.add(key(std::string("cvt.") + kWhole[m] + ".ftz.f32.f32", 'w', 'w'), "Ww", Class::kConvert, to_whole<float>, m | 4);
    f.add(key(std::string("cvt.") + kWhole[m] + ".f64.f64", 'l', 'l'), "Ll", Class::kConvert, to_whole<double>, m);
  }
  add<[](double a) { return canonical(static_cast<float>(a)); }, float, double>(f, "cvt.rn.f32.f64");
  add<[](float a) { return static_cast<double>(a); }, double, float>(f, "cvt.f64.f32");
  add<[](float a) { return saturated(a); }, float, float>(f, "cvt.sat.f32.f32");
  add<[](float a) { return canonical(flushed(a)); }, float, float>(f, "cvt.ftz.f32.f32");
  add<[](float a) { return flushed(saturated(flushed(a))); }, float, float>(f, "cvt.ftz.sat.f32.f32");
  add<[](u16 a) { return canonical(float_of_f16(a)); }, float, u16>(f, "cvt.f32.f16");
  add<[](u16 a) { return canonical(flushed(float_of_f16(a))); }, float, u16>(f, "cvt.ftz.f32.f16");
  add<[](u16 a) { return canonical(float_of_bf16(a)); }, float, u16>(f, "cvt.f32.bf16");
  add<[](float a) { return f16_nearest(a); }, u16, float>(f, "cvt.rn.f16.f32");
  add<[](float a) { return bf16_nearest(a); }, u16, float>(f, "cvt.rn.bf16.f32");
  add<[](float a, float b) { return static_cast<u32>(f16_nearest(a)) << 16 | f16_nearest(b); }, u32, float, float>(f, "cvt.rn.f16x2.f32");
  add<[](float a, float b) { return static_cast<u32>(bf16_nearest(a)) << 16 | bf16_nearest(b); }, u32, float, float>(f, "cvt.rn.bf16x2.f32");
  add<[](float a, float b) { return static_cast<u32>(bf16_nearest(a > 0 || a != a ? a : 0)) << 16 | bf16_nearest(b > 0 || b != b ? b : 0); }, u32, float, float>(f, "cvt.rn.relu.bf16x2.f32");
  add<[](float a) { return tf32_of(a, Rounding::kNearestAway); }, u32, float>(f, "cvt.rna.tf32.f32");
  add<[](float a) { return tf32_of(a, Rounding::kNearestEven); }, u32, float>(f, "cvt.rn.tf32.f32");
  add<[](float a) { return tf32_of(a, Rounding::kZero); }, u32, float>(f, "cvt.rz.tf32.f32");
  add<[](float a, float b) { return static_cast<u16>(e4m3_of(a) << 8 | e4m3_of(b)); }, u16, float, float>(f, "cvt.rn.satfinite.e4m3x2.f32");
  add<[](float a, float b) { return static_cast<u16>(e5m2_of(a) << 8 | e5m2_of(b)); }, u16, float, float>(f, "cvt.rn.satfinite.e5m2x2.f32");
  add<[](u16 a) { return static_cast<u32>(f16_nearest(float_of_e4m3(a >> 8))) << 16 | f16_nearest(float_of_e4m3(static_cast<u8>(a))); }, u32, u16>(f, "cvt.rn.f16x2.e4m3x2");
  add<[](u16 a) { return static_cast<u32>(f16_nearest(float_of_e5m2(a >> 8))) << 16 | f16_nearest(float_of_e5m2(static_cast<u8>(a))); }, u32, u16>(f, "cvt.rn.f16x2.e5m2x2");
}

}  // namespace wz::software
