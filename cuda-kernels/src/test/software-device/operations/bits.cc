// Bitwise operations, shifts (a count past the width shifts everything out), bit fields, byte permutation.
#include <bit>
#include "operations/forms.h"

namespace wz::software {
namespace {

template <class U>
void add_logic(Forms& f, const std::string& t) {
  const Class c = Class::kInteger;
  constexpr u32 kWidth = 8 * sizeof(U);
  using S = std::make_signed_t<U>;
  add_lanewise<[](U a, U b) { return static_cast<U>(a & b); }, U, U, U>(f, "and.b" + t, c);
  add_lanewise<[](U a, U b) { return static_cast<U>(a | b); }, U, U, U>(f, "or.b" + t, c);
  add_lanewise<[](U a, U b) { return static_cast<U>(a ^ b); }, U, U, U>(f, "xor.b" + t, c);
  add_lanewise<[](U a) { return static_cast<U>(~a); }, U, U>(f, "not.b" + t, c);
  add_lanewise<[](U a) { return static_cast<U>(a == 0); }, U, U>(f, "cnot.b" + t, c);
  add_lanewise<[](U a, u32 n) { return n < kWidth ? static_cast<U>(a << (n & (kWidth - 1))) : U{0}; }, U, U, u32>(f, "shl.b" + t, c);
  for (const char* u : {"shr.u", "shr.b"}) {
    add_lanewise<[](U a, u32 n) { return n < kWidth ? static_cast<U>(a >> (n & (kWidth - 1))) : U{0}; }, U, U, u32>(f, u + t, c);
  }
  add_lanewise<[](S a, u32 n) { return static_cast<S>(a >> (n < kWidth ? n : kWidth - 1)); }, S, S, u32>(f, "shr.s" + t, c);
}

template <class U>
void add_fields(Forms& f, const std::string& t) {
  const Class c = Class::kInteger;
  constexpr u32 kWidth = 8 * sizeof(U);
  using S = std::make_signed_t<U>;
  add_lanewise<[](U a) { return static_cast<u32>(std::popcount(a)); }, u32, U>(f, "popc.b" + t, c);
  add_lanewise<[](U a) { return static_cast<u32>(std::countl_zero(a)); }, u32, U>(f, "clz.b" + t, c);
  add_lanewise<[](U a) {
    U r = 0;
    for (u32 k = 0; k < kWidth; ++k) r |= ((a >> k & 1) << (kWidth - 1 - k));
    return r;
  }, U, U>(f, "brev.b" + t, c);
  add_lanewise<[](U a, U b, u32 p, u32 n) {
    const u32 at = p & 0xFF, length = n & 0xFF;
    if (at >= kWidth || length == 0) return b;
    const U ones = (length >= kWidth ? ~U{0} : (U{1} << length) - 1) << at;
    return static_cast<U>((b & ~ones) | (a << at & ones));
  }, U, U, U, u32, u32>(f, "bfi.b" + t, c);
  add_lanewise<[](U a, u32 p, u32 n) {
    const u32 at = p & 0xFF, length = n & 0xFF;
    if (at >= kWidth || length == 0) return U{0};
    return static_cast<U>(a >> at & (length >= kWidth ? ~U{0} : (U{1} << length) - 1));
  }, U, U, u32, u32>(f, "bfe.u" + t, c);
  // The sign is that of the field's highest bit inside the register.
  add_lanewise<[](S a, u32 p, u32 n) {
    const u32 at = p & 0xFF, length = n & 0xFF;
    if (length == 0) return S{0};
    const u32 top = at + length - 1 < kWidth - 1 ? at + length - 1 : kWidth - 1;
    const U sign = ((static_cast<U>(a) >> top) & 1) ? ~U{0} : U{0};
    if (at >= kWidth) return static_cast<S>(sign);
    const U ones = length >= kWidth ? ~U{0} : (U{1} << length) - 1;
    const U field = (static_cast<U>(a) >> at);
    const U inside = at == 0 ? ~U{0} : (~U{0} >> at);
    return static_cast<S>(((field & inside & ones) | (sign & ~(ones & inside))));
  }, S, S, u32, u32>(f, "bfe.s" + t, c);
  for (const char* u : {"bfind.u", "bfind.b"}) {
    add_lanewise<[](U a) { return a == 0 ? ~0u : kWidth - 1 - static_cast<u32>(std::countl_zero(a)); }, u32, U>(f, u + t, c);
  }
  add_lanewise<[](U a) {
    const U m = static_cast<S>(a) < 0 ? ~a : a;
    return m == 0 ? ~0u : kWidth - 1 - static_cast<u32>(std::countl_zero(m));
  }, u32, U>(f, "bfind.s" + t, c);
  add_lanewise<[](U a) { return a == 0 ? ~0u : static_cast<u32>(std::countl_zero(a)); }, u32, U>(f, "bfind.shiftamt.u" + t, c);
}

// Four bytes chosen from eight; bit 3 of a choice replicates the byte's sign.
u32 permute(u32 a, u32 b, u32 choice) {
  const u64 bytes = static_cast<u64>(b) << 32 | a;
  u32 r = 0;
  for (int k = 0; k < 4; ++k) {
    const u32 n = choice >> 4 * k & 15;
    u32 byte = static_cast<u32>(bytes >> 8 * (n & 7)) & 0xFF;
    if (n & 8) byte = byte & 0x80 ? 0xFF : 0;
    r |= byte << 8 * k;
  }
  return r;
}

void logic3(Warp& w, const Instruction& i) {
  const u32 table = *in<u32>(w, i.r[4]);
  each_lane<u32>(w, i.r[0], [table](u32 a, u32 b, u32 c) {
    u32 r = 0;
    for (u32 k = 0; k < 8; ++k) r |= (0u - (table >> k & 1)) & (k & 4 ? a : ~a) & (k & 2 ? b : ~b) & (k & 1 ? c : ~c);
    return r;
  }, Source<u32>(w, i.r[1]), Source<u32>(w, i.r[2]), Source<u32>(w, i.r[3]));
}

}  // namespace

void add_bit_forms(Forms& f) {
  const Class c = Class::kInteger;
  add_logic<u16>(f, "16");
  add_logic<u32>(f, "32");
  add_logic<u64>(f, "64");
  add_fields<u32>(f, "32");
  add_fields<u64>(f, "64");
  add_lanewise<[](u32 a, u32 b, u32 n) { return static_cast<u32>((static_cast<u64>(b) << 32 | a) << (n & 31) >> 32); }, u32, u32, u32, u32>(f, "shf.l.wrap.b32", c);
  add_lanewise<[](u32 a, u32 b, u32 n) { return static_cast<u32>((static_cast<u64>(b) << 32 | a) >> (n & 31)); }, u32, u32, u32, u32>(f, "shf.r.wrap.b32", c);
  add_lanewise<[](u32 a, u32 b, u32 n) { return static_cast<u32>((static_cast<u64>(b) << 32 | a) << (n < 32 ? n : 32) >> 32); }, u32, u32, u32, u32>(f, "shf.l.clamp.b32", c);
  add_lanewise<[](u32 a, u32 b, u32 n) { return static_cast<u32>((static_cast<u64>(b) << 32 | a) >> (n < 32 ? n : 32)); }, u32, u32, u32, u32>(f, "shf.r.clamp.b32", c);
  add_lanewise<[](u32 a, u32 b, u32 s) { return permute(a, b, s); }, u32, u32, u32, u32>(f, "prmt.b32", c);
  f.add("lop3.b32", "Wwwww", c, logic3);
}

}  // namespace wz::software
