// setp and set: comparison, ordered and unordered, and its combination with a predicate.
#include "operations/float_rules.h"
#include "operations/forms.h"

namespace wz::software {
namespace {

constexpr struct Bits {
  u32 bit[kLanes];
  constexpr Bits() : bit{} {
    for (int l = 0; l < kLanes; ++l) bit[l] = 1u << l;
  }
} kBits;

enum Combine : s64 { kPlain, kAnd, kOr, kXor };

template <auto F, class T>
u32 compared(const Warp& w, const Instruction& i, int first) {
  const T* a = in<T>(w, i.r[first]);
  const T* b = in<T>(w, i.r[first + 1]);
  u32 r = 0;
#pragma GCC ivdep
  for (int l = 0; l < kLanes; ++l) r |= F(a[l], b[l]) ? kBits.bit[l] : 0u;
  return r;
}

// p|q = (a F b) op c, (not (a F b)) op c
template <auto F, class T>
void set_predicate(Warp& w, const Instruction& i) {
  u32 p = compared<F, T>(w, i, 2);
  u32 q = ~p;
  if (i.immediate != kPlain) {
    const u32 c = *in<u32>(w, i.r[4]);
    p = i.immediate == kAnd ? p & c : i.immediate == kOr ? p | c : p ^ c;
    q = i.immediate == kAnd ? q & c : i.immediate == kOr ? q | c : q ^ c;
  }
  put_bits(w, i.r[0], p);
  put_bits(w, i.r[1], q);
}

// 1.0 or all ones where it holds.
template <auto F, class T>
void set_value(Warp& w, const Instruction& i) {
  const u32 p = compared<F, T>(w, i, 1);
  const u32 yes = static_cast<u32>(i.immediate);
  each_lane<u32>(w, i.r[0], [yes](bool b) { return b ? yes : 0u; }, [&] {
    struct Lanes { u32 bits; bool operator[](int l) const { return bits >> l & 1; } };
    return Lanes{p};
  }());
}

template <auto F, class T>
void add_one(Forms& f, const std::string& op, const std::string& t) {
  const std::string s{letter<T>(), letter<T>()};
  f.add("setp." + op + "." + t, "PQ" + s, Class::kCompare, set_predicate<F, T>, kPlain);
  f.add("setp." + op + ".and." + t, "PQ" + s + "p", Class::kCompare, set_predicate<F, T>, kAnd);
  f.add("setp." + op + ".or." + t, "PQ" + s + "p", Class::kCompare, set_predicate<F, T>, kOr);
  f.add("setp." + op + ".xor." + t, "PQ" + s + "p", Class::kCompare, set_predicate<F, T>, kXor);
  if constexpr (sizeof(T) == 4) {
    f.add("set." + op + ".f32." + t, "W" + s, Class::kCompare, set_value<F, T>, 0x3F800000);
    f.add("set." + op + ".u32." + t, "W" + s, Class::kCompare, set_value<F, T>, 0xFFFFFFFF);
    f.add("set." + op + ".s32." + t, "W" + s, Class::kCompare, set_value<F, T>, 0xFFFFFFFF);
  }
}

template <class T>
void add_equality(Forms& f, const std::string& t) {
  add_one<[](T a, T b) { return a == b; }, T>(f, "eq", t);
  add_one<[](T a, T b) { return a != b; }, T>(f, "ne", t);
}
template <class T>
void add_order(Forms& f, const std::string& t) {
  add_equality<T>(f, t);
  add_one<[](T a, T b) { return a < b; }, T>(f, "lt", t);
  add_one<[](T a, T b) { return a <= b; }, T>(f, "le", t);
  add_one<[](T a, T b) { return (a > b); }, T>(f, "gt", t);
  add_one<[](T a, T b) { return (a >= b); }, T>(f, "ge", t);
  if constexpr (std::is_unsigned_v<T>) {
    add_one<[](T a, T b) { return a < b; }, T>(f, "lo", t);
    add_one<[](T a, T b) { return a <= b; }, T>(f, "ls", t);
    add_one<[](T a, T b) { return (a > b); }, T>(f, "hi", t);
    add_one<[](T a, T b) { return (a >= b); }, T>(f, "hs", t);
  }
}
template <class T>
void add_floating(Forms& f, const std::string& t) {
  add_order<T>(f, t);
  add_one<[](T a, T b) { return (a < b || a > b); }, T>(f, "ne", t);
  add_one<[](T a, T b) { return !(a < b || a > b); }, T>(f, "equ", t);
  add_one<[](T a, T b) { return a != b; }, T>(f, "neu", t);
  add_one<[](T a, T b) { return !(a >= b); }, T>(f, "ltu", t);
  add_one<[](T a, T b) { return !(a > b); }, T>(f, "leu", t);
  add_one<[](T a, T b) { return !(a <= b); }, T>(f, "gtu", t);
  add_one<[](T a, T b) { return !(a < b); }, T>(f, "geu", t);
  add_one<[](T a, T b) { return !(a != a) && !(b != b); }, T>(f, "num", t);
  add_one<[](T a, T b) { return a != a || b != b; }, T>(f, "nan", t);
}

// .ftz: subnormal operands compare as zero.
template <auto F>
void add_flushing(Forms& f, const std::string& op) {
  add_one<[](float a, float b) { return F(flushed(a), flushed(b)); }, float>(f, op, "f32");
  for (const char* c : {"", ".and", ".or", ".xor"}) {
    const Form form = f.table.at("setp." + op + c + ".f32");
    f.add("setp." + op + c + ".ftz.f32", form.signature, form.cls, form.handler, form.immediate);
  }
}

}  // namespace

void add_compare_forms(Forms& f) {
  add_flushing<[](float a, float b) { return a == b; }>(f, "eq");
  add_flushing<[](float a, float b) { return (a < b || a > b); }>(f, "ne");
  add_flushing<[](float a, float b) { return a < b; }>(f, "lt");
  add_flushing<[](float a, float b) { return a <= b; }>(f, "le");
  add_flushing<[](float a, float b) { return (a > b); }>(f, "gt");
  add_flushing<[](float a, float b) { return (a >= b); }>(f, "ge");
  add_flushing<[](float a, float b) { return !(a < b || a > b); }>(f, "equ");
  add_flushing<[](float a, float b) { return a != b; }>(f, "neu");
  add_flushing<[](float a, float b) { return !(a >= b); }>(f, "ltu");
  add_flushing<[](float a, float b) { return !(a > b); }>(f, "leu");
  add_flushing<[](float a, float b) { return !(a <= b); }>(f, "gtu");
  add_flushing<[](float a, float b) { return !(a < b); }>(f, "geu");
  add_floating<float>(f, "f32");  // replaces the plain names
  add_floating<double>(f, "f64");
  add_order<u16>(f, "u16");
  add_order<s16>(f, "s16");
  add_order<u32>(f, "u32");
  add_order<s32>(f, "s32");
  add_order<u64>(f, "u64");
  add_order<s64>(f, "s64");
  add_equality<u16>(f, "b16");
  add_equality<u32>(f, "b32");
  add_equality<u64>(f, "b64");
}

}  // namespace wz::software
