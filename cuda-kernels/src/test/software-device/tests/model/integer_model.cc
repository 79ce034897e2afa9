// Integer arithmetic, logic, shifts, bit fields: in 128 bits, then cut to the width.
#include "tests/model/model.h"

namespace wz::software::model {

Type type_of(const std::string& word) {
  if (word == "bf16") return {'B', 16, false};
  if (word == "bf16x2") return {'B', 16, true};
  if (word == "tf32") return {'t', 32, false};
  if (word == "e4m3x2") return {'e', 8, true};
  if (word == "e5m2x2") return {'E', 8, true};
  if (word.size() < 2 || std::string("busf").find(word[0]) == std::string::npos) return {};
  const size_t x = word.find('x');
  const std::string n = word.substr(1, x == std::string::npos ? x : x - 1);
  if (n != "8" && n != "16" && n != "32" && n != "64") return {};
  return {word[0], std::stoi(n), x != std::string::npos};
}
const Format* format_of(const Type& t) {
  switch (t.kind) {
    case 'f': return t.bits == 16 ? &kF16 : t.bits == 32 ? &kF32 : &kF64;
    case 'B': return &kBf16;
    case 't': return &kTf32;
    case 'e': return &kE4m3;
    case 'E': return &kE5m2;
    default: return nullptr;
  }
}

namespace {

using F = std::function<s128(const std::vector<u64>&)>;

Model lanewise(int bits, F f) {
  Model m;
  m.lane = [bits, f](const std::vector<u64>& s, std::vector<Expected>& r) { r[0].bits = low(f(s), bits); };
  return m;
}
Model pairwise(const Type& t, std::function<s128(s128, s128)> f) {
  return lanewise(32, [t, f](const std::vector<u64>& s) {
    const u64 high = low(f(value_of(s[0] >> 16, t), value_of(s[1] >> 16, t)), 16), lower = low(f(value_of(s[0], t), value_of(s[1], t)), 16);
    return static_cast<s128>(high << 16 | lower);
  });
}
s128 clamp(s128 v, s128 least, s128 most) { return v < least ? least : v > most ? most : v; }

// With a carry: the incoming one is the last source, the outgoing one the last result.
std::optional<Model> carry_model(const Parts& p, const Type& t) {
  const std::string op = p[0];
  const bool in = op == "addc" || op == "subc" || op == "madc", subtract = op[0] == 's', multiply = op[0] == 'm', upper = has(p, "hi");
  Model m;
  m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& r) {
    const s128 carry = in ? static_cast<s128>(s.back()) : 0;
    const u64 mask = t.bits == 64 ? ~u64{0} : (u64{1} << t.bits) - 1;
    s128 v;
    if (multiply) {
      const s128 wide = value_of(s[0], t) * value_of(s[1], t);
      const u64 part = low(upper ? wide >> t.bits : wide, t.bits);
      v = static_cast<s128>(part) + static_cast<s128>(s[2] & mask) + carry;
    } else {
      const s128 a = static_cast<s128>(s[0] & mask), b = static_cast<s128>(s[1] & mask);
      v = subtract ? a - b - carry : a + b + carry;
    }
    r[0].bits = low(v, t.bits);
    if (has(p, "cc")) r[1].bits = (v < 0 || v >> t.bits != 0) ? 1 : 0;
  };
  return m;
}

u64 fields(const std::string& op, const Type& t, const std::vector<u64>& s) {
  const int n = t.bits;
  const auto bit = [](u64 v, int k) { return v >> k & 1; };
  if (op == "bfe") {
    const int at = static_cast<int>(s[1] & 0xFF), length = static_cast<int>(s[2] & 0xFF);
    u64 sign = 0;
    if (t.kind == 's' && length > 0) sign = bit(s[0], std::min(at + length - 1, n - 1));
    u64 d = 0;
    for (int k = 0; k < n; ++k) d |= (k < length && at + k < n ? bit(s[0], at + k) : sign) << k;
    return d;
  }
  if (op == "bfi") {
    const int at = static_cast<int>(s[2] & 0xFF), length = static_cast<int>(s[3] & 0xFF);
    u64 d = s[1];
    for (int k = 0; k < length && at + k < n; ++k) d = (d & ~(u64{1} << (at + k))) | bit(s[0], k) << (at + k);
    return d;
  }
  u64 d = 0;
  for (int k = 0; k < n; ++k) d |= bit(s[0], k) << (n - 1 - k);  // brev
  return d;
}

u64 permute(const std::string& mode, u64 a, u64 b, u64 c) {
  const u64 all = (b & 0xFFFFFFFF) << 32 | (a & 0xFFFFFFFF);
  // From the documentation's table: the source byte of each result byte (highest first) for c & 3 = 0..3.
  struct Row {
    const char* mode;
    int bytes[4][4];
  };
  static const Row kRows[] = {{"f4e", {{3, 2, 1, 0}, {4, 3, 2, 1}, {5, 4, 3, 2}, {6, 5, 4, 3}}},  {"b4e", {{5, 6, 7, 0}, {6, 7, 0, 1}, {7, 0, 1, 2}, {0, 1, 2, 3}}},
                              {"rc8", {{0, 0, 0, 0}, {1, 1, 1, 1}, {2, 2, 2, 2}, {3, 3, 3, 3}}},  {"ecl", {{3, 2, 1, 0}, {3, 2, 1, 1}, {3, 2, 2, 2}, {3, 3, 3, 3}}},
                              {"ecr", {{0, 0, 0, 0}, {1, 1, 1, 0}, {2, 2, 1, 0}, {3, 2, 1, 0}}},  {"rc16", {{1, 0, 1, 0}, {3, 2, 3, 2}, {1, 0, 1, 0}, {3, 2, 3, 2}}}};
  u64 d = 0;
  for (int k = 0; k < 4; ++k) {
    int from = static_cast<int>(c >> 4 * k & 7);
    bool sign = (c >> 4 * k & 8) != 0;
    for (const Row& r : kRows) {
      if (mode == r.mode) from = r.bytes[c & 3][3 - k], sign = false;
    }
    u64 byte = all >> 8 * from & 0xFF;
    if (sign) byte = byte & 0x80 ? 0xFF : 0;
    d |= byte << 8 * k;
  }
  return d;
}

int highest(u64 v) { return v == 0 ? -1 : 63 - __builtin_clzll(v); }

}  // namespace

