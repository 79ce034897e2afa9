// atom and red: lane after lane, the order is as good as any.
#include <algorithm>
#include <cstring>
#include "machine/block.h"
#include "operations/memory.h"
#include "operations/small_floats.h"

namespace wz::software {
namespace {

// The operand is as wide as the type, or two or four of them side by side.
template <class T, auto F>
void atomic(Warp& w, const Instruction& i) {
  const bool result = i.writes != 0;
  const int n = i.vector, at = result ? n : 0;
  Lanes a;
  addresses(w, i, at, i.immediate, &a);
  resolve(w, i, i.space, w.exec, static_cast<int>(sizeof(T)) * n, Use::kAtomic, &a);
  for (u32 m = w.exec; m != 0; m &= m - 1) {
    const int l = __builtin_ctz(m);
    for (int v = 0; v < n; ++v) {
      u8* const p = reinterpret_cast<u8*>(a.address[l]) + static_cast<size_t>(v) * sizeof(T);
      T before;
      std::memcpy(&before, p, sizeof before);
      const T b = in<T>(w, i.r[at + 1 + v])[l];
      const T c = n == 1 && i.operands > at + 2 ? in<T>(w, i.r[at + 2])[l] : T{};
      const T after = F(before, b, c);
      std::memcpy(p, &after, sizeof after);
      if (result) out<T>(w, i.r[v])[l] = before;
    }
  }
}

template <class T>
Handler integer_atomic(const std::string& op) {
  if (op == "add") return atomic<T, [](T a, T b, T) { return static_cast<T>(static_cast<std::make_unsigned_t<T>>(a) + static_cast<std::make_unsigned_t<T>>(b)); }>;
  if (op == "min") return atomic<T, [](T a, T b, T) { return std::min(a, b); }>;
  if (op == "max") return atomic<T, [](T a, T b, T) { return std::max(a, b); }>;
  if (op == "and") return atomic<T, [](T a, T b, T) { return static_cast<T>(a & b); }>;
  if (op == "or") return atomic<T, [](T a, T b, T) { return static_cast<T>(a | b); }>;
  if (op == "xor") return atomic<T, [](T a, T b, T) { return static_cast<T>(a ^ b); }>;
  if (op == "exch") return atomic<T, [](T, T b, T) { return b; }>;
  if (op == "cas") return atomic<T, [](T a, T b, T c) { return a == b ? c : a; }>;
  if (op == "inc") return atomic<T, [](T a, T b, T) { return static_cast<T>(a >= b ? 0 : a + 1); }>;
  return atomic<T, [](T a, T b, T) { return static_cast<T>(a == 0 || a > b ? b : a - 1); }>;  // dec
}

u16 add_f16(u16 a, u16 b, u16) { return f16_of(static_cast<double>(float_of_f16(a)) + float_of_f16(b)); }
u16 add_bf16(u16 a, u16 b, u16) { return bf16_of(static_cast<double>(float_of_bf16(a)) + float_of_bf16(b)); }
template <u16 (*F)(u16, u16, u16)>
u32 both(u32 a, u32 b, u32) {
  return static_cast<u32>(F(static_cast<u16>(a >> 16), static_cast<u16>(b >> 16), 0)) << 16 | F(static_cast<u16>(a), static_cast<u16>(b), 0);
}

struct Kind {
  const char* op;
  const char* type;
  int bytes;
  Handler handler;
};

}  // namespace

void add_atomic_forms(MemoryForms& f) {
  std::vector<Kind> kinds = {{"add", "f32", 4, atomic<float, [](float a, float b, float) { return canonical(a + b); }>},
                             {"add", "f64", 8, atomic<double, [](double a, double b, double) { return a + b; }>},
                             {"add", "f16", 2, atomic<u16, add_f16>},
                             {"add", "bf16", 2, atomic<u16, add_bf16>},
                             {"add", "f16x2", 4, atomic<u32, both<add_f16>>},
                             {"add", "bf16x2", 4, atomic<u32, both<add_bf16>>},
                             {"cas", "b16", 2, integer_atomic<u16>("cas")}};
  for (const char* op : {"and", "or", "xor", "exch", "cas"}) {
    kinds.push_back({op, "b32", 4, integer_atomic<u32>(op)});
    kinds.push_back({op, "b64", 8, integer_atomic<u64>(op)});
  }
  for (const char* op : {"add", "min", "max"}) {
    kinds.push_back({op, "u32", 4, integer_atomic<u32>(op)});
    kinds.push_back({op, "s32", 4, integer_atomic<s32>(op)});
    kinds.push_back({op, "u64", 8, integer_atomic<u64>(op)});
    if (op[0] != 'a') kinds.push_back({op, "s64", 8, integer_atomic<s64>(op)});
  }
  for (const char* op : {"inc", "dec"}) kinds.push_back({op, "u32", 4, integer_atomic<u32>(op)});
  static const std::pair<const char*, Space> kSpaces[] = {{"", Space::kGeneric}, {".global", Space::kGlobal}, {".shared", Space::kShared}};
  for (const auto& [space_name, space] : kSpaces) {
    for (const Kind& k : kinds) {
      MemoryForm form;
      form.handler = k.handler;
      form.cls = Class::kAtomic;
      form.space = space;
      form.bytes = k.bytes;
      const std::string op = k.op, name = space_name, type = k.type;
      form.signature = op == "cas" ? "D@dd" : "D@d";
      f.add("atom" + name + "." + op + "." + type, form);
      const bool wide = op == "add" && type[0] != 'u' && type[0] != 's' && type != "f64";
      for (const int vector : {2, 4}) {  // .add.v4.f32 and .v4.f32.add are both seen
        if (!wide || space == Space::kShared || k.bytes * vector > 16) continue;
        form.vector = vector;
        const std::string v = vector == 2 ? ".v2." : ".v4.";
        form.signature = "D@d";
        f.add("atom" + name + "." + op + v + type, form), f.add("atom" + name + v + type + "." + op, form);
        form.signature = "@d";
        f.add("red" + name + "." + op + v + type, form), f.add("red" + name + v + type + "." + op, form);
        form.vector = 1;
      }
      form.signature = "@d";
      if (op != "cas" && op != "exch") f.add("red" + name + "." + op + "." + type, form);
    }
  }
}

}  // namespace wz::software
