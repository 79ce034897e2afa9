// Every form in the device's table, by itself, against the model of the documentation: special values, ties, random bits, with all lanes and with
// a part of them (whose other lanes must keep what they had). A form without a model fails.
#include <gtest/gtest.h>
#include <cmath>
#include <map>
#include <random>
#include "operations/forms.h"
#include "tests/model/model.h"
#include "tests/ptx_run.h"

namespace wz::software {
namespace {

using model::Expected;
using model::Model;
using model::Parts;

constexpr u32 kWarps = 16, kThreads = kLanes * kWarps;
constexpr u64 kBefore = 0x5A5A5A5A5A5A5A5Aull;  // in results that nothing may write; predicates: true

Parts split(const std::string& opcode) {
  Parts parts;
  size_t from = 0;
  for (size_t dot; (dot = opcode.find('.', from)) != std::string::npos; from = dot + 1) parts.push_back(opcode.substr(from, dot - from));
  parts.push_back(opcode.substr(from));
  return parts;
}
std::optional<Model> model_of(const Parts& p, const std::string& signature) {
  using namespace model;
  for (const auto family : {warp_model, matrix_model, move_model, approximate_model, compare_model, convert_model, float_model, integer_model}) {
    if (std::optional<Model> m = family(p, signature)) return m;
  }
  return {};
}

// A form under test: its text and the operands, sources and results apart.
struct Subject {
  std::string opcode;  // without the registers' letters
  std::string signature;
  bool carry_in = false, carry_out = false;
  std::string sources, results;
  explicit Subject(const std::string& name, const std::string& letters) : opcode(name.substr(0, name.find('/'))), signature(letters) {
    for (const char c : letters) (c >= 'a' ? sources : results) += c;
    const Parts p = split(opcode);
    carry_in = p[0] == "addc" || p[0] == "subc" || p[0] == "madc";
    carry_out = model::has(p, "cc");
  }
};

char lower(char c) { return c == 'Q' ? 'p' : static_cast<char>(c | 32); }
int bytes_of(char c) { return lower(c) == 'h' ? 2 : lower(c) == 'l' ? 8 : 4; }
const char* register_of(char c) {
  switch (lower(c)) {
    case 'h': return "%h";
    case 'w': return "%r";
    case 'l': return "%d";
    default: return "%p";
  }
}

std::string group(const std::string& prefix, const std::vector<std::string>& names) {
  std::string s = prefix + "{";
  for (size_t k = 0; k < names.size(); ++k) s += (k == 0 ? "" : ", ") + names[k];
  return s + "}";
}
// The statement with the names of its registers, results first.
std::string statement(const Subject& s, const std::vector<std::string>& names, u32 immediate, bool has_immediate) {
  const Parts p = split(s.opcode);
  const auto slice = [&](size_t from, size_t n) { return std::vector<std::string>(names.begin() + static_cast<long>(from), names.begin() + static_cast<long>(from + n)); };
  const auto opcode_without = [&](const std::string& tail) { return s.opcode.substr(0, s.opcode.size() - tail.size() - 1); };
  if (p[0] == "mma") {
    const size_t d = s.results.size(), ab = s.sources.size() - d, a = ab * 2 / 3, b = ab - a;
    return s.opcode + " " + group("", slice(0, d)) + ", " + group("", slice(d, a)) + ", " + group("", slice(d + a, b)) + ", " + group("", slice(d + a + b, d)) + ";";
  }
  if (p[0] == "mov" && p.back().compare(0, 4, "pack") == 0) return opcode_without(p.back()) + " " + names[0] + ", " + group("", slice(1, s.sources.size())) + ";";
  if (p[0] == "mov" && p.back().compare(0, 6, "unpack") == 0) return opcode_without(p.back()) + " " + group("", slice(0, s.results.size())) + ", " + names.back() + ";";
  if (p[0] == "mov" && p[1].compare(0, 5, "clock") == 0) return p[1] == "clock64" ? "mov.u64 " + names[0] + ", %clock64;" : "mov.u32 " + names[0] + ", %clock;";
  std::string text = s.opcode + " ";
  for (size_t k = 0; k < names.size(); ++k) {
    text += k == 0 ? "" : k == 1 && s.results.size() == 2 ? "|" : ", ";
    text += has_immediate && k + 1 == names.size() ? std::to_string(immediate) : names[k];
  }
  return text + ";";
}

// Sources lie in arrays of 8-byte words, one per operand, then the mask of lanes that take part; results in arrays behind another pointer.
std::string kernel_of(const Subject& s, bool guarded, u32 immediate, bool has_immediate) {
  std::string body = "ld.param.u64 %d0, [p];\nld.param.u64 %d1, [p+8];\nmov.u32 %r0, %tid.x;\nmul.wide.u32 %d2, %r0, 8;\nadd.s64 %d0, %d0, %d2;\nadd.s64 %d1, %d1, %d2;\n";
  int next = 3;
  std::vector<std::string> results, sources;
  const auto number = [](u64 v) { return std::to_string(v); };
  const u64 stride = kThreads * 8;
  for (size_t k = 0; k < s.results.size(); ++k) {
    const std::string name = register_of(s.results[k]) + std::to_string(next++);
    results.push_back(name);
    if (lower(s.results[k]) == 'p') body += "setp.eq.u32 " + name + ", 0, 0;\n";
    else body += std::string("mov.b") + number(static_cast<u64>(bytes_of(s.results[k])) * 8) + " " + name + ", " + number(kBefore >> (64 - 8 * bytes_of(s.results[k]))) + ";\n";
  }
  const auto load = [&](char c, const std::string& name, u64 at) {
    if (c == 'p') return "ld.global.u32 %r1, [%d0+" + number(at) + "];\nsetp.ne.u32 " + name + ", %r1, 0;\n";
    return std::string("ld.global.b") + number(static_cast<u64>(bytes_of(c)) * 8) + " " + name + ", [%d0+" + number(at) + "];\n";
  };
  for (size_t k = 0; k < s.sources.size(); ++k) {
    const std::string name = register_of(s.sources[k]) + std::to_string(next++);
    sources.push_back(name);
    body += load(s.sources[k], name, k * stride);
  }
  const std::string carry = "%r" + std::to_string(next++);
  if (s.carry_in) body += load('w', carry, s.sources.size() * stride) + "add.cc.u32 %r2, " + carry + ", -1;\n";
  else if (s.carry_out) body += "add.cc.u32 %r2, 0, 0;\n";
  if (guarded) body += load('p', "%p1", (s.sources.size() + 1) * stride) + "@%p1 ";
  std::vector<std::string> names = results;
  names.insert(names.end(), sources.begin(), sources.end());
  body += statement(s, names, immediate, has_immediate) + "\n";
  // A borrow is a carry to addc as well.
  if (s.carry_out) body += "addc.u32 %r2, 0, 0;\nst.global.u32 [%d1+" + number(s.results.size() * stride) + "], %r2;\n";
  for (size_t k = 0; k < results.size(); ++k) {
    const std::string at = "[%d1+" + number(k * stride) + "]";
    if (lower(s.results[k]) == 'p') body += "selp.u32 %r1, 1, 0, " + results[k] + ";\nst.global.u32 " + at + ", %r1;\n";
    else body += std::string("st.global.b") + number(static_cast<u64>(bytes_of(s.results[k])) * 8) + " " + at + ", " + results[k] + ";\n";
  }
  return kernel_text(body);
}

class Values {
 public:
  explicit Values(u64 seed) : random_(seed) {}

