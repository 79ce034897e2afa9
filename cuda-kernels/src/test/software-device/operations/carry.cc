// Chains of additions, subtractions and products through the carry flag, a bit per lane: add.cc, addc, sub.cc, subc, mad.cc, madc. The flag of a
// subtraction is the borrow.
#include "operations/forms.h"

namespace wz::software {
namespace {

enum Flags : s64 { kIn = 1, kOut = 2, kUpper = 4 };

template <class U, int kOperation>  // 0 add, 1 subtract, 2 multiply and add
void chain(Warp& w, const Instruction& i) {
  alignas(64) U r[kLanes];
  u32 out_bits = 0;
  const u32 in_bits = i.immediate & kIn ? w.carry : 0;
  for (int l = 0; l < kLanes; ++l) {
    U a = in<U>(w, i.r[1])[l], b = in<U>(w, i.r[2])[l];
    const U carry = in_bits >> l & 1;
    bool over;
    if constexpr (kOperation == 1) {
      U d;
      over = __builtin_sub_overflow(a, b, &d);
      over |= __builtin_sub_overflow(d, carry, &r[l]);
    } else {
      if constexpr (kOperation == 2) {
        // The immediate's signed bit: only the upper half of a product depends on the sign.
        using W = std::conditional_t<sizeof(U) == 4, u64, unsigned __int128>;
        W product = static_cast<W>(a) * b;
        if (i.immediate & 8) {
          if (a >> (8 * sizeof(U) - 1)) product -= static_cast<W>(b) << 8 * sizeof(U);
          if (b >> (8 * sizeof(U) - 1)) product -= static_cast<W>(a) << 8 * sizeof(U);
        }
        a = static_cast<U>(i.immediate & kUpper ? product >> 8 * sizeof(U) : product);
        b = in<U>(w, i.r[3])[l];
      }
      U d;
      over = __builtin_add_overflow(a, b, &d);
      over |= __builtin_add_overflow(d, carry, &r[l]);
    }
    out_bits |= over ? 1u << l : 0;
  }
  if (i.immediate & kOut) w.carry = (w.carry & ~w.exec) | (out_bits & w.exec);
  each_lane<U>(w, i.r[0], [](U v) { return v; }, r);
}

template <class U>
void add_chains(Forms& f, const std::string& t) {
  const std::string two = letter<U>() == 'w' ? "Www" : "Lll", three = letter<U>() == 'w' ? "Wwww" : "Llll";
  const Class c = Class::kInteger;
  f.add("add.cc." + t, two, c, chain<U, 0>, kOut);
  f.add("addc." + t, two, c, chain<U, 0>, kIn);
  f.add("addc.cc." + t, two, c, chain<U, 0>, kIn | kOut);
  f.add("sub.cc." + t, two, c, chain<U, 1>, kOut);
  f.add("subc." + t, two, c, chain<U, 1>, kIn);
  f.add("subc.cc." + t, two, c, chain<U, 1>, kIn | kOut);
  for (const s64 upper : {s64{0}, s64{kUpper}}) {
    const std::string part = upper != 0 ? ".hi" : ".lo";
    const s64 sign = t[0] == 's' ? 8 : 0;
    f.add("mad" + part + ".cc." + t, three, c, chain<U, 2>, kOut | upper | sign);
    f.add("madc" + part + "." + t, three, c, chain<U, 2>, kIn | upper | sign);
    f.add("madc" + part + ".cc." + t, three, c, chain<U, 2>, kIn | kOut | upper | sign);
  }
}

}  // namespace

void add_carry_forms(Forms& f) {
  add_chains<u32>(f, "u32"), add_chains<u32>(f, "s32");
  add_chains<u64>(f, "u64"), add_chains<u64>(f, "s64");
}

}  // namespace wz::software
