// cvt between the floating types in every rounding, with .ftz, .sat, .relu and .satfinite; pairs; f16 and bf16 to and from integers; cvt.pack.
// All through double, which holds every value but 64-bit integers exactly, and one rounding.
#include <algorithm>
#include <limits>
#include "operations/forms.h"
#include "operations/small_floats.h"

namespace wz::software {
namespace {

enum Flags : s64 { kRounding = 7, kFlush = 8, kSaturate = 16, kRelu = 32, kFinite = 64 };

struct F16 {
  using Bits = u16;
  static constexpr const char* kName = "f16";
  static double value(u32 b) { return float_of_f16(static_cast<u16>(b)); }
  static u32 bits(double v, Rounding r) { return f16_of(v, r); }
  static constexpr u32 kInfinity = 0x7C00, kSign = 0x8000;
};
struct Bf16 {
  using Bits = u16;
  static constexpr const char* kName = "bf16";
  static double value(u32 b) { return float_of_bf16(static_cast<u16>(b)); }
  static u32 bits(double v, Rounding r) { return bf16_of(v, r); }
  static constexpr u32 kInfinity = 0x7F80, kSign = 0x8000;
};
struct F32 {
  using Bits = u32;
  static constexpr const char* kName = "f32";
  static double value(u32 b) { return float_of(b); }
  static u32 bits(double v, Rounding r) { return rounded<8, 23>(v, r); }
  static constexpr u32 kInfinity = 0x7F800000, kSign = 0x80000000;
};
struct F64 {
  using Bits = u64;
  static constexpr const char* kName = "f64";
  static double value(u64 b) { return std::bit_cast<double>(b); }
  static u64 bits(double v, Rounding) { return std::bit_cast<u64>(v); }
};
struct E4m3 {
  using Bits = u8;
  static constexpr const char* kName = "e4m3";
  static double value(u32 b) { return float_of_e4m3(static_cast<u8>(b)); }
  static u32 bits(double v, Rounding) { return e4m3_of(static_cast<float>(v)); }
};
struct E5m2 {
  using Bits = u8;
  static constexpr const char* kName = "e5m2";
  static double value(u32 b) { return float_of_e5m2(static_cast<u8>(b)); }
  static u32 bits(double v, Rounding) { return e5m2_of(static_cast<float>(v)); }
};

template <class D, class S>
typename D::Bits converted(typename S::Bits a, s64 flags) {
  double v = S::value(a);
  if constexpr (std::is_same_v<S, F32>) {
    if (flags & kFlush) v = flushed(float_of(a));
  }
  if (flags & kSaturate) v = v > 0 ? (v < 1 ? v : 1) : 0;
  if (flags & kRelu) v = v > 0 || v != v ? v : 0;
  auto b = D::bits(v, static_cast<Rounding>(flags & kRounding));
  if constexpr (std::is_same_v<D, F32>) {
    if (flags & kFlush) b = bits_of(flushed(float_of(b)));
  }
  if constexpr (std::is_same_v<D, F16> || std::is_same_v<D, Bf16>) {
    if ((flags & kFinite) && (b & ~D::kSign) == D::kInfinity) b -= 1;
  }
  return static_cast<typename D::Bits>(b);
}

template <class D, class S>
void convert(Warp& w, const Instruction& i) {
  const s64 flags = i.immediate;
  each_lane<typename D::Bits>(w, i.r[0], [flags](typename S::Bits a) { return converted<D, S>(a, flags); }, Source<typename S::Bits>(w, i.r[1]));
}
// d = {a, b}, a in the upper half.
template <class D, class S>
void convert_two(Warp& w, const Instruction& i) {
  using P = std::conditional_t<sizeof(typename D::Bits) == 1, u16, u32>;
  constexpr int kShift = 8 * sizeof(typename D::Bits);
  const s64 flags = i.immediate;
  each_lane<P>(w, i.r[0], [flags](typename S::Bits a, typename S::Bits b) { return static_cast<P>(static_cast<P>(converted<D, S>(a, flags)) << kShift | converted<D, S>(b, flags)); },
               Source<typename S::Bits>(w, i.r[1]), Source<typename S::Bits>(w, i.r[2]));
}
template <class D, class S>
void convert_pair(Warp& w, const Instruction& i) {
  using P = std::conditional_t<sizeof(typename D::Bits) == 1, u16, u32>;
  using Q = std::conditional_t<sizeof(typename S::Bits) == 1, u16, u32>;
  constexpr int kTo = 8 * sizeof(typename D::Bits), kFrom = 8 * sizeof(typename S::Bits);
  const s64 flags = i.immediate;
  each_lane<P>(w, i.r[0], [flags](Q a) {
    return static_cast<P>(static_cast<P>(converted<D, S>(static_cast<typename S::Bits>(a >> kFrom), flags)) << kTo | converted<D, S>(static_cast<typename S::Bits>(a), flags));
  }, Source<Q>(w, i.r[1]));
}

const char* const kRound[4] = {".rn", ".rz", ".rm", ".rp"};
const char* const kWhole[4] = {".rni", ".rzi", ".rmi", ".rpi"};

void add(Forms& f, const std::string& opcode, const std::string& signature, Handler handler, s64 flags) {
  f.add(opcode, signature, Class::kConvert, handler, flags);
  if (signature.size() == 2) f.add(opcode + "/" + static_cast<char>(signature[0] | 32) + signature[1], signature, Class::kConvert, handler, flags);
}

// One value. `named`: the opcode names a rounding, since the destination is not wider.
template <class D, class S>
void add_single(Forms& f, bool named) {
  const std::string signature{static_cast<char>(letter<typename D::Bits>() - 32), letter<typename S::Bits>()}, types = std::string(".") + D::kName + "." + S::kName;
  const bool flushes = std::is_same_v<D, F32> || std::is_same_v<S, F32>;
  for (s64 mode = 0; mode < (named ? 4 : 1); ++mode) {
    const std::string op = std::string("cvt") + (named ? kRound[mode] : "");
    for (const s64 flush : {s64{0}, s64{kFlush}}) {
      for (const s64 saturate : {s64{0}, s64{kSaturate}}) {
        if (flush != 0 && !flushes) continue;
        add(f, op + (flush ? ".ftz" : "") + (saturate ? ".sat" : "") + types, signature, convert<D, S>, mode | flush | saturate);
      }
    }
  }
}
// To f16 and bf16 from f32, one and two, with .relu and .satfinite.
template <class D>
void add_rectified(Forms& f) {
  for (s64 mode = 0; mode < 2; ++mode) {
    for (const s64 relu : {s64{0}, s64{kRelu}}) {
      for (const s64 finite : {s64{0}, s64{kFinite}}) {
        const std::string op = std::string("cvt") + kRound[mode] + (relu ? ".relu" : "") + (finite ? ".satfinite" : "");
        add(f, op + "." + D::kName + ".f32", "Hw", convert<D, F32>, mode | relu | finite);
        add(f, op + "." + D::kName + "x2.f32", "Www", convert_two<D, F32>, mode | relu | finite);
      }
    }
  }
}
template <class T>
void add_fp8(Forms& f) {
  const std::string x2 = std::string(".") + T::kName + "x2";
  for (const s64 relu : {s64{0}, s64{kRelu}}) {
    const std::string r = relu ? ".relu" : "";
    add(f, "cvt.rn.satfinite" + r + x2 + ".f32", "Hww", convert_two<T, F32>, relu);
    add(f, "cvt.rn.satfinite" + r + x2 + ".f16x2", "Hw", convert_pair<T, F16>, relu);
    add(f, "cvt.rn" + r + ".f16x2" + x2, "Wh", convert_pair<F16, T>, relu);
  }
}

double whole(double v, s64 mode) { return mode == 0 ? std::nearbyint(v) : mode == 1 ? std::trunc(v) : mode == 2 ? std::floor(v) : std::ceil(v); }
template <class T>
void to_whole(Warp& w, const Instruction& i) {
  const s64 mode = i.immediate;
  each_lane<u16>(w, i.r[0], [mode](u16 a) { return static_cast<u16>(T::bits(whole(T::value(a), mode), Rounding::kNearestEven)); }, Source<u16>(w, i.r[1]));
}

template <class I>
using Register = std::conditional_t<sizeof(I) == 1, u16, std::make_unsigned_t<I>>;

template <class I, class T>
void to_integer(Warp& w, const Instruction& i) {
  using L = std::numeric_limits<I>;
  using R = Register<I>;
  const s64 mode = i.immediate;
  each_lane<R>(w, i.r[0], [mode](u16 a) {
    const double v = whole(T::value(a), mode);
    const I n = v != v ? I{0} : v <= static_cast<double>(L::min()) ? L::min() : v >= std::ldexp(1.0, L::digits) ? L::max() : static_cast<I>(v);
    return static_cast<R>(static_cast<std::conditional_t<std::is_signed_v<I>, std::make_signed_t<R>, R>>(n));
  }, Source<u16>(w, i.r[1]));
}
// 64-bit integers: to double towards zero with a sticky lowest bit, so that the second rounding is the only one that counts.
template <class I>
double sticky(I n) {
  if constexpr (sizeof(I) < 8) return static_cast<double>(n);
  const u64 m = n < 0 ? 0 - static_cast<u64>(n) : static_cast<u64>(n);
  const int drop = m == 0 ? 0 : std::max(0, 64 - std::countl_zero(m) - 52);
  const u64 kept = (m >> drop) | ((m & ((u64{1} << drop) - 1)) != 0 ? 1 : 0);
  const double v = std::ldexp(static_cast<double>(kept), drop);
  return n < 0 ? -v : v;
}
template <class I, class T>
void from_integer(Warp& w, const Instruction& i) {
  const Rounding mode = static_cast<Rounding>(i.immediate);
  each_lane<u16>(w, i.r[0], [mode](Register<I> a) { return static_cast<u16>(T::bits(sticky(static_cast<I>(a)), mode)); }, Source<Register<I>>(w, i.r[1]));
}
template <class T, class I>
void add_integer(Forms& f, const std::string& name) {
  const char r = letter<Register<I>>();
  for (s64 mode = 0; mode < 4; ++mode) {
    for (const char* saturate : {"", ".sat"}) add(f, std::string("cvt") + kWhole[mode] + saturate + "." + name + "." + T::kName, {static_cast<char>(r - 32), 'h'}, to_integer<I, T>, mode);
    add(f, std::string("cvt") + kRound[mode] + "." + T::kName + "." + name, {'H', r}, from_integer<I, T>, mode);
  }
}
template <class T>
void add_integers(Forms& f) {
  add_integer<T, u8>(f, "u8"), add_integer<T, s8>(f, "s8"), add_integer<T, u16>(f, "u16"), add_integer<T, s16>(f, "s16");
  add_integer<T, u32>(f, "u32"), add_integer<T, s32>(f, "s32"), add_integer<T, u64>(f, "u64"), add_integer<T, s64>(f, "s64");
  for (s64 mode = 0; mode < 4; ++mode) add(f, std::string("cvt") + kWhole[mode] + "." + T::kName + "." + T::kName, "Hh", to_whole<T>, mode);
}

// {c, a, b} from the top, a and b clamped to D.
template <class D>
u32 packed(s32 a, s32 b) {
  using L = std::numeric_limits<D>;
  const auto one = [](s32 v) { return static_cast<u32>(static_cast<std::make_unsigned_t<D>>(std::clamp<s32>(v, L::min(), L::max()))); };
  return one(a) << 8 * sizeof(D) | one(b);
}

}  // namespace

void add_small_convert_forms(Forms& f) {
  add_single<F16, F32>(f, true), add_single<Bf16, F32>(f, true), add_single<F16, F64>(f, true), add_single<Bf16, F64>(f, true), add_single<F32, F64>(f, true);
  add_single<Bf16, F16>(f, true), add_single<F16, Bf16>(f, true);
  add_single<F32, F16>(f, false), add_single<F32, Bf16>(f, false), add_single<F64, F16>(f, false), add_single<F64, Bf16>(f, false), add_single<F64, F32>(f, false);
  add_rectified<F16>(f), add_rectified<Bf16>(f);
  add_fp8<E4m3>(f), add_fp8<E5m2>(f);
  add_integers<F16>(f), add_integers<Bf16>(f);
  const Class c = Class::kConvert;
  add_lanewise<[](s32 a, s32 b) { return packed<s16>(a, b); }, u32, s32, s32>(f, "cvt.pack.sat.s16.s32", c);
  add_lanewise<[](s32 a, s32 b) { return packed<u16>(a, b); }, u32, s32, s32>(f, "cvt.pack.sat.u16.s32", c);
  add_lanewise<[](s32 a, s32 b, u32 r) { return r << 16 | packed<s8>(a, b); }, u32, s32, s32, u32>(f, "cvt.pack.sat.s8.s32.b32", c);
  add_lanewise<[](s32 a, s32 b, u32 r) { return r << 16 | packed<u8>(a, b); }, u32, s32, s32, u32>(f, "cvt.pack.sat.u8.s32.b32", c);
  add_lanewise<[](float a) { return (a > 0 || a != a) ? tf32_of(a, Rounding::kNearestEven) : 0; }, u32, float>(f, "cvt.rn.relu.tf32.f32", c);
  add_lanewise<[](float a) { return (a > 0 || a != a) ? tf32_of(a, Rounding::kZero) : 0; }, u32, float>(f, "cvt.rz.relu.tf32.f32", c);
}

}  // namespace wz::software
