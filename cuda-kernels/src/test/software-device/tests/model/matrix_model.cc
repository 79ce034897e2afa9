// mma.sync: which lane holds which element, by the documentation's formulas (groupID = lane / 4, threadID = lane % 4), and D = A B + C in exact
// numbers, rounded once. movmatrix.
#include <cmath>
#include "tests/model/model.h"

namespace wz::software::model {
namespace {

struct At {
  int row, column;
};

// Element i of A of a lane; `bits` of an element.
At in_a(int lane, int i, int k, int bits) {
  const int group = lane / 4, thread = lane % 4;
  if (bits == 16 && k == 8) return {i < 2 ? group : group + 8, thread * 2 + (i & 1)};
  if (bits == 16) return {(i < 2) || (i >= 4 && i < 6) ? group : group + 8, thread * 2 + (i & 1) + (i >= 4 ? 8 : 0)};
  if (bits == 32 && k == 4) return {i == 0 ? group : group + 8, thread};
  if (bits == 32) return {i == 0 || i == 2 ? group : group + 8, i < 2 ? thread : thread + 4};
  if (k == 16) return {i < 4 ? group : group + 8, thread * 4 + (i & 3)};
  return {(i < 4) || (i >= 8 && i < 12) ? group : group + 8, thread * 4 + (i & 3) + (i >= 8 ? 16 : 0)};
}
At in_b(int lane, int i, int k, int bits) {
  const int group = lane / 4, thread = lane % 4;
  if (bits == 16) return {thread * 2 + (i & 1) + (i >= 2 ? 8 : 0), group};
  if (bits == 32) return {i == 0 ? thread : thread + 4, group};
  return {thread * 4 + (i & 3) + (i >= 4 ? 16 : 0), group};
  (void)k;
}
At in_c(int lane, int i) { return {i < 2 ? lane / 4 : lane / 4 + 8, lane % 4 * 2 + (i & 1)}; }

struct Kind {
  const Format* format = nullptr;  // null: integers
  bool sign = false;
  int bits = 0;
};
Kind kind_of(const std::string& name) {
  if (name == "bf16") return {&kBf16, false, 16};
  if (name == "f16") return {&kF16, false, 16};
  if (name == "tf32") return {&kTf32, false, 32};
  if (name == "e4m3") return {&kE4m3, false, 8};
  if (name == "e5m2") return {&kE5m2, false, 8};
  if (name == "s8") return {nullptr, true, 8};
  if (name == "u8") return {nullptr, false, 8};
  return {};
}
Number element(u64 bits, const Kind& k) {
  if (k.format == &kTf32) return number(bits >> 13 & 0x7FFFF, kTf32);
  if (k.format != nullptr) return number(bits, *k.format);
  Number n;
  const s128 v = value_of(bits, {k.sign ? 's' : 'u', 8, false});
  n.negative = v < 0;
  n.mantissa = static_cast<u64>(v < 0 ? -v : v);
  return n;
}

double size_of(const Number& n) { return std::ldexp(static_cast<double>(n.mantissa), n.exponent); }

struct Sum {
  Exact value;
  double size = 0;  // of all terms
  bool nan = false, up = false, down = false;  // infinities
  void add_number(const Number& a) {
    if (a.nan()) nan = true;
    else if (a.infinite()) (a.negative ? down : up) = true;
    else value = add(value, exact(a)), size += size_of(a);
  }
  void add_product(const Number& a, const Number& b) {
    if (a.nan() || b.nan() || (a.infinite() && b.zero()) || (a.zero() && b.infinite())) nan = true;
    else if (a.infinite() || b.infinite()) (a.negative != b.negative ? down : up) = true;
    else value = add(value, product(a, b)), size += size_of(a) * size_of(b);
  }
};

void multiply(int k, const Kind& ka, const Kind& kb, const std::string& d, bool saturate, Warp& w) {
  const int bits = ka.bits, per = 32 / bits, registers_b = k / (4 * per), registers_a = 2 * registers_b;
  const size_t registers_c = d == "f16" ? 2 : 4;
  std::vector<std::vector<Number>> a(16, std::vector<Number>(static_cast<size_t>(k))), b(static_cast<size_t>(k), std::vector<Number>(8));
  const u64 mask = bits == 32 ? 0xFFFFFFFF : (u64{1} << bits) - 1;
  const auto take = [&](size_t source, int lane, int i) { return w.sources[source + static_cast<size_t>(i / per)][static_cast<size_t>(lane)] >> bits * (i % per) & mask; };
  for (int lane = 0; lane < 32; ++lane) {
    for (int i = 0; i < registers_a * per; ++i) {
      const At at = in_a(lane, i, k, bits);
      a[static_cast<size_t>(at.row)][static_cast<size_t>(at.column)] = element(take(0, lane, i), ka);
    }
    for (int i = 0; i < registers_b * per; ++i) {
      const At at = in_b(lane, i, k, bits);
      b[static_cast<size_t>(at.row)][static_cast<size_t>(at.column)] = element(take(static_cast<size_t>(registers_a), lane, i), kb);
    }
  }
  const size_t first_c = static_cast<size_t>(registers_a + registers_b);
  for (int lane = 0; lane < 32; ++lane) {
    for (int i = 0; i < 4; ++i) {
      const At at = in_c(lane, i);
      const size_t l = static_cast<size_t>(lane), reg = registers_c == 2 ? static_cast<size_t>(i / 2) : static_cast<size_t>(i);
      const u64 c = w.sources[first_c + reg][l] >> (registers_c == 2 ? 16 * (i % 2) : 0);
      Expected& e = w.results[reg][l];
      if (d == "s32") {
        s128 sum = value_of(c, {'s', 32, false});
        for (size_t j = 0; j < static_cast<size_t>(k); ++j) {
          const Number &x = a[static_cast<size_t>(at.row)][j], &y = b[j][static_cast<size_t>(at.column)];
          const s128 v = static_cast<s128>(x.mantissa) * static_cast<s128>(y.mantissa);
          sum += x.negative != y.negative ? -v : v;
        }
        const s128 least = -(static_cast<s128>(1) << 31), most = (static_cast<s128>(1) << 31) - 1;
        e.bits = low(saturate ? std::max(least, std::min(most, sum)) : sum, 32);
        continue;
      }
      const Format& f = d == "f16" ? kF16 : kF32;
      Sum sum;
      for (size_t j = 0; j < static_cast<size_t>(k); ++j) sum.add_product(a[static_cast<size_t>(at.row)][j], b[j][static_cast<size_t>(at.column)]);
      sum.add_number(number(d == "f16" ? c & 0xFFFF : c, f));
      const u64 r = sum.nan || (sum.up && sum.down) ? f.sign() - 1 : sum.up ? f.infinity() : sum.down ? f.infinity() | f.sign() : rounded(sum.value, f, Round::kNearestEven);
      // The device sums in double: what cancels leaves that much, and after one rounding the last place may differ.
      e.slack = std::max(e.slack, std::ldexp(sum.size, -47));
      e.kind = Expected::kNear;
      e.format = &f;
      e.ulps = 1;
      e.halves = d == "f16" ? 2 : 1;
      e.bits |= r << (d == "f16" ? 16 * (i % 2) : 0);
    }
  }
}

}  // namespace

std::optional<Model> matrix_model(const Parts& p, const std::string&) {
  Model m;
  m.whole_warp = true;
  if (p[0] == "movmatrix") {
    m.warp = [](Warp& w) {
      for (size_t l = 0; l < 32; ++l) {
        u64 d = 0;
        for (size_t h = 0; h < 2; ++h) {
          // Element (l/4, 2(l%4)+h) of the result is element (2(l%4)+h, l/4) of the source.
          const size_t row = 2 * (l % 4) + h, column = l / 4;
          d |= (w.sources[0][row * 4 + column / 2] >> 16 * (column % 2) & 0xFFFF) << 16 * h;
        }
        w.results[0][l].bits = d;
      }
    };
    return m;
  }
  if (p[0] != "mma" || p.size() < 10 || p[4] != "row" || p[5] != "col") return {};
  // mma.sync.aligned.m16n8kK.row.col{.satfinite}.d.a.b.c
  const int k = std::stoi(p[3].substr(6));
  const Kind a = kind_of(p[p.size() - 3]), b = kind_of(p[p.size() - 2]);
  const std::string d = p[p.size() - 4];
  if (a.bits == 0 || b.bits == 0 || p[3].compare(0, 6, "m16n8k") != 0 || (d != "f32" && d != "f16" && d != "s32")) return {};
  const bool saturate = has(p, "satfinite");
  m.warp = [=](Warp& w) { multiply(k, a, b, d, saturate, w); };
  return m;
}

}  // namespace wz::software::model