  u64 bits(char letter) {
    switch (letter) {
      case 'p': return random_() & 1;
      case 'h': return pick(kShort) & 0xFFFF;
      case 'w': return pick(kWord) & 0xFFFFFFFF;
      default: return pick(kLong);
    }
  }
  // Shift counts, lengths and positions of fields.
  u64 count() {
    static const std::vector<u64> kCounts = {0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 24, 31, 32, 33, 40, 63, 64, 65, 127, 128, 255, 256, 257, 0x80000000, 0xFFFFFFFF};
    return random_() % 3 == 0 ? random_() % 64 : kCounts[random_() % kCounts.size()];
  }
  u64 next() { return random_(); }

 private:
  u64 pick(const std::vector<u64>& special) {
    switch (random_() % 4) {
      case 0: return random_();
      case 1: {  // a tie or close to it: a one, then zeros
        const u64 k = random_() % 60;
        return ((random_() << k) | (k > 0 ? u64{1} << (k - 1) : 0)) + (random_() % 4 == 0 ? random_() % 3 - 1 : 0);
      }
      default: return special[random_() % special.size()];
    }
  }
  static const std::vector<u64> kShort, kWord, kLong;
  std::mt19937_64 random_;
};
// Zeros, subnormals, ones and neighbours, ties, largest numbers, infinities, NaN of f16, bf16 (kShort), f32 and pairs (kWord), f64 (kLong); integers' edges.
const std::vector<u64> Values::kShort = {0,      0x8000, 1,      0x8001, 0x03FF, 0x0400, 0x3BFF, 0x3C00, 0xBC00, 0x3C01, 0x4000, 0x4100, 0x4200, 0x4300, 0x7BFF, 0xFBFF, 0x7C00, 0xFC00, 0x7C01, 0x7E00, 0xFFFF,
                                         0x3F80, 0xBF80, 0x3F81, 0x7F7F, 0xFF7F, 0x7F80, 0xFF80, 0x7F81, 0x7FC0, 0x0080, 0x007F, 2,      0xFF,   0x7F,   0x80,   0x100,  0x7FFF, 0x3FFF, 0x3800, 0x3000, 0x4380};
const std::vector<u64> Values::kWord = {0,          0x80000000, 1,          0x80000001, 0x007FFFFF, 0x00800000, 0x807FFFFF, 0x80800000, 0x3F800000, 0xBF800000, 0x3F800001, 0x3F7FFFFF, 0x40000000, 0x3F000000, 0x3FC00000,
                                        0x40200000, 0x40600000, 0xC0200000, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFFC00000, 0x7F800001, 0xFFFFFFFF, 0x7FFFFFFF, 0x477FE000, 0x477FEFFF, 0x477FF000,
                                        0x33000000, 0x33000001, 0x33800000, 0x387FC000, 0x38800000, 0x43E00000, 0x43E80000, 0x43F00000, 0x47600000, 0x47680000, 0x4F000000, 0x4EFFFFFF, 0xCF000000, 0xCF000001, 0x4F800000,
                                        0x5F000000, 0x5F800000, 0xDF000000, 0x3F808000, 0x3F818000, 0x3F808001, 0x7F7F8000, 0x7F7F7FFF, 0x3F801000, 0x3F803000, 0x7F7FF000, 0x3C003C00, 0x3F803F80, 0x7C00FC00, 0x7F80FF80, 0x7E007E00, 0x04000001,
                                        2,          3,          7,          31,         32,         0xFF,       0x80,       0x7F,       0x100,      0xFFFF,     0x8000,     0x7FFF,     0x10000,    0x00FFFFFF, 0x00800001, 0xFFFFFF80, 0xFFFF8000,
                                        0x38D1B717, 0x3A800000, 0x3B000000, 0x7E800000, 0x7F000000, 0x7E800001, 0x40490FDB, 0xC2FC0000, 0xC3150000, 0x43000000};
const std::vector<u64> Values::kLong = {0,
                                        0x8000000000000000,
                                        1,
                                        0x8000000000000001,
                                        0x000FFFFFFFFFFFFF,
                                        0x0010000000000000,
                                        0x3FF0000000000000,
                                        0xBFF0000000000000,
                                        0x3FF0000000000001,
                                        0x3FEFFFFFFFFFFFFF,
                                        0x4000000000000000,
                                        0x3FE0000000000000,
                                        0x3FF8000000000000,
                                        0x4004000000000000,
                                        0x7FEFFFFFFFFFFFFF,
                                        0xFFEFFFFFFFFFFFFF,
                                        0x7FF0000000000000,
                                        0xFFF0000000000000,
                                        0x7FF8000000000000,
                                        0x7FF0000000000001,
                                        0xFFFFFFFFFFFFFFFF,
                                        0x7FFFFFFFFFFFFFFF,
                                        0x47EFFFFFE0000000,
                                        0x47EFFFFFEFFFFFFF,
                                        0x47EFFFFFF0000000,
                                        0x3690000000000000,
                                        0x36A0000000000000,
                                        0x3800000000000000,
                                        0x380FFFFFFFFFFFFF,
                                        0x40EFFC0000000000,
                                        0x40EFFE0000000000,
                                        0x3E60000000000000,
                                        0x41E0000000000000,
                                        0x41DFFFFFFFC00000,
                                        0x41F0000000000000,
                                        0xC1E0000000000000,
                                        0x43E0000000000000,
                                        0x43F0000000000000,
                                        0xC3E0000000000000,
                                        0x43DFFFFFFFFFFFFF,
                                        0x3FF0020000000000,
                                        0x3FF0100000000000,
                                        0x00000000FFFFFFFF,
                                        0x0000000100000000,
                                        0x00F0000000000400,
                                        0x00F1000000000010,
                                        0x00F2000000000008,
                                        2,
                                        3,
                                        64};

bool counts_operand(const Parts& p, size_t k) {
  const std::string& op = p[0];
  return ((op == "shl" || op == "shr" || op == "bmsk" || op == "szext") && k >= 1) || (op == "bmsk") || (op == "bfe" && k >= 1) || (op == "bfi" && k >= 2) || (op == "shf" && k == 2) || (op == "shfl" && k == 1);
}

u64 distance(u64 a, u64 b, const model::Format& f) {
  const auto ordered = [&](u64 v) { return v & f.sign() ? -static_cast<s64>(v & (f.sign() - 1)) : static_cast<s64>(v); };
  const s64 d = ordered(a) - ordered(b);
  return static_cast<u64>(d < 0 ? -d : d);
}
double real_of(u64 bits, const model::Format& f) {
  const model::Number n = model::number(bits, f);
  const double v = n.infinite() ? HUGE_VAL : std::ldexp(static_cast<double>(n.mantissa), n.exponent);
  return n.negative ? -v : v;
}
bool agrees(u64 found, const Expected& e, char letter) {
  const int bits = lower(letter) == 'p' ? 32 : 8 * bytes_of(letter);
  const u64 mask = bits == 64 ? ~u64{0} : (u64{1} << bits) - 1;
  if (e.kind == Expected::kAny) return true;
  if ((found & mask) == (e.bits & mask)) return true;
  if (e.kind == Expected::kBits) return false;
  const bool upper = e.halves == -32;  // a unit of the upper half of an f64
  const model::Format& f = e.format != nullptr ? *e.format : model::kF64;
  const int width = f.bits(), parts = e.halves == 2 ? 2 : 1;
  const u64 part_mask = width == 64 ? ~u64{0} : (u64{1} << width) - 1;
  for (int h = 0; h < parts; ++h) {
    const u64 x = found >> width * h & part_mask, y = e.bits >> width * h & part_mask;
    const bool x_nan = model::number(x, f).nan(), y_nan = model::number(y, f).nan();
    if (x == y || (x_nan && y_nan && (e.kind == Expected::kNan || width == 64))) continue;
    if (x_nan || y_nan || e.kind == Expected::kNan) return false;
    if (e.slack > 0 && std::fabs(real_of(x, f) - real_of(y, f)) <= e.slack) continue;
    if (upper ? distance(x, y, f) > u64{1} << 32 || (x & 0xFFFFFFFF) != 0 : distance(x, y, f) > static_cast<u64>(e.ulps)) return false;
  }
  return true;
}

std::string hex(u64 v) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(v));
  return text;
}