std::optional<Model> integer_model(const Parts& p, const std::string&) {
  const std::string& op = p[0];
  const Type t = type_of(p.back());
  if (op == "prmt") {
    const std::string mode = p.size() == 3 ? p[2] : "";
    return lanewise(32, [mode](const std::vector<u64>& s) { return permute(mode, s[0], s[1], s[2]); });
  }
  if (op == "lop3") {
    Model m;
    m.immediates = {0x96, 0xE8, 0xCA, 0x80, 0xFE, 0x1B, 0x00, 0xFF, 0xF0, 0xCC, 0xAA, 0x57, 0x2E, 0x6A};
    m.lane = [](const std::vector<u64>& s, std::vector<Expected>& r) {
      for (int k = 0; k < 32; ++k) {
        const u64 row = (s[0] >> k & 1) << 2 | (s[1] >> k & 1) << 1 | (s[2] >> k & 1);
        r[0].bits |= (s[3] >> row & 1) << k;
      }
    };
    return m;
  }
  if (op == "dp4a" || op == "dp2a") {
    const Type a = {p[p.size() - 2][0], 8, false}, b = {p.back()[0], 8, false};
    const bool two = op == "dp2a", upper = has(p, "hi");
    return lanewise(32, [=](const std::vector<u64>& s) {
      s128 d = static_cast<s128>(s[2]);
      for (int k = 0; k < (two ? 2 : 4); ++k) {
        const Type wide = {a.kind, 16, false};
        d += (two ? value_of(s[0] >> 16 * k, wide) : value_of(s[0] >> 8 * k, a)) * value_of(s[1] >> 8 * (k + (upper ? 2 : 0)), b);
      }
      return d;
    });
  }
  if (op == "bmsk") {
    const bool wrap = has(p, "wrap");
    return lanewise(32, [wrap](const std::vector<u64>& s) {
      const u64 at = wrap ? s[0] & 31 : s[0], n = wrap ? s[1] & 31 : s[1];
      u64 d = 0;
      for (u64 k = 0; k < 32; ++k) d |= k >= at && k - at < n ? u64{1} << k : 0;
      return static_cast<s128>(d);
    });
  }
  if (op == "szext") {
    const bool wrap = has(p, "wrap"), sign = t.kind == 's';
    return lanewise(32, [=](const std::vector<u64>& s) {
      const u64 n = wrap ? s[1] & 31 : s[1];
      if (n == 0) return static_cast<s128>(0);
      if (n >= 32) return static_cast<s128>(s[0]);
      const u64 field = s[0] & ((u64{1} << n) - 1);
      return static_cast<s128>(field) - (sign && (field >> (n - 1) & 1) ? static_cast<s128>(1) << n : 0);
    });
  }
  if (t.kind == 0 || format_of(t) != nullptr) return {};
  if (has(p, "cc") || op == "addc" || op == "subc" || op == "madc") return carry_model(p, t);
  const int n = t.bits;
  if (t.pair) {
    if (op == "add") return pairwise(t, [](s128 a, s128 b) { return a + b; });
    if (op == "min") return pairwise(t, [](s128 a, s128 b) { return std::min(a, b); });
    if (op == "max") return pairwise(t, [](s128 a, s128 b) { return std::max(a, b); });
    return {};
  }
  const auto a = [t](const std::vector<u64>& s) { return value_of(s[0], t); };
  const auto b = [t](const std::vector<u64>& s) { return value_of(s[1], t); };
  const auto c = [t](const std::vector<u64>& s) { return value_of(s[2], t); };
  const bool saturating = has(p, "sat");
  const s128 least = t.kind == 's' ? -(static_cast<s128>(1) << (n - 1)) : 0, most = (static_cast<s128>(1) << (t.kind == 's' ? n - 1 : n)) - 1;
  if (op == "add") return lanewise(n, [=](const std::vector<u64>& s) { return saturating ? clamp(a(s) + b(s), least, most) : a(s) + b(s); });
  if (op == "sub") return lanewise(n, [=](const std::vector<u64>& s) { return saturating ? clamp(a(s) - b(s), least, most) : a(s) - b(s); });
  if (op == "mul" || op == "mad") {
    const bool sum = op == "mad";
    if (has(p, "wide")) return lanewise(2 * n, [=](const std::vector<u64>& s) { return a(s) * b(s) + (sum ? static_cast<s128>(s[2]) : 0); });
    if (has(p, "lo")) return lanewise(n, [=](const std::vector<u64>& s) { return static_cast<s128>(static_cast<u128>(a(s)) * static_cast<u128>(b(s)) + static_cast<u128>(sum ? c(s) : 0)); });
    if (!has(p, "hi")) return {};
    const auto upper = [=](const std::vector<u64>& s) {
      if (n == 64 && t.kind != 's') return static_cast<s128>(static_cast<u128>(a(s)) * static_cast<u128>(b(s)) >> 64);
      return a(s) * b(s) >> n;
    };
    return lanewise(n, [=](const std::vector<u64>& s) { return saturating ? clamp(upper(s) + c(s), least, most) : upper(s) + (sum ? c(s) : 0); });
  }
  if (op == "mul24" || op == "mad24") {
    const Type t24 = {t.kind, 24, false};
    const bool upper = has(p, "hi"), sum = op == "mad24";
    return lanewise(32, [=](const std::vector<u64>& s) {
      const s128 wide = value_of(s[0], t24) * value_of(s[1], t24);
      return (upper ? wide >> 16 : wide) + (sum ? c(s) : 0);
    });
  }
  // By zero: unspecified; the device gives all ones and the dividend.
  if (op == "div") return lanewise(n, [=](const std::vector<u64>& s) { return b(s) == 0 ? -1 : a(s) / b(s); });
  if (op == "rem") return lanewise(n, [=](const std::vector<u64>& s) { return b(s) == 0 ? a(s) : a(s) % b(s); });
  if (op == "min" && p.size() == 2) return lanewise(n, [=](const std::vector<u64>& s) { return std::min(a(s), b(s)); });
  if (op == "max" && p.size() == 2) return lanewise(n, [=](const std::vector<u64>& s) { return std::max(a(s), b(s)); });
  if ((op == "min" || op == "max") && has(p, "relu")) return lanewise(n, [=](const std::vector<u64>& s) { return std::max<s128>(0, op == "min" ? std::min(a(s), b(s)) : std::max(a(s), b(s))); });
  if (op == "abs") return lanewise(n, [=](const std::vector<u64>& s) { return a(s) < 0 ? -a(s) : a(s); });
  if (op == "neg") return lanewise(n, [=](const std::vector<u64>& s) { return -a(s); });
  if (op == "sad") return lanewise(n, [=](const std::vector<u64>& s) { return c(s) + (a(s) < b(s) ? b(s) - a(s) : a(s) - b(s)); });
  if (op == "and") return lanewise(n, [](const std::vector<u64>& s) { return s[0] & s[1]; });
  if (op == "or") return lanewise(n, [](const std::vector<u64>& s) { return s[0] | s[1]; });
  if (op == "xor") return lanewise(n, [](const std::vector<u64>& s) { return s[0] ^ s[1]; });
  if (op == "not") return lanewise(n, [](const std::vector<u64>& s) { return ~s[0]; });
  if (op == "cnot") return lanewise(n, [=](const std::vector<u64>& s) { return a(s) == 0 ? 1 : 0; });
  if (op == "shl") return lanewise(n, [=](const std::vector<u64>& s) { return s[1] >= static_cast<u64>(n) ? 0 : static_cast<s128>(s[0] << s[1]); });
  if (op == "shr") return lanewise(n, [=](const std::vector<u64>& s) { return a(s) >> std::min<u64>(s[1], static_cast<u64>(n)); });
  if (op == "shf") {
    const bool left = has(p, "l"), wrap = has(p, "wrap");
    return lanewise(32, [=](const std::vector<u64>& s) {
      const u128 both = static_cast<u128>(s[1]) << 32 | s[0];
      const u64 count = wrap ? s[2] & 31 : std::min<u64>(s[2], 32);
      return static_cast<s128>(left ? both << count >> 32 : both >> count);
    });
  }
  if (op == "popc") return lanewise(32, [](const std::vector<u64>& s) { return __builtin_popcountll(s[0]); });
  if (op == "clz") return lanewise(32, [=](const std::vector<u64>& s) { return n - 1 - highest(s[0]); });
  if (op == "bfind") {
    const bool amount = has(p, "shiftamt");
    return lanewise(32, [=](const std::vector<u64>& s) {
      const int k = highest(low(a(s) < 0 ? ~a(s) : a(s), n));
      return k < 0 ? -1 : amount ? n - 1 - k : k;
    });
  }
  if (op == "bfe" || op == "bfi" || op == "brev") return lanewise(n, [=](const std::vector<u64>& s) { return fields(op, t, s); });
  return {};
}

}  // namespace wz::software::model
