// f16, bf16 and their pairs: each operation in float or double, which hold it exactly, then one rounding.
#include "operations/forms.h"
#include "operations/small_floats.h"

namespace wz::software {
namespace {

struct F16 {
  static double value(u16 b) { return float_of_f16(b); }
  static u16 bits(double v) { return f16_of(v); }
  static constexpr u16 kOne = 0x3C00, kInfinity = 0x7C00;
};
struct Bf16 {
  static double value(u16 b) { return float_of_bf16(b); }
  static u16 bits(double v) { return bf16_of(v); }
  static constexpr u16 kOne = 0x3F80, kInfinity = 0x7F80;
};

// a*b is exact in double; the sum is rounded to odd there, so that rounding to the small type afterwards is rounding once.
double fused_odd(double a, double b, double c) {
  const double p = a * b;
  double s = p + c;
  if (!std::isfinite(s)) return s;
  const double t = s - p;
  const double error = (p - (s - t)) + (c - t);
  if (error != 0 && (std::bit_cast<u64>(s) & 1) == 0) {
    const bool away = (error > 0) == (s > 0);
    s = std::bit_cast<double>(std::bit_cast<u64>(s) + (away ? 1 : -1));
  }
  return s;
}

double sum(double a, double b, double) { return a + b; }
double difference(double a, double b, double) { return a - b; }
double product(double a, double b, double) { return a * b; }
double relu(double v) { return v > 0 ? v : v != v ? v : 0; }
double fused_relu(double a, double b, double c) { return relu(fused_odd(a, b, c)); }
double clip(double v) { return v > 0 ? (v < 1 ? v : 1) : 0; }
double clipped(double a, double b, double c) { return clip(fused_odd(a, b, c)); }
double clipped_sum(double a, double b, double) { return clip(a + b); }
double clipped_difference(double a, double b, double) { return clip(a - b); }
double clipped_product(double a, double b, double) { return clip(a * b); }

template <class Type>
u16 flushed16(u16 b) {
  return (b & Type::kInfinity) == 0 ? b & 0x8000 : b;
}
template <class Type, double (*F)(double, double, double)>
u16 one(u16 a, u16 b, u16 c) {
  return Type::bits(F(Type::value(a), Type::value(b), Type::value(c)));
}
// .ftz: subnormal operands and results are zeros of their sign.
template <class Type, u16 (*F)(u16, u16, u16)>
u16 flushing(u16 a, u16 b, u16 c) {
  return flushed16<Type>(F(flushed16<Type>(a), flushed16<Type>(b), flushed16<Type>(c)));
}
template <u16 (*F)(u16, u16, u16)>
u32 two(u32 a, u32 b, u32 c) {
  return static_cast<u32>(F(static_cast<u16>(a >> 16), static_cast<u16>(b >> 16), static_cast<u16>(c >> 16))) << 16 |
         F(static_cast<u16>(a), static_cast<u16>(b), static_cast<u16>(c));
}

template <u16 (*F)(u16, u16, u16)>
void add_pairs(Forms& f, const std::string& op, const std::string& t, int sources) {
  if (sources == 1) {
    add_lanewise<[](u16 a) { return F(a, 0, 0); }, u16, u16>(f, op + "." + t, Class::kHalf);
    add_lanewise<[](u32 a) { return two<F>(a, 0, 0); }, u32, u32>(f, op + "." + t + "x2", Class::kHalf);
  } else if (sources == 2) {
    add_lanewise<[](u16 a, u16 b) { return F(a, b, 0); }, u16, u16, u16>(f, op + "." + t, Class::kHalf);
    add_lanewise<[](u32 a, u32 b) { return two<F>(a, b, 0); }, u32, u32, u32>(f, op + "." + t + "x2", Class::kHalf);
  } else {
    add_lanewise<[](u16 a, u16 b, u16 c) { return F(a, b, c); }, u16, u16, u16, u16>(f, op + "." + t, Class::kHalf);
    add_lanewise<[](u32 a, u32 b, u32 c) { return two<F>(a, b, c); }, u32, u32, u32, u32>(f, op + "." + t + "x2", Class::kHalf);
  }
}

bool nan16(double v) { return v != v; }
template <class Type>
u16 smaller(u16 a, u16 b, u16) {
  const double x = Type::value(a), y = Type::value(b);
  if (nan16(x)) return nan16(y) ? kNan16 : b;
  if (nan16(y)) return a;
  return x < y || (x == y && (a & 0x8000)) ? a : b;
}
template <class Type>
u16 larger(u16 a, u16 b, u16) {
  const double x = Type::value(a), y = Type::value(b);
  if (nan16(x)) return nan16(y) ? kNan16 : b;
  if (nan16(y)) return a;
  return x > y || (x == y && !(a & 0x8000)) ? a : b;
}
template <class Type, u16 (*F)(u16, u16, u16)>
u16 with_nan(u16 a, u16 b, u16) {
  return nan16(Type::value(a)) || nan16(Type::value(b)) ? kNan16 : F(a, b, 0);
}
// The lesser or greater magnitude under the product of the signs.
template <class Type, u16 (*F)(u16, u16, u16)>
u16 signed_magnitude(u16 a, u16 b, u16) {
  const u16 r = F(a & 0x7FFF, b & 0x7FFF, 0);
  return nan16(Type::value(r)) ? kNan16 : static_cast<u16>(r | ((a ^ b) & 0x8000));
}
template <class Type>
u16 negative(u16 a, u16, u16) {
  return nan16(Type::value(a)) ? kNan16 : static_cast<u16>(a ^ 0x8000);
}
template <class Type>
u16 magnitude(u16 a, u16, u16) {
  return nan16(Type::value(a)) ? kNan16 : static_cast<u16>(a & 0x7FFF);
}
template <class Type>
u16 power2(u16 a, u16, u16) {
  return Type::bits(std::exp2(Type::value(a)));
}
template <class Type>
u16 tangent(u16 a, u16, u16) {
  return Type::bits(std::tanh(Type::value(a)));
}

enum Combine : s64 { kPlain, kAnd, kOr, kXor };
u32 combined(s64 how, u32 p, u32 c) { return how == kPlain ? p : how == kAnd ? p & c : how == kOr ? p | c : p ^ c; }

template <class Type, auto F, class R>
u32 compare_part(const Warp& w, const Instruction& i, int first, int half) {
  u32 r = 0;
  for (int l = 0; l < kLanes; ++l) {
    const u16 a = static_cast<u16>(in<R>(w, i.r[first])[l] >> 16 * half), b = static_cast<u16>(in<R>(w, i.r[first + 1])[l] >> 16 * half);
    r |= F(Type::value(a), Type::value(b)) ? 1u << l : 0;
  }
  return r;
}
// p|q: one predicate per half.
template <class Type, auto F>
void compare_halves(Warp& w, const Instruction& i) {
  const u32 c = i.immediate == kPlain ? 0 : *in<u32>(w, i.r[4]);
  const u32 p = combined(i.immediate, compare_part<Type, F, u32>(w, i, 2, 0), c), q = combined(i.immediate, compare_part<Type, F, u32>(w, i, 2, 1), c);
  put_bits(w, i.r[0], p);
  put_bits(w, i.r[1], q);
}
// p|q: the comparison and its opposite.
template <class Type, auto F>
void compare_half(Warp& w, const Instruction& i) {
  const u32 c = i.immediate == kPlain ? 0 : *in<u32>(w, i.r[4]), p = compare_part<Type, F, u16>(w, i, 2, 0);
  put_bits(w, i.r[0], combined(i.immediate, p, c));
  put_bits(w, i.r[1], combined(i.immediate, ~p, c));
}
template <class Type, auto F, u32 kYes>
void set_halves(Warp& w, const Instruction& i) {
  each_lane<u32>(w, i.r[0], [](u32 a, u32 b) {
    u32 r = 0;
    for (int h = 0; h < 2; ++h) r |= F(Type::value(static_cast<u16>(a >> 16 * h)), Type::value(static_cast<u16>(b >> 16 * h))) ? kYes << 16 * h : 0;
    return r;
  }, Source<u32>(w, i.r[1]), Source<u32>(w, i.r[2]));
}
template <class Type, auto F, class R, u32 kYes>
void set_half(Warp& w, const Instruction& i) {
  each_lane<R>(w, i.r[0], [](u16 a, u16 b) { return F(Type::value(a), Type::value(b)) ? static_cast<R>(kYes) : R{0}; }, Source<u16>(w, i.r[1]), Source<u16>(w, i.r[2]));
}

template <class Type, auto F>
void add_comparison(Forms& f, const std::string& op, const std::string& t, const std::string& flush) {
  static const char* const kCombine[4] = {"", ".and", ".or", ".xor"};
  for (s64 how = kPlain; how <= kXor; ++how) {
    const std::string c = how == kPlain ? "" : "p";
    f.add("setp." + op + kCombine[how] + flush + "." + t, "PQhh" + c, Class::kCompare, compare_half<Type, F>, how);
    f.add("setp." + op + kCombine[how] + flush + "." + t + "x2", "PPww" + c, Class::kCompare, compare_halves<Type, F>, how);
  }
  f.add("set." + op + flush + "." + t + "x2." + t + "x2", "Www", Class::kCompare, set_halves<Type, F, Type::kOne>);
  f.add("set." + op + flush + "." + t + "." + t, "Hhh", Class::kCompare, set_half<Type, F, u16, Type::kOne>);
  for (const char* d : {".u32.", ".s32."}) {
    f.add("set." + op + flush + d + t + "x2", "Www", Class::kCompare, set_halves<Type, F, 0xFFFF>);
    f.add("set." + op + flush + d + t, "Whh", Class::kCompare, set_half<Type, F, u32, ~0u>);
  }
  for (const char* d : {".u16.", ".s16."}) f.add("set." + op + flush + d + t, "Hhh", Class::kCompare, set_half<Type, F, u16, 0xFFFF>);
}

template <class Type>
void add_comparisons(Forms& f, const std::string& t, const std::string& flush) {
  add_comparison<Type, [](double a, double b) { return a == b; }>(f, "eq", t, flush);
  add_comparison<Type, [](double a, double b) { return (a < b || a > b); }>(f, "ne", t, flush);
  add_comparison<Type, [](double a, double b) { return a < b; }>(f, "lt", t, flush);
  add_comparison<Type, [](double a, double b) { return a <= b; }>(f, "le", t, flush);
  add_comparison<Type, [](double a, double b) { return (a > b); }>(f, "gt", t, flush);
  add_comparison<Type, [](double a, double b) { return (a >= b); }>(f, "ge", t, flush);
  add_comparison<Type, [](double a, double b) { return !(a < b || a > b); }>(f, "equ", t, flush);
  add_comparison<Type, [](double a, double b) { return a != b; }>(f, "neu", t, flush);
  add_comparison<Type, [](double a, double b) { return !(a >= b); }>(f, "ltu", t, flush);
  add_comparison<Type, [](double a, double b) { return !(a > b); }>(f, "leu", t, flush);
  add_comparison<Type, [](double a, double b) { return !(a <= b); }>(f, "gtu", t, flush);
  add_comparison<Type, [](double a, double b) { return !(a < b); }>(f, "geu", t, flush);
  add_comparison<Type, [](double a, double b) { return a == a && b == b; }>(f, "num", t, flush);
  add_comparison<Type, [](double a, double b) { return a != a || b != b; }>(f, "nan", t, flush);
}
struct FlushedF16 : F16 {
  static double value(u16 b) { return F16::value(flushed16<F16>(b)); }
};

template <class Type>
void add_typed(Forms& f, const std::string& t) {
  for (const char* r : {"", ".rn"}) {
    add_pairs<one<Type, sum>>(f, std::string("add") + r, t, 2);
    add_pairs<one<Type, difference>>(f, std::string("sub") + r, t, 2);
    add_pairs<one<Type, product>>(f, std::string("mul") + r, t, 2);
  }
  add_pairs<one<Type, fused_odd>>(f, "fma.rn", t, 3);
  add_pairs<one<Type, fused_relu>>(f, "fma.rn.relu", t, 3);
  add_pairs<one<Type, clipped>>(f, "fma.rn.sat", t, 3);
  add_pairs<smaller<Type>>(f, "min", t, 2);
  add_pairs<larger<Type>>(f, "max", t, 2);
  add_pairs<with_nan<Type, smaller<Type>>>(f, "min.NaN", t, 2);
  add_pairs<with_nan<Type, larger<Type>>>(f, "max.NaN", t, 2);
  add_pairs<signed_magnitude<Type, smaller<Type>>>(f, "min.xorsign.abs", t, 2);
  add_pairs<signed_magnitude<Type, larger<Type>>>(f, "max.xorsign.abs", t, 2);
  add_pairs<negative<Type>>(f, "neg", t, 1);
  add_pairs<magnitude<Type>>(f, "abs", t, 1);
  add_pairs<tangent<Type>>(f, "tanh.approx", t, 1);
  add_comparisons<Type>(f, t, "");
}

// What only f16 has: .sat and .ftz of sums and products, .ftz elsewhere.
void add_f16(Forms& f) {
  for (const char* r : {"", ".rn"}) {
    const auto op = [r](const char* name, const char* more) { return std::string(name) + r + more; };
    add_pairs<flushing<F16, one<F16, sum>>>(f, op("add", ".ftz"), "f16", 2);
    add_pairs<flushing<F16, one<F16, difference>>>(f, op("sub", ".ftz"), "f16", 2);
    add_pairs<flushing<F16, one<F16, product>>>(f, op("mul", ".ftz"), "f16", 2);
    add_pairs<one<F16, clipped_sum>>(f, op("add", ".sat"), "f16", 2);
    add_pairs<one<F16, clipped_difference>>(f, op("sub", ".sat"), "f16", 2);
    add_pairs<one<F16, clipped_product>>(f, op("mul", ".sat"), "f16", 2);
  }
  add_pairs<flushing<F16, one<F16, fused_odd>>>(f, "fma.rn.ftz", "f16", 3);
  add_pairs<flushing<F16, one<F16, fused_relu>>>(f, "fma.rn.ftz.relu", "f16", 3);
  add_pairs<flushing<F16, one<F16, clipped>>>(f, "fma.rn.ftz.sat", "f16", 3);
  add_pairs<flushing<F16, smaller<F16>>>(f, "min.ftz", "f16", 2);
  add_pairs<flushing<F16, larger<F16>>>(f, "max.ftz", "f16", 2);
  add_pairs<flushing<F16, with_nan<F16, smaller<F16>>>>(f, "min.ftz.NaN", "f16", 2);
  add_pairs<flushing<F16, with_nan<F16, larger<F16>>>>(f, "max.ftz.NaN", "f16", 2);
  add_pairs<flushing<F16, negative<F16>>>(f, "neg.ftz", "f16", 1);
  add_pairs<flushing<F16, magnitude<F16>>>(f, "abs.ftz", "f16", 1);
  add_pairs<power2<F16>>(f, "ex2.approx", "f16", 1);
  add_comparisons<FlushedF16>(f, "f16", ".ftz");
}

}  // namespace

void add_half_forms(Forms& f) {
  add_typed<F16>(f, "f16");
  add_typed<Bf16>(f, "bf16");
  add_f16(f);
  add_pairs<flushing<Bf16, power2<Bf16>>>(f, "ex2.approx.ftz", "bf16", 1);
}

}  // namespace wz::software
