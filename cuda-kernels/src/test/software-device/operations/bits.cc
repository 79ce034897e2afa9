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
  add_lanewise<[](U a) {
    const U m = static_cast<S>(a) < 0 ? ~a : a;
    return m == 0 ? ~0u : static_cast<u32>(std::countl_zero(m));
  }, u32, U>(f, "bfind.shiftamt.s" + t, c);
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

// The other modes choose four bytes by the lower two bits of c; each expands to a choice as above.
template <u32 k0, u32 k1, u32 k2, u32 k3>
u32 permute_mode(u32 a, u32 b, u32 c) {
  const u32 choices[4] = {k0, k1, k2, k3};
  return permute(a, b, choices[c & 3]);
}

// Ones from bit a on, b of them.
u32 mask_of(u64 a, u64 b) {
  const u64 from = a >= 32 ? 0 : ~u64{0} << a, to = a + b >= 32 ? ~u64{0} : (u64{1} << (a + b)) - 1;
  return static_cast<u32>(from & to);
}
// The lower b bits of a, extended.
template <class T>
T extended(T a, u64 b) {
  if (b == 0) return 0;
  if (b >= 32) return a;
  return static_cast<T>(static_cast<u32>(a) << (32 - b)) >> (32 - b);
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
  add_lanewise<permute_mode<0x3210, 0x4321, 0x5432, 0x6543>, u32, u32, u32, u32>(f, "prmt.b32.f4e", c);
  add_lanewise<permute_mode<0x5670, 0x6701, 0x7012, 0x0123>, u32, u32, u32, u32>(f, "prmt.b32.b4e", c);
  add_lanewise<permute_mode<0x0000, 0x1111, 0x2222, 0x3333>, u32, u32, u32, u32>(f, "prmt.b32.rc8", c);
  add_lanewise<permute_mode<0x3210, 0x3211, 0x3222, 0x3333>, u32, u32, u32, u32>(f, "prmt.b32.ecl", c);
  add_lanewise<permute_mode<0x0000, 0x1110, 0x2210, 0x3210>, u32, u32, u32, u32>(f, "prmt.b32.ecr", c);
  add_lanewise<permute_mode<0x1010, 0x3232, 0x1010, 0x3232>, u32, u32, u32, u32>(f, "prmt.b32.rc16", c);
  f.add("lop3.b32", "Wwwww", c, logic3);
  add_lanewise<[](u32 a, u32 b) { return mask_of(a, b); }, u32, u32, u32>(f, "bmsk.clamp.b32", c);
  add_lanewise<[](u32 a, u32 b) { return mask_of(a & 31, b & 31); }, u32, u32, u32>(f, "bmsk.wrap.b32", c);
  add_lanewise<[](u32 a, u32 b) { return extended<u32>(a, b); }, u32, u32, u32>(f, "szext.clamp.u32", c);
  add_lanewise<[](s32 a, u32 b) { return extended<s32>(a, b); }, s32, s32, u32>(f, "szext.clamp.s32", c);
  add_lanewise<[](u32 a, u32 b) { return extended<u32>(a, b & 31); }, u32, u32, u32>(f, "szext.wrap.u32", c);
  add_lanewise<[](s32 a, u32 b) { return extended<s32>(a, b & 31); }, s32, s32, u32>(f, "szext.wrap.s32", c);
}

}  // namespace wz::software
