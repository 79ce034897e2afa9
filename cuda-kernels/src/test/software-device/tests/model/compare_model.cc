// setp, set: ordered comparisons are false and unordered ones true where an operand is NaN; num and nan ask for that alone.
#include "tests/model/model.h"

namespace wz::software::model {
namespace {

enum Order { kLess, kEqual, kGreater, kUnordered };

Order order_of(u64 a, u64 b, const Type& t, bool flush) {
  const Format* f = format_of(t);
  if (f == nullptr) {
    const s128 x = value_of(a, t), y = value_of(b, t);
    return x < y ? kLess : x > y ? kGreater : kEqual;
  }
  const u64 mask = f->bits() == 64 ? ~u64{0} : (u64{1} << f->bits()) - 1;
  Number x = number(a & mask, *f), y = number(b & mask, *f);
  if (x.nan() || y.nan()) return kUnordered;
  if (flush && x.kind == Number::kFinite && x.mantissa >> f->m == 0) x.mantissa = 0;
  if (flush && y.kind == Number::kFinite && y.mantissa >> f->m == 0) y.mantissa = 0;
  if (x.zero() && y.zero()) return kEqual;
  if (x.negative != y.negative) return x.negative ? kLess : kGreater;
  int magnitude;
  if (x.infinite() || y.infinite()) magnitude = static_cast<int>(x.infinite()) - static_cast<int>(y.infinite());
  else magnitude = compare_magnitudes(exact(x), exact(y));
  if (magnitude == 0) return kEqual;
  return (magnitude < 0) != x.negative ? kLess : kGreater;
}

std::optional<bool> holds(const std::string& op, Order o, bool floating) {
  const bool u = o == kUnordered;
  if (op == "eq") return o == kEqual;
  if (op == "ne") return o == kLess || o == kGreater;
  if (op == "lt" || (op == "lo" && !floating)) return o == kLess;
  if (op == "le" || (op == "ls" && !floating)) return o == kLess || o == kEqual;
  if (op == "gt" || (op == "hi" && !floating)) return o == kGreater;
  if (op == "ge" || (op == "hs" && !floating)) return o == kGreater || o == kEqual;
  if (!floating) return {};
  if (op == "equ") return o == kEqual || u;
  if (op == "neu") return o == kLess || o == kGreater || u;
  if (op == "ltu") return o == kLess || u;
  if (op == "leu") return o == kLess || o == kEqual || u;
  if (op == "gtu") return o == kGreater || u;
  if (op == "geu") return o == kGreater || o == kEqual || u;
  if (op == "num") return !u;
  if (op == "nan") return u;
  return {};
}

bool combined(const Parts& p, bool t, bool c) { return has(p, "and") ? t && c : has(p, "or") ? t || c : has(p, "xor") ? t != c : t; }

}  // namespace

std::optional<Model> compare_model(const Parts& p, const std::string&) {
  if ((p[0] != "setp" && p[0] != "set") || p.size() < 3) return {};
  const Type t = type_of(p.back());
  const bool floating = format_of(t) != nullptr, flush = has(p, "ftz");
  const std::string op = p[1];
  if (t.kind == 0 || !holds(op, kEqual, floating)) return {};
  const auto test = [=](const std::vector<u64>& s, int shift) { return *holds(op, order_of(s[0] >> shift, s[1] >> shift, t, flush), floating); };
  Model m;
  if (p[0] == "setp") {
    m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
      const bool c = s.size() > 2 && s[2] != 0;
      d[0].bits = combined(p, test(s, 0), c);
      d[1].bits = t.pair ? combined(p, test(s, 16), c) : combined(p, !test(s, 0), c);
    };
    return m;
  }
  const Type to = type_of(p[p.size() - 2]);
  if (to.kind == 0) return {};
  m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
    const bool c = s.size() > 2 && s[2] != 0;
    const Format* f = format_of(to);
    const u64 yes = f != nullptr ? static_cast<u64>(f->bias()) << f->m : (u64{1} << to.bits) - 1;
    d[0].bits = combined(p, test(s, 0), c) ? yes : 0;
    if (t.pair && to.pair) d[0].bits |= combined(p, test(s, 16), c) ? yes << 16 : 0;
    if (t.pair && !to.pair) d[0].bits = (combined(p, test(s, 0), c) ? 0xFFFF : 0) | (combined(p, test(s, 16), c) ? 0xFFFF0000 : 0);
  };
  return m;
}

}  // namespace wz::software::model
