// cvt: to integers rounded, then clamped, NaN gives 0; to floats one rounding; integers cut or clamped (.sat), then extended to the register.
#include "tests/model/model.h"

namespace wz::software::model {
namespace {

s128 whole(const Number& n, Round mode) {
  // Number to integer, clamped far outside every integer type.
  const s128 far = static_cast<s128>(1) << 100;
  if (n.nan()) return 0;
  if (n.infinite() || (n.mantissa != 0 && n.exponent > 64)) return n.negative ? -far : far;
  s128 v = static_cast<s128>(n.mantissa);
  if (n.exponent >= 0) {
    v <<= n.exponent;
  } else {
    const int shift = -n.exponent;
    const u128 m = static_cast<u128>(n.mantissa);
    const u128 kept = shift > 100 ? 0 : m >> shift, twice = shift > 100 ? (m != 0 ? 1 : 0) : (m - (kept << shift)) << 1;
    const u128 one = shift > 100 ? 4 : static_cast<u128>(1) << shift;
    bool up = false;
    switch (mode) {
      case Round::kNearestEven: up = twice > one || (twice == one && (kept & 1)); break;
      case Round::kNearestAway: up = twice >= one; break;
      case Round::kZero: break;
      case Round::kDown: up = n.negative && twice != 0; break;
      case Round::kUp: up = !n.negative && twice != 0; break;
    }
    v = static_cast<s128>(kept) + (up ? 1 : 0);
  }
  return n.negative ? -v : v;
}
s128 clamped(s128 v, const Type& t) {
  const s128 least = t.kind == 's' ? -(static_cast<s128>(1) << (t.bits - 1)) : 0, most = (static_cast<s128>(1) << (t.kind == 's' ? t.bits - 1 : t.bits)) - 1;
  return v < least ? least : v > most ? most : v;
}
u64 flushed(u64 bits, const Format& f, bool flush) { return flush && (bits & f.infinity()) == 0 ? bits & f.sign() : bits; }
u64 nan_of(const Format& f) { return f.finite_only ? 0x7F : f.sign() - 1; }

struct Rules {
  Round round;
  bool flush, saturate, finite, relu;
};

Expected to_float(u64 bits, const Format& from, const Format& to, const Rules& r, bool whole_number) {
  Expected e;
  const bool flush_from = r.flush && from.bits() == 32, flush_to = r.flush && to.bits() == 32;
  const Number n = number(flushed(bits, from, flush_from), from);
  if (n.nan()) {
    e.bits = nan_of(to);
    if (to.bits() == 64 || (from.bits() == to.bits() && !whole_number)) e.kind = Expected::kNan, e.format = to.bits() == 64 ? &kF64 : to.bits() == 32 ? &kF32 : &kF16;
    if (r.saturate) e = {};
    return e;
  }
  if (n.infinite()) {
    // A type without infinity, and .satfinite, have the largest number instead.
    e.bits = (n.negative ? to.sign() : 0) | (to.finite_only ? 0x7E : r.finite ? to.infinity() - 1 : to.infinity());
  } else if (whole_number) {
    const s128 v = whole(n, r.round);
    if (n.exponent >= 0) e.bits = rounded(exact(n), to, Round::kNearestEven);
    else if (v == 0) e.bits = n.negative ? to.sign() : 0;
    else e.bits = rounded(exact(v < 0, static_cast<u128>(v < 0 ? -v : v), 0), to, Round::kNearestEven);
  } else {
    e.bits = rounded(exact(n), to, r.round);
    if (r.finite && !to.finite_only && (e.bits & ~to.sign()) == to.infinity()) e.bits -= 1;
  }
  e.bits = flushed(e.bits, to, flush_to);
  if (r.relu && (e.bits & to.sign())) e.bits = 0;
  if (r.saturate) {
    const u64 one = static_cast<u64>(to.bias()) << to.m;
    e.bits = e.bits & to.sign() ? 0 : e.bits > one ? one : e.bits;
  }
  return e;
}

// tf32 has the bits of an f32 with the lower 13 zero; NaN is all ones.
Expected to_tf32(u64 bits, Round round, bool relu, bool finite) {
  const Number n = number(bits, kF32);
  Expected e;
  if (n.nan()) e.bits = 0x7FFFFFFF;
  else if (n.infinite()) e.bits = finite ? (bits & 0x80000000) | 0x7F7FE000 : bits;
  else e.bits = rounded(exact(n), kTf32, round) << 13;
  if (!n.infinite() && finite && (e.bits & 0x7FFFFFFF) == 0x7F800000) e.bits -= 0x2000;
  if (relu && !n.nan() && (e.bits & 0x80000000)) e.bits = 0;
  return e;
}

}  // namespace

std::optional<Model> convert_model(const Parts& p, const std::string& signature) {
  if (p[0] != "cvt" || p.size() < 3) return {};
  const Rules r{round_of(p), has(p, "ftz"), has(p, "sat"), has(p, "satfinite"), has(p, "relu")};
  Model m;
  if (p[1] == "pack") {  // cvt.pack.sat.s8.s32.b32 d, a, b, c: {c's rest, a, b} from the top
    const Type to = type_of(p[3]), from = type_of(p[4]);
    const bool rest = p.size() == 6;
    m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
      const u64 a = low(clamped(value_of(s[0], from), to), to.bits), b = low(clamped(value_of(s[1], from), to), to.bits);
      d[0].bits = a << to.bits | b | (rest ? s[2] << 2 * to.bits & 0xFFFFFFFF : 0);
    };
    return m;
  }
  const Type to = type_of(p[p.size() - 2]), from = type_of(p.back());
  const Format *tf = format_of(to), *ff = format_of(from);
  const int register_bits = signature[0] == 'H' ? 16 : signature[0] == 'W' ? 32 : 64;
  if (to.kind == 0 || from.kind == 0) return {};
  if (to.kind == 't') {
    m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) { d[0] = to_tf32(s[0], r.round, r.relu, r.finite); };
  } else if (tf == nullptr && ff == nullptr) {
    m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
      const s128 v = value_of(s[0], from);
      d[0].bits = low(value_of(low(r.saturate ? clamped(v, to) : v, to.bits), to), register_bits);
    };
  } else if (tf == nullptr) {
    m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
      d[0].bits = low(clamped(whole(number(flushed(s[0], *ff, r.flush && from.bits == 32), *ff), r.round), to), register_bits);
    };
  } else if (ff == nullptr) {
    m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
      const s128 v = value_of(s[0], from);
      d[0].bits = rounded(exact(v < 0, static_cast<u128>(v < 0 ? -v : v), 0), *tf, r.round);
      if (r.saturate) d[0].bits = v <= 0 ? 0 : static_cast<u64>(tf->bias()) << tf->m;
    };
  } else if (to.pair) {
    // Two sources, the first for the upper half; or one that holds both.
    m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
      const u64 mask = ff->bits() >= 64 ? ~u64{0} : (u64{1} << ff->bits()) - 1;
      const u64 upper = from.pair ? s[0] >> ff->bits() & mask : s[0], lower = from.pair ? s[0] & mask : s[1];
      d[0].bits = to_float(upper, *ff, *tf, r, false).bits << tf->bits() | to_float(lower, *ff, *tf, r, false).bits;
    };
  } else {
    bool whole_number = has(p, "rni") || has(p, "rzi") || has(p, "rmi") || has(p, "rpi");
    m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) { d[0] = to_float(s[0], *ff, *tf, r, whole_number); };
  }
  return m;
}

}  // namespace wz::software::model