// Small numbers of a type of mma, packed: sums of their products are exact, so that a wrong layout cannot hide.
u64 small_numbers(const std::string& type, u64 random) {
  static const std::map<std::string, std::vector<u64>> kNumbers = {{"f16", {0x3C00, 0xBC00, 0x4000, 0xC200, 0x3800, 0, 0x4400, 0x4500}},         {"bf16", {0x3F80, 0xBF80, 0x4000, 0xC040, 0x3F00, 0, 0x4080, 0x40A0}},
                                                                   {"tf32", {0x3F800000, 0xBF800000, 0x40000000, 0xC0400000, 0, 0x40A00000}}, {"f32", {0x3F800000, 0xBF800000, 0x40000000, 0xC0400000, 0, 0x40A00000}},
                                                                   {"e4m3", {0x38, 0xB8, 0x40, 0x30, 0, 0x44, 0xC8}},                         {"e5m2", {0x3C, 0xBC, 0x40, 0x38, 0, 0xC2}}};
  const auto found = kNumbers.find(type);
  if (found == kNumbers.end()) return random & 0xFFFFFFFF;
  const int bits = type == "f16" || type == "bf16" ? 16 : type[0] == 'e' ? 8 : 32;
  u64 v = 0;
  for (int at = 0; at < 32; at += bits, random >>= 5) v |= found->second[random % found->second.size()] << at;
  return v;
}

