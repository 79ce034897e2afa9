// ld and st of every width and vector; atom and red.
#include <algorithm>
#include <cstring>
#include "machine/block.h"
#include "operations/memory.h"
#include "operations/small_floats.h"

namespace wz::software {
namespace {

template <class T>
T read(u64 address) {
  T v;
  std::memcpy(&v, reinterpret_cast<const void*>(address), sizeof v);
  return v;
}
template <class T>
void write(u64 address, T v) {
  std::memcpy(reinterpret_cast<void*>(address), &v, sizeof v);
}

template <class M, class R>
void load(Warp& w, const Instruction& i) {
  Lanes a;
  addresses(w, i, i.vector, i.immediate, &a);
  resolve(w, i, i.space, w.exec, i.bytes * i.vector, Use::kRead, &a);
  for (int v = 0; v < i.vector; ++v) {
    R* d = out<R>(w, i.r[v]);
    const u64 plus = static_cast<u64>(v) * sizeof(M);
    if (w.exec == kAllLanes) {
      for (int l = 0; l < kLanes; ++l) d[l] = static_cast<R>(read<M>(a.address[l] + plus));
    } else {
      for (u32 m = w.exec; m != 0; m &= m - 1) {
        const int l = __builtin_ctz(m);
        d[l] = static_cast<R>(read<M>(a.address[l] + plus));
      }
    }
  }
}
template <class M, class R>
void store(Warp& w, const Instruction& i) {
  Lanes a;
  addresses(w, i, 0, i.immediate, &a);
  resolve(w, i, i.space, w.exec, i.bytes * i.vector, Use::kWrite, &a);
  for (int v = 0; v < i.vector; ++v) {
    const R* s = in<R>(w, i.r[1 + v]);
    const u64 plus = static_cast<u64>(v) * sizeof(M);
    for (u32 m = w.exec; m != 0; m &= m - 1) {
      const int l = __builtin_ctz(m);
      write<M>(a.address[l] + plus, static_cast<M>(s[l]));
    }
  }
}

template <class M, class S>
Handler chosen(bool is_store, bool sign, int width) {
  using T = std::conditional_t<true, M, S>;
  if (is_store) return width == 2 ? store<T, u16> : width == 4 ? store<T, u32> : store<T, u64>;
  if (sign) return width == 2 ? load<S, u16> : width == 4 ? load<S, u32> : load<S, u64>;
  return width == 2 ? load<T, u16> : width == 4 ? load<T, u32> : load<T, u64>;
}

// Lane after lane; the order is as good as any.
template <class T, auto F>
void atomic(Warp& w, const Instruction& i) {
  const bool result = i.writes != 0;
  const int at = result ? 1 : 0;
  Lanes a;
  addresses(w, i, at, i.immediate, &a);
  resolve(w, i, i.space, w.exec, static_cast<int>(sizeof(T)), Use::kAtomic, &a);
  for (u32 m = w.exec; m != 0; m &= m - 1) {
    const int l = __builtin_ctz(m);
    const T before = read<T>(a.address[l]);
    const T b = in<T>(w, i.r[at + 1])[l];
    const T c = i.operands > at + 2 ? in<T>(w, i.r[at + 2])[l] : T{};
    write<T>(a.address[l], F(before, b, c));
    if (result) out<T>(w, i.r[0])[l] = before;
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
  if (op == "dec") return atomic<T, [](T a, T b, T) { return static_cast<T>(a == 0 || a > b ? b : a - 1); }>;
  return nullptr;
}

u32 add_f16x2(u32 a, u32 b, u32) {
  const auto one = [](u32 x, u32 y) { return static_cast<u32>(f16_of(static_cast<double>(float_of_f16(static_cast<u16>(x))) + float_of_f16(static_cast<u16>(y)))); };
  return one(a >> 16, b >> 16) << 16 | one(a, b);
}
u32 add_bf16x2(u32 a, u32 b, u32) {
  const auto one = [](u32 x, u32 y) { return static_cast<u32>(bf16_of(static_cast<double>(float_of_bf16(static_cast<u16>(x))) + float_of_bf16(static_cast<u16>(y)))); };
  return one(a >> 16, b >> 16) << 16 | one(a, b);
}

Space space_of(const std::string& word, Space otherwise) {
  if (word == "global") return Space::kGlobal;
  if (word.compare(0, 6, "shared") == 0 && word != "shared::cluster") return Space::kShared;
  if (word == "local") return Space::kLocal;
  if (word.compare(0, 5, "param") == 0) return Space::kParam;
  if (word == "const") return Space::kConst;
  return otherwise;
}
Class class_of(Space s) {
  return s == Space::kShared ? Class::kShared : s == Space::kLocal ? Class::kLocal : s == Space::kParam ? Class::kParameter : Class::kGlobal;
}
bool is_hint(const std::string& p) {
  static const char* const kHints[] = {"weak", "relaxed", "acquire", "release", "acq_rel", "volatile", "cta", "gpu", "sys", "cluster", "nc", "ca", "cg", "cs", "cv", "lu", "wb", "wt", "noftz"};
  return std::find(std::begin(kHints), std::end(kHints), p) != std::end(kHints) || p.compare(0, 4, "L1::") == 0 || (p.compare(0, 4, "L2::") == 0 && p != "L2::cache_hint");
}

int bytes_of(const std::string& t) {
  static const std::pair<const char*, int> kTypes[] = {{"8", 1}, {"16", 2}, {"32", 4}, {"64", 8}};
  if (t.size() < 2 || std::string("bsuf").find(t[0]) == std::string::npos) return 0;
  for (const auto& [name, bytes] : kTypes) {
    if (t.substr(1) == name) return bytes;
  }
  return 0;
}

void nothing(Warp&, const Instruction&) {}

}  // namespace

Handler data_handler(const MemoryForm& form, int width) {
  if (form.handler != nullptr) return form.handler;
  switch (form.bytes) {
    case 1: return chosen<u8, s8>(form.store, form.sign, width);
    case 2: return chosen<u16, s16>(form.store, form.sign, width);
    case 4: return chosen<u32, s32>(form.store, form.sign, width);
    default: return chosen<u64, s64>(form.store, form.sign, width);
  }
}

bool atomic_form(const std::vector<std::string>& p, MemoryForm* form) {
  if (p[0] != "atom" && p[0] != "red") return false;
  if (p[0] == "red" && p.size() > 1 && p[1] == "async") return false;
  std::string op;
  for (size_t k = 1; k + 1 < p.size(); ++k) {
    if (is_hint(p[k])) continue;
    const Space s = space_of(p[k], Space::kGeneric);
    if (s != Space::kGeneric) form->space = s;
    else if (op.empty()) op = p[k];
    else return false;
  }
  const std::string& t = p.back();
  form->cls = Class::kAtomic;
  form->bytes = t == "f16x2" || t == "bf16x2" ? 4 : bytes_of(t);
  if (op == "add" && t == "f32") form->handler = atomic<float, [](float a, float b, float) { return canonical(a + b); }>;
  else if (op == "add" && t == "f64") form->handler = atomic<double, [](double a, double b, double) { return a + b; }>;
  else if (op == "add" && t == "f16x2") form->handler = atomic<u32, add_f16x2>;
  else if (op == "add" && t == "bf16x2") form->handler = atomic<u32, add_bf16x2>;
  else if (t == "s32") form->handler = integer_atomic<s32>(op);
  else if (t == "u32" || t == "b32") form->handler = integer_atomic<u32>(op);
  else if (t == "s64") form->handler = integer_atomic<s64>(op);
  else if (t == "u64" || t == "b64") form->handler = integer_atomic<u64>(op);
  else if (t == "b16") form->handler = op == "cas" ? integer_atomic<u16>(op) : nullptr;
  if (form->handler == nullptr) return false;
  form->signature = std::string(p[0] == "atom" ? "D" : "") + "@d" + (op == "cas" ? "d" : "");
  return true;
}

bool memory_form(const std::vector<std::string>& p, MemoryForm* form) {
  if (p[0] == "membar" || p[0] == "fence" || p[0] == "nanosleep" || p[0] == "griddepcontrol") {
    // Blocks run one after the other and grids in order: nothing to wait for.
    form->handler = nothing;
    form->cls = Class::kBarrier;
    form->signature = p[0] == "nanosleep" ? "w" : "";
    return true;
  }
  if (p[0] == "prefetch" || p[0] == "prefetchu") {
    form->handler = nothing;
    form->signature = "@";
    return true;
  }
  if (atomic_form(p, form) || barrier_form(p, form) || async_form(p, form) || matrix_memory_form(p, form)) return true;
  if (p[0] != "ld" && p[0] != "st" && p[0] != "ldu") return false;
  for (size_t k = 1; k + 1 < p.size(); ++k) {
    if (is_hint(p[k])) continue;
    if (p[k] == "v2" || p[k] == "v4") form->vector = p[k] == "v2" ? 2 : 4;
    else if (space_of(p[k], Space::kGeneric) != Space::kGeneric) form->space = space_of(p[k], Space::kGeneric);
    else return false;
  }
  form->bytes = bytes_of(p.back());
  if (form->bytes == 0 || form->bytes * form->vector > 16) return false;
  form->sign = p.back()[0] == 's';
  form->store = p[0] == "st";
  form->cls = class_of(form->space);
  form->signature = form->store ? "@d" : "D@";
  return true;
}

}  // namespace wz::software
