// f16, bf16 and their pairs: each operation in float or double, which hold it exactly, then one rounding.
#include "operations/forms.h"
#include "operations/small_floats.h"

namespace wz::software {
namespace {

struct F16 {
  static double value(u16 b) { return float_of_f16(b); }
  static u16 bits(double v) { return f16_of(v); }
  static constexpr u16 kOne = 0x3C00;
};
struct Bf16 {
  static double value(u16 b) { return float_of_bf16(b); }
  static u16 bits(double v) { return bf16_of(v); }
  static constexpr u16 kOne = 0x3F80;
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
double clipped(double a, double b, double c) {
  const double v = fused_odd(a, b, c);
  return v > 0 ? (v < 1 ? v : 1) : 0;
}

template <class Type, double (*F)(double, double, double)>
u16 one(u16 a, u16 b, u16 c) {
  return Type::bits(F(Type::value(a), Type::value(b), Type::value(c)));
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

template <class Type, auto F>
u32 compare_pair(const Warp& w, const Instruction& i, int half) {
  u32 r = 0;
  for (int l = 0; l < kLanes; ++l) {
    const double a = Type::value(static_cast<u16>(in<u32>(w, i.r[2])[l] >> 16 * half));
    const double b = Type::value(static_cast<u16>(in<u32>(w, i.r[3])[l] >> 16 * half));
    r |= F(a, b) ? 1u << l : 0;
  }
  return r;
}
template <class Type, auto F>
void compare_halves(Warp& w, const Instruction& i) {
  const u32 p = compare_pair<Type, F>(w, i, 0), q = compare_pair<Type, F>(w, i, 1);
  put_bits(w, i.r[0], p);
  put_bits(w, i.r[1], q);
}
template <class Type, auto F>
void compare_half(Warp& w, const Instruction& i) {
  u32 p = 0;
  for (int l = 0; l < kLanes; ++l) p |= F(Type::value(in<u16>(w, i.r[2])[l]), Type::value(in<u16>(w, i.r[3])[l])) ? 1u << l : 0;
  put_bits(w, i.r[0], p);
  put_bits(w, i.r[1], ~p);
}
template <class Type, auto F>
void set_halves(Warp& w, const Instruction& i) {
  each_lane<u32>(w, i.r[0], [](u32 a, u32 b) {
    u32 r = 0;
    for (int h = 0; h < 2; ++h) r |= F(Type::value(static_cast<u16>(a >> 16 * h)), Type::value(static_cast<u16>(b >> 16 * h))) ? static_cast<u32>(Type::kOne) << 16 * h : 0;
    return r;
  }, Source<u32>(w, i.r[1]), Source<u32>(w, i.r[2]));
}

template <class Type, auto F>
void add_comparison(Forms& f, const std::string& op, const std::string& t) {
  f.add("setp." + op + "." + t, "PQhh", Class::kCompare, compare_half<Type, F>);
  f.add("setp." + op + "." + t + "x2", "PPww", Class::kCompare, compare_halves<Type, F>);
  f.add("set." + op + "." + t + "x2." + t + "x2", "Www", Class::kCompare, set_halves<Type, F>);
}

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
  add_pairs<negative<Type>>(f, "neg", t, 1);
  add_pairs<magnitude<Type>>(f, "abs", t, 1);
  add_pairs<power2<Type>>(f, t == "f16" ? "ex2.approx" : "ex2.approx.ftz", t, 1);
  add_pairs<tangent<Type>>(f, "tanh.approx", t, 1);
  add_comparison<Type, [](double a, double b) { return a == b; }>(f, "eq", t);
  add_comparison<Type, [](double a, double b) { return (a < b || a > b); }>(f, "ne", t);
  add_comparison<Type, [](double a, double b) { return a < b; }>(f, "lt", t);
  add_comparison<Type, [](double a, double b) { return a <= b; }>(f, "le", t);
  add_comparison<Type, [](double a, double b) { return (a > b); }>(f, "gt", t);
  add_comparison<Type, [](double a, double b) { return (a >= b); }>(f, "ge", t);
  add_comparison<Type, [](double a, double b) { return a != b; }>(f, "neu", t);
  add_comparison<Type, [](double a, double b) { return a != a || b != b; }>(f, "nan", t);
}

}  // namespace

void add_half_forms(Forms& f) {
  add_typed<F16>(f, "f16");
  add_typed<Bf16>(f, "bf16");
}

}  // namespace wz::software