// The first disagreement, or nothing.
std::string check(const Subject& s, const Model& m, bool guarded, u32 immediate, u64 seed) {
  const Parts p = split(s.opcode);
  Values values(seed);
  const size_t n = s.sources.size();
  std::vector<u64> input((n + 2) * kThreads);
  std::vector<u32> masks(kWarps, kAllLanes);
  const bool synchronous = p.size() > 1 && (p[1] == "sync" || (p.size() > 2 && p[2] == "sync"));
  if (guarded) {
    for (u32& mask : masks) mask = static_cast<u32>(values.next()) | 1u << (values.next() % 32);
  }
  for (size_t t = 0; t < kThreads; ++t) {
    u64 previous = 0;
    for (size_t k = 0; k < n; ++k) {
      u64 v = counts_operand(p, k) ? values.count() : values.bits(s.sources[k]);
      if (k > 0 && s.sources[k] == s.sources[0] && values.next() % 16 == 0) v = previous;
      if (p[0] == "match") v = values.next() % 8 == 0 ? 7 : t / kLanes % 2 ? 5 : values.next() % 4;
      if (p[0] == "shfl" && k == 2) v = std::vector<u64>{0x1F, 0x181F, 0x1C1F, 0x1E00, 0, 0x1000, 0x0F, 0x0F0F, 0x1F1F, 0x0700}[t / kLanes % 10];
      if (p[0] == "mma" && t / kLanes % 2 == 0) {
        const size_t d = s.results.size(), a = (n - d) * 2 / 3;
        v = small_numbers(p[p.size() - (k < a ? 3 : k < n - d ? 2 : 1)], values.next());
      }
      if (synchronous && k + 1 == n && s.sources[k] == 'w' && p[0] != "mma" && p[0] != "movmatrix") v = masks[t / kLanes];
      if (!m.immediates.empty() && k + 1 == n) v = immediate;
      input[k * kThreads + t] = v;
      previous = v;
    }
    input[n * kThreads + t] = values.next() & 1;
    input[(n + 1) * kThreads + t] = masks[t / kLanes] >> (t % kLanes) & 1;
  }
  GlobalMemory memory;
  LoadedModule module(kernel_of(s, guarded, immediate, !m.immediates.empty()), &memory);
  const u64 in = upload(memory, input);
  const size_t results = s.results.size() + (s.carry_out ? 1 : 0);
  const u64 out = memory.allocate(results * kThreads * 8, MemoryKind::kDevice);
  Options options;
  options.checks = !guarded;
  launch(module, memory, "k", {}, {kThreads, 1, 1}, {in, out}, options);
  const std::vector<u64> found = download<u64>(out, results * kThreads);
  for (size_t warp = 0; warp < kWarps; ++warp) {
    model::Warp w;
    w.exec = masks[warp];
    w.immediate = immediate;
    w.sources.resize(n + (s.carry_in ? 1 : 0));
    w.results.resize(results);
    for (size_t k = 0; k < w.sources.size(); ++k) {
      for (size_t l = 0; l < kLanes; ++l) w.sources[k][l] = input[k * kThreads + warp * kLanes + l];
    }
    if (m.warp) {
      m.warp(w);
    } else {
      for (size_t l = 0; l < kLanes; ++l) {
        std::vector<u64> sources;
        for (const auto& operand : w.sources) sources.push_back(operand[l]);
        std::vector<Expected> expected(results);
        m.lane(sources, expected);
        for (size_t k = 0; k < results; ++k) w.results[k][l] = expected[k];
      }
    }
    for (size_t l = 0; l < kLanes; ++l) {
      for (size_t k = 0; k < results; ++k) {
        const bool carry = k == s.results.size();
        const char letter = carry ? 'w' : s.results[k];
        Expected e = w.results[k][l];
        if ((w.exec >> l & 1) == 0) {
          e = {};
          e.bits = carry ? (s.carry_in ? input[n * kThreads + warp * kLanes + l] : 0) : lower(letter) == 'p' ? 1 : kBefore >> (64 - 8 * bytes_of(letter));
        }
        const u64 v = found[k * kThreads + warp * kLanes + l];
        if (agrees(v, e, letter)) continue;
        const u64 mask = bytes_of(letter) == 8 ? ~u64{0} : (u64{1} << 8 * bytes_of(letter)) - 1;
        std::string text = s.opcode + " " + s.signature + (guarded ? " guarded" : "") + ", lane " + std::to_string(l) + ", result " + std::to_string(k) + ": found " + hex(v & mask) + ", expected " + hex(e.bits) + ", sources";
        for (const auto& operand : w.sources) text += " " + hex(operand[l]);
        return text + ((w.exec >> l & 1) == 0 ? " (a lane that does not take part)" : "");
      }
    }
  }
  return "";
}

TEST(Forms, EachAgreesWithTheDocumentation) {
  size_t tested = 0;
  u64 seed = 1;
  const std::map<std::string, Form> sorted(forms().table.begin(), forms().table.end());
  for (const auto& [name, form] : sorted) {
    const Subject s(name, form.signature);
    const std::optional<Model> m = model_of(split(s.opcode), s.signature);
    if (!m) {
      ADD_FAILURE() << name << " " << form.signature << ": no model";
      continue;
    }
    ++tested;
    const std::vector<u32> immediates = m->immediates.empty() ? std::vector<u32>{0} : m->immediates;
    for (const u32 immediate : immediates) {
      for (const bool guarded : {false, true}) {
        if (guarded && m->whole_warp) continue;
        std::string found;
        try {
          found = check(s, *m, guarded, immediate, ++seed);
        } catch (const Fault& f) {
          found = name + ": " + f.what();
        }
        if (!found.empty()) {
          ADD_FAILURE() << found;
          break;
        }
      }
    }
  }
  std::printf("%zu forms\n", tested);
}

}  // namespace
}  // namespace wz::software
