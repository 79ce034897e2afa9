// The approximate functions. The documentation bounds their error; this device promises more: the function rounded once, so one unit in the
// last place of a long double's. Special values come out of the function itself and of the documentation's tables.
#include <cmath>
#include <limits>
#include "tests/model/model.h"

namespace wz::software::model {
namespace {

long double real(u64 bits, const Format& f) {
  const Number n = number(bits, f);
  if (n.nan()) return std::numeric_limits<long double>::quiet_NaN();
  const long double v = n.infinite() ? std::numeric_limits<long double>::infinity() : std::ldexp(static_cast<long double>(n.mantissa), n.exponent);
  return n.negative ? -v : v;
}
u64 bits_of(long double v, const Format& f) {
  if (std::isnan(v)) return f.bits() == 64 ? 0x7FF8000000000000ull : f.sign() - 1;
  if (std::isinf(v)) return f.infinity() | (v < 0 ? f.sign() : 0);
  if (v == 0) return std::signbit(v) ? f.sign() : 0;
  int e;
  const long double m = std::frexp(std::fabs(v), &e);
  if (e > f.bias() + 2) return f.infinity() | (v < 0 ? f.sign() : 0);
  if (e < -f.bias() - f.m - 4) return v < 0 ? f.sign() : 0;
  return rounded(exact(v < 0, static_cast<u64>(std::ldexp(m, 64)), e - 64), f, Round::kNearestEven);
}
u64 flushed(u64 bits, const Format& f, bool flush) { return flush && (bits & f.infinity()) == 0 ? bits & f.sign() : bits; }

}  // namespace

std::optional<Model> approximate_model(const Parts& p, const std::string&) {
  if (!has(p, "approx") && !has(p, "full")) return {};
  const Type t = type_of(p.back());
  const Format* f = format_of(t);
  if (f == nullptr) return {};
  const bool flush = has(p, "ftz");
  std::function<long double(long double, long double)> g;
  const std::string& op = p[0];
  if (op == "ex2") g = [](long double a, long double) { return std::exp2(a); };
  else if (op == "lg2") g = [](long double a, long double) { return std::log2(a); };
  else if (op == "sin") g = [](long double a, long double) { return std::sin(a); };
  else if (op == "cos") g = [](long double a, long double) { return std::cos(a); };
  else if (op == "rcp") g = [](long double a, long double) { return 1 / a; };
  else if (op == "rsqrt") g = [](long double a, long double) { return 1 / std::sqrt(a); };
  else if (op == "sqrt") g = [](long double a, long double) { return std::sqrt(a); };
  else if (op == "tanh") g = [](long double a, long double) { return std::tanh(a); };
  else if (op == "div") {
    const bool approximate = has(p, "approx");
    // For 2^126 < |b| < 2^128 div.approx gives 0, and NaN where a is an infinity.
    g = [approximate](long double a, long double b) {
      if (approximate && std::fabs(b) > 0x1p126L && !std::isinf(b)) return std::isinf(a) ? std::numeric_limits<long double>::quiet_NaN() : std::isnan(a) ? a : std::copysign(0.0L, std::signbit(a) != std::signbit(b) ? -1.0L : 1.0L);
      return a / b;
    };
  } else {
    return {};
  }
  Model m;
  const bool upper_half = f->bits() == 64;
  m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
    const int bits = f->bits(), parts = t.pair ? 2 : 1;
    Expected e;
    e.format = f;
    e.kind = Expected::kNear;
    e.ulps = 1;
    e.halves = parts;
    for (int h = 0; h < parts; ++h) {
      const u64 a = s[0] >> bits * h & (bits == 64 ? ~u64{0} : (u64{1} << bits) - 1), b = s.size() > 1 ? s[1] : 0;
      // rcp and rsqrt of f64 give an upper half alone, and with .ftz look at no more.
      const u64 upper = upper_half ? ~u64{0xFFFFFFFF} : ~u64{0};
      const long double v = g(real(flushed(flush ? a & upper : a, *f, flush), *f), real(flushed(b, *f, flush), *f));
      const u64 r = flushed(bits_of(v, *f), *f, flush);
      e.bits |= (r & (std::isnan(v) ? ~u64{0} : upper)) << bits * h;
      if (upper_half) e.ulps = std::numeric_limits<int>::max(), e.halves = -32;  // one unit of the upper half
    }
    d[0] = e;
  };
  return m;
}

}  // namespace wz::software::model
