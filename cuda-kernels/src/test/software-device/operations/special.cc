// The approximate functions. Their value here is defined: the function in double precision, rounded once to f32. The hardware's lies within
// the bounds of the PTX documentation around it, so nothing may lean on these bits. `approx` without .ftz keeps subnormals, as documented.
#include "operations/float_rules.h"
#include "operations/forms.h"

namespace wz::software {
namespace {

template <auto F>
void add_approximate(Forms& f, const std::string& op) {
  add_lanewise<[](float a) { return canonical(static_cast<float>(F(static_cast<double>(a)))); }, float, float>(f, op + ".approx.f32", Class::kSpecial);
  add_lanewise<[](float a) { return canonical(flushed(static_cast<float>(F(static_cast<double>(flushed(a)))))); }, float, float>(f, op + ".approx.ftz.f32", Class::kSpecial);
}

// 2^x in double, relative error below 1e-11: 2^round(x) times a polynomial of the remainder in [-1/2, 1/2].
inline double exp2_double(double x) {
  x = x < -1000 ? -1000 : x > 1000 ? 1000 : x;  // NaN passes both
  const double whole = std::nearbyint(x == x ? x : 0.0);
  const double r = (x - whole) * 0.69314718055994530942;
  double p = 1.0 / 479001600;
  p = p * r + 1.0 / 39916800;
  p = p * r + 1.0 / 3628800;
  p = p * r + 1.0 / 362880;
  p = p * r + 1.0 / 40320;
  p = p * r + 1.0 / 5040;
  p = p * r + 1.0 / 720;
  p = p * r + 1.0 / 120;
  p = p * r + 1.0 / 24;
  p = p * r + 1.0 / 6;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  const u64 scale = static_cast<u64>(static_cast<s64>(whole) + 1023) << 52;
  return p * std::bit_cast<double>(scale);
}

// div.approx divides by a huge number as if it were infinite.
inline float divided(float a, float b) {
  const float huge = std::fabs(b) > 0x1p126f ? std::copysign(float_of(0x7F800000u), b) : b;
  return static_cast<float>(static_cast<double>(a) / huge);
}
inline double upper_half(double v) { return std::bit_cast<double>(std::bit_cast<u64>(v) & 0xFFFFFFFF00000000ull); }
inline double flushed64(double v) { return (std::bit_cast<u64>(v) & 0x7FF0000000000000ull) == 0 ? std::bit_cast<double>(std::bit_cast<u64>(v) & 0x8000000000000000ull) : v; }

}  // namespace

void add_special_forms(Forms& f) {
  add_approximate<[](double a) { return exp2_double(a); }>(f, "ex2");
  add_approximate<[](double a) { return std::log2(a); }>(f, "lg2");
  add_approximate<[](double a) { return std::sin(a); }>(f, "sin");
  add_approximate<[](double a) { return std::cos(a); }>(f, "cos");
  add_approximate<[](double a) { return 1 / a; }>(f, "rcp");
  add_approximate<[](double a) { return 1 / std::sqrt(a); }>(f, "rsqrt");
  add_approximate<[](double a) { return std::sqrt(a); }>(f, "sqrt");
  add_lanewise<[](float a) { return canonical(static_cast<float>(std::tanh(static_cast<double>(a)))); }, float, float>(f, "tanh.approx.f32", Class::kSpecial);
  add_lanewise<[](float a, float b) { return canonical(static_cast<float>(static_cast<double>(a) / b)); }, float, float, float>(f, "div.full.f32", Class::kSpecial);
  add_lanewise<[](float a, float b) { return canonical(flushed(static_cast<float>(static_cast<double>(flushed(a)) / flushed(b)))); }, float, float, float>(f, "div.full.ftz.f32", Class::kSpecial);
  add_lanewise<[](float a, float b) { return canonical(divided(a, b)); }, float, float, float>(f, "div.approx.f32", Class::kSpecial);
  add_lanewise<[](float a, float b) { return canonical(flushed(divided(flushed(a), flushed(b)))); }, float, float, float>(f, "div.approx.ftz.f32", Class::kSpecial);
  // f64 with .ftz: from the upper half of the operand the upper half of the result, the rest zero.
  add_lanewise<[](double a) { return upper_half(flushed64(1 / flushed64(upper_half(a)))); }, double, double>(f, "rcp.approx.ftz.f64", Class::kSpecial);
  add_lanewise<[](double a) { return upper_half(1 / std::sqrt(flushed64(upper_half(a)))); }, double, double>(f, "rsqrt.approx.ftz.f64", Class::kSpecial);
  add_lanewise<[](double a) { return upper_half(1 / std::sqrt(a)); }, double, double>(f, "rsqrt.approx.f64", Class::kSpecial);
}

}  // namespace wz::software
