// Floating point arithmetic in exact numbers, rounded once; what IEEE and PTX say of NaN, infinities, zeros, .ftz, .sat, min and max.
#include "tests/model/model.h"

namespace wz::software::model {
namespace {

u64 nan_of(const Format& f) { return f.bits() == 64 ? 0x7FF8000000000000ull : f.sign() - 1; }

struct Rules {
  Format f;
  Round round = Round::kNearestEven;
  bool flush = false, saturate = false, relu = false;
};

u64 flushed(u64 bits, const Rules& r) {
  const Number n = number(bits, r.f);
  return r.flush && n.kind == Number::kFinite && n.mantissa >> r.f.m == 0 ? bits & r.f.sign() : bits;
}
Expected finish(u64 bits, const Rules& r) {
  bits = flushed(bits, r);
  const Number n = number(bits, r.f);
  Expected e;
  const u64 one = static_cast<u64>(r.f.bias()) << r.f.m;
  if (r.saturate) {
    e.bits = n.nan() || n.negative ? 0 : bits > one ? one : bits;
  } else if (r.relu && !n.nan()) {
    e.bits = n.negative ? 0 : bits;
  } else if (n.nan()) {
    // f32, f16 and bf16 have one NaN for results; the payload of f64 is open.
    e.bits = nan_of(r.f);
    e.kind = r.f.bits() == 64 ? Expected::kNan : Expected::kBits;
  } else {
    e.bits = bits;
  }
  return e;
}

u64 infinity(bool negative, const Format& f) { return f.infinity() | (negative ? f.sign() : 0); }
u64 zero(bool negative, const Format& f) { return negative ? f.sign() : 0; }

u64 sum(const Number& a, const Number& b, const Rules& r) {
  if (a.nan() || b.nan() || (a.infinite() && b.infinite() && a.negative != b.negative)) return nan_of(r.f);
  if (a.infinite()) return infinity(a.negative, r.f);
  if (b.infinite()) return infinity(b.negative, r.f);
  return rounded(add(exact(a), exact(b), r.round), r.f, r.round);
}
u64 times(const Number& a, const Number& b, const Rules& r) {
  const bool negative = a.negative != b.negative;
  if (a.nan() || b.nan() || (a.infinite() && b.zero()) || (a.zero() && b.infinite())) return nan_of(r.f);
  if (a.infinite() || b.infinite()) return infinity(negative, r.f);
  return rounded(product(a, b), r.f, r.round);
}
u64 fused(const Number& a, const Number& b, const Number& c, const Rules& r) {
  const bool negative = a.negative != b.negative;
  if (a.nan() || b.nan() || c.nan() || (a.infinite() && b.zero()) || (a.zero() && b.infinite())) return nan_of(r.f);
  if (a.infinite() || b.infinite()) return c.infinite() && c.negative != negative ? nan_of(r.f) : infinity(negative, r.f);
  if (c.infinite()) return infinity(c.negative, r.f);
  return rounded(add(product(a, b), exact(c), r.round), r.f, r.round);
}
u64 over(const Number& a, const Number& b, const Rules& r) {
  const bool negative = a.negative != b.negative;
  if (a.nan() || b.nan() || (a.infinite() && b.infinite()) || (a.zero() && b.zero())) return nan_of(r.f);
  if (a.infinite() || b.zero()) return infinity(negative, r.f);
  if (b.infinite() || a.zero()) return zero(negative, r.f);
  return rounded(quotient(a, b), r.f, r.round);
}
u64 square_root(const Number& a, const Rules& r) {
  if (a.nan() || (a.negative && !a.zero())) return nan_of(r.f);
  if (a.zero()) return zero(a.negative, r.f);
  if (a.infinite()) return infinity(false, r.f);
  return rounded(root(a), r.f, r.round);
}
bool less(const Number& a, const Number& b) {  // neither is NaN; -0 < +0
  if (a.negative != b.negative) return a.negative;
  if (a.infinite() || b.infinite()) return a.negative ? a.infinite() && !b.infinite() : b.infinite() && !a.infinite();
  const int order = compare_magnitudes(exact(a), exact(b));
  return a.negative ? order > 0 : order < 0;
}

Model values(const Rules& r, int sources, bool pair, std::function<Expected(const std::vector<u64>&)> f) {
  Model m;
  const int bits = r.f.bits();
  m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
    if (!pair) {
      d[0] = f(s);
      return;
    }
    Expected both;
    for (int h = 0; h < 2; ++h) {
      std::vector<u64> half;
      for (int k = 0; k < sources; ++k) half.push_back(s[static_cast<size_t>(k)] >> bits * h & ((u64{1} << bits) - 1));
      const Expected e = f(half);
      if (e.kind != Expected::kBits) both.kind = e.kind, both.format = e.format, both.ulps = e.ulps;
      both.halves = 2;
      both.bits |= e.bits << bits * h;
    }
    d[0] = both;
  };
  return m;
}

}  // namespace

