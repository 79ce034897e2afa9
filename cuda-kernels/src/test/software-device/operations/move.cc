// mov, selp, cvta: values pass through unchanged.
#include "operations/float_rules.h"
#include "operations/forms.h"

namespace wz::software {
namespace {

void move_predicate(Warp& w, const Instruction& i) { put_bits(w, i.r[0], *in<u32>(w, i.r[1])); }
void not_predicate(Warp& w, const Instruction& i) { put_bits(w, i.r[0], ~*in<u32>(w, i.r[1])); }
void and_predicate(Warp& w, const Instruction& i) { put_bits(w, i.r[0], *in<u32>(w, i.r[1]) & *in<u32>(w, i.r[2])); }
void or_predicate(Warp& w, const Instruction& i) { put_bits(w, i.r[0], *in<u32>(w, i.r[1]) | *in<u32>(w, i.r[2])); }
void xor_predicate(Warp& w, const Instruction& i) { put_bits(w, i.r[0], *in<u32>(w, i.r[1]) ^ *in<u32>(w, i.r[2])); }

// One wide register of parts, lowest first; D is as wide as all N parts of type S.
template <class D, class S, int N>
void pack(Warp& w, const Instruction& i) {
  alignas(64) D t[kLanes] = {};
  for (int k = 0; k < N; ++k) {
    const S* s = in<S>(w, i.r[1 + k]);
    for (int l = 0; l < kLanes; ++l) t[l] |= static_cast<D>(s[l]) << (8 * sizeof(S) * k);
  }
  each_lane<D>(w, i.r[0], [](D v) { return v; }, t);
}
template <class D, class S, int N>
void unpack(Warp& w, const Instruction& i) {
  alignas(64) S t[kLanes];
  const S* s = in<S>(w, i.r[N]);
  for (int l = 0; l < kLanes; ++l) t[l] = s[l];
  for (int k = 0; k < N; ++k) {
    const int shift = static_cast<int>(8 * sizeof(D)) * k;
    each_lane<D>(w, i.r[k], [shift](S v) { return static_cast<D>(v >> shift); }, t);
  }
}

// slct: a where c >= 0 (NaN is not), else b.
template <class T>
void add_choice(Forms& f, const std::string& t) {
  add_lanewise<[](T a, T b, u32 c) { return static_cast<s32>(c) >= 0 ? a : b; }, T, T, T, u32>(f, "slct." + t + ".s32", Class::kMove);
  add_lanewise<[](T a, T b, float c) { return c >= 0 ? a : b; }, T, T, T, float>(f, "slct." + t + ".f32", Class::kMove);
  add_lanewise<[](T a, T b, float c) { return flushed(c) >= 0 ? a : b; }, T, T, T, float>(f, "slct.ftz." + t + ".f32", Class::kMove);
}

// Whether a generic address lies in a window.
template <u64 kWindow>
void is_space(Warp& w, const Instruction& i) {
  const u64* a = in<u64>(w, i.r[1]);
  u32 r = 0;
  for (int l = 0; l < kLanes; ++l) {
    const u64 window = a[l] & kWindowMask;
    // Parameters count as global too.
    const bool yes = kWindow != 0 ? window == kWindow : window != kSharedWindow && window != kLocalWindow;
    r |= yes ? 1u << l : 0;
  }
  put_bits(w, i.r[0], r);
}
template <class T, auto F>
void test_property(Warp& w, const Instruction& i) {
  u32 r = 0;
  for (int l = 0; l < kLanes; ++l) r |= F(in<T>(w, i.r[1])[l]) ? 1u << l : 0;
  put_bits(w, i.r[0], r);
}
template <class T>
void add_properties(Forms& f, const std::string& t) {
  const std::string s = {'P', letter<T>()};
  f.add("testp.finite." + t, s, Class::kCompare, test_property<T, [](T a) { return std::isfinite(a); }>);
  f.add("testp.infinite." + t, s, Class::kCompare, test_property<T, [](T a) { return std::isinf(a); }>);
  f.add("testp.number." + t, s, Class::kCompare, test_property<T, [](T a) { return !std::isnan(a); }>);
  f.add("testp.notanumber." + t, s, Class::kCompare, test_property<T, [](T a) { return std::isnan(a); }>);
  f.add("testp.normal." + t, s, Class::kCompare, test_property<T, [](T a) { return std::isnormal(a) || a == 0; }>);
  f.add("testp.subnormal." + t, s, Class::kCompare, test_property<T, [](T a) { return std::fpclassify(a) == FP_SUBNORMAL; }>);
}

}  // namespace

void add_move_forms(Forms& f) {
  for (const char* t : {"b16", "u16", "s16", "f16", "bf16"}) add_lanewise<[](u16 a) { return a; }, u16, u16>(f, std::string("mov.") + t, Class::kMove);
  for (const char* t : {"b32", "u32", "s32", "f32"}) add_lanewise<[](u32 a) { return a; }, u32, u32>(f, std::string("mov.") + t, Class::kMove);
  for (const char* t : {"b64", "u64", "s64", "f64"}) add_lanewise<[](u64 a) { return a; }, u64, u64>(f, std::string("mov.") + t, Class::kMove);
  for (const char* t : {"b16", "u16", "s16", "f16"}) add_lanewise<[](u16 a, u16 b, bool p) { return p ? a : b; }, u16, u16, u16, Bit>(f, std::string("selp.") + t, Class::kMove);
  for (const char* t : {"b32", "u32", "s32", "f32"}) add_lanewise<[](u32 a, u32 b, bool p) { return p ? a : b; }, u32, u32, u32, Bit>(f, std::string("selp.") + t, Class::kMove);
  for (const char* t : {"b64", "u64", "s64", "f64"}) add_lanewise<[](u64 a, u64 b, bool p) { return p ? a : b; }, u64, u64, u64, Bit>(f, std::string("selp.") + t, Class::kMove);
  for (const char* t : {"b16", "u16", "s16"}) add_choice<u16>(f, t);
  for (const char* t : {"b32", "u32", "s32", "f32"}) add_choice<u32>(f, t);
  for (const char* t : {"b64", "u64", "s64", "f64"}) add_choice<u64>(f, t);
  f.add("mov.pred", "Pp", Class::kMove, move_predicate);
  f.add("not.pred", "Pp", Class::kMove, not_predicate);
  f.add("and.pred", "Ppp", Class::kMove, and_predicate);
  f.add("or.pred", "Ppp", Class::kMove, or_predicate);
  f.add("xor.pred", "Ppp", Class::kMove, xor_predicate);
  f.add("mov.b32.pack2", "Whh", Class::kMove, pack<u32, u16, 2>);
  f.add("mov.b64.pack2", "Lww", Class::kMove, pack<u64, u32, 2>);
  f.add("mov.b64.pack4", "Lhhhh", Class::kMove, pack<u64, u16, 4>);
  f.add("mov.b32.unpack2", "HHw", Class::kMove, unpack<u16, u32, 2>);
  f.add("mov.b64.unpack2", "WWl", Class::kMove, unpack<u32, u64, 2>);
  f.add("mov.b64.unpack4", "HHHHl", Class::kMove, unpack<u16, u64, 4>);

  // Global and constant addresses are generic addresses already; the other spaces have windows.
  for (const char* s : {"global", "const"}) {
    for (const char* d : {"", "to."}) {
      add_lanewise<[](u64 a) { return a; }, u64, u64>(f, std::string("cvta.") + d + s + ".u64", Class::kInteger);
    }
  }
  add_lanewise<[](u64 a) { return (a & 0xFFFFFFFFu) | kSharedWindow; }, u64, u64>(f, "cvta.shared.u64", Class::kInteger);
  add_lanewise<[](u64 a) { return (a & 0xFFFFFFFFu) | kLocalWindow; }, u64, u64>(f, "cvta.local.u64", Class::kInteger);
  add_lanewise<[](u64 a) { return (a & 0xFFFFFFFFu) | kParamWindow; }, u64, u64>(f, "cvta.param.u64", Class::kInteger);
  for (const char* s : {"shared", "shared::cta"}) f.add(std::string("isspacep.") + s, "Pl", Class::kInteger, is_space<kSharedWindow>);
  f.add("isspacep.local", "Pl", Class::kInteger, is_space<kLocalWindow>);
  for (const char* s : {"param", "param::entry"}) f.add(std::string("isspacep.") + s, "Pl", Class::kInteger, is_space<kParamWindow>);
  f.add("isspacep.global", "Pl", Class::kInteger, is_space<0>);
  add_properties<float>(f, "f32");
  add_properties<double>(f, "f64");
  for (const char* s : {"shared", "local", "param"}) {
    add_lanewise<[](u64 a) { return a & 0xFFFFFFFFu; }, u64, u64>(f, std::string("cvta.to.") + s + ".u64", Class::kInteger);
  }
}

}  // namespace wz::software