std::optional<Model> float_model(const Parts& p, const std::string&) {
  const std::string& op = p[0];
  const Type t = type_of(p.back());
  const Format* format = format_of(t);
  if (format == nullptr || t.kind == 'e' || t.kind == 'E' || t.kind == 't' || has(p, "approx") || has(p, "full")) return {};
  const Rules r{*format, round_of(p), has(p, "ftz"), has(p, "sat"), has(p, "relu")};
  const auto n = [r](const std::vector<u64>& s, size_t k) { return number(flushed(s[k], r), r.f); };
  if (op == "add") return values(r, 2, t.pair, [=](const std::vector<u64>& s) { return finish(sum(n(s, 0), n(s, 1), r), r); });
  if (op == "sub") {
    return values(r, 2, t.pair, [=](const std::vector<u64>& s) {
      Number b = n(s, 1);
      b.negative = !b.negative;
      return finish(sum(n(s, 0), b, r), r);
    });
  }
  if (op == "mul") return values(r, 2, t.pair, [=](const std::vector<u64>& s) { return finish(times(n(s, 0), n(s, 1), r), r); });
  if (op == "fma" || op == "mad") return values(r, 3, t.pair, [=](const std::vector<u64>& s) { return finish(fused(n(s, 0), n(s, 1), n(s, 2), r), r); });
  if (op == "div") return values(r, 2, false, [=](const std::vector<u64>& s) { return finish(over(n(s, 0), n(s, 1), r), r); });
  if (op == "rcp") return values(r, 1, false, [=](const std::vector<u64>& s) { return finish(over(number(static_cast<u64>(r.f.bias()) << r.f.m, r.f), n(s, 0), r), r); });
  if (op == "sqrt") return values(r, 1, false, [=](const std::vector<u64>& s) { return finish(square_root(n(s, 0), r), r); });
  if (op == "min" || op == "max") {
    const bool least = op == "min", with_nan = has(p, "NaN"), xorsign = has(p, "xorsign");
    return values(r, 2, t.pair, [=](const std::vector<u64>& s) {
      u64 a = flushed(s[0], r), b = flushed(s[1], r);
      const u64 sign = (a ^ b) & r.f.sign();
      if (xorsign) a &= ~r.f.sign(), b &= ~r.f.sign();
      const Number x = number(a, r.f), y = number(b, r.f);
      u64 d;
      if ((x.nan() && y.nan()) || (with_nan && (x.nan() || y.nan()))) return finish(nan_of(r.f), r);
      if (x.nan()) d = b;
      else if (y.nan()) d = a;
      else d = less(x, y) == least ? a : b;
      return finish(xorsign ? d | sign : d, r);
    });
  }
  if (op == "abs" || op == "neg") {
    return values(r, 1, t.pair, [=](const std::vector<u64>& s) {
      const u64 a = flushed(s[0], r);
      Expected e = finish(op == "abs" ? a & ~r.f.sign() : a ^ r.f.sign(), r);
      if (number(a, r.f).nan()) e.kind = Expected::kNan, e.format = format_of(t);  // an unspecified NaN
      return e;
    });
  }
  if (op == "copysign") {  // the sign of a, the rest of b
    return values(r, 2, false, [=](const std::vector<u64>& s) {
      Expected e;
      e.bits = (s[0] & r.f.sign()) | (s[1] & ~r.f.sign());
      return e;
    });
  }
  if (op == "testp") {
    const std::string what = p[1];
    return values(r, 1, false, [=](const std::vector<u64>& s) {
      const Number x = number(s[0], r.f);
      Expected e;
      const bool finite = x.kind == Number::kFinite, small = finite && x.mantissa >> r.f.m == 0;
      // Zero is a normal number to testp.
      e.bits = what == "finite" ? finite : what == "infinite" ? x.infinite() : what == "number" ? !x.nan() : what == "notanumber" ? x.nan() : what == "normal" ? finite && (!small || x.zero()) : small && !x.zero();
      return e;
    });
  }
  return {};
}

}  // namespace wz::software::model
