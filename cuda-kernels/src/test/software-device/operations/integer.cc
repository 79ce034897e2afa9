// Integer arithmetic. Division by zero gives all ones and leaves a remainder of the dividend, as the hardware does.
#include <algorithm>
#include <limits>
#include "operations/forms.h"

namespace wz::software {
namespace {

using u128 = unsigned __int128;
using s128 = __int128;

template <class T>
using Wide = std::conditional_t<sizeof(T) == 2, std::conditional_t<std::is_signed_v<T>, s32, u32>,
                                std::conditional_t<sizeof(T) == 4, std::conditional_t<std::is_signed_v<T>, s64, u64>, std::conditional_t<std::is_signed_v<T>, s128, u128>>>;
template <class T>
using Unsigned = std::make_unsigned_t<T>;

template <class T>
T divide(T a, T b) {
  if (b == 0) return static_cast<T>(-1);
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return static_cast<T>(0 - static_cast<Unsigned<T>>(a));
  }
  return static_cast<T>(a / b);
}
template <class T>
T remainder(T a, T b) {
  if (b == 0) return a;
  if constexpr (std::is_signed_v<T>) {
    if (b == -1) return 0;
  }
  return static_cast<T>(a % b);
}
template <class T>
T saturated(s64 v) {
  return static_cast<T>(std::clamp<s64>(v, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
}

template <class T>
void add_typed(Forms& f, const std::string& t) {
  using U = Unsigned<T>;
  const Class c = Class::kInteger;
  add_lanewise<[](T a, T b) { return static_cast<T>(static_cast<U>(a) + static_cast<U>(b)); }, T, T, T>(f, "add." + t, c);
  add_lanewise<[](T a, T b) { return static_cast<T>(static_cast<U>(a) - static_cast<U>(b)); }, T, T, T>(f, "sub." + t, c);
  add_lanewise<[](T a, T b) { return static_cast<T>(static_cast<Wide<U>>(static_cast<U>(a)) * static_cast<U>(b)); }, T, T, T>(f, "mul.lo." + t, c);
  add_lanewise<[](T a, T b) { return static_cast<T>(static_cast<Wide<T>>(a) * b >> (8 * sizeof(T))); }, T, T, T>(f, "mul.hi." + t, c);
  add_lanewise<[](T a, T b, T d) { return static_cast<T>(static_cast<Wide<U>>(static_cast<U>(a)) * static_cast<U>(b) + static_cast<U>(d)); }, T, T, T, T>(f, "mad.lo." + t, c);
  add_lanewise<[](T a, T b, T d) { return static_cast<T>(static_cast<U>(static_cast<Wide<T>>(a) * b >> (8 * sizeof(T))) + static_cast<U>(d)); }, T, T, T, T>(f, "mad.hi." + t, c);
  add_lanewise<[](T a, T b) { return divide(a, b); }, T, T, T>(f, "div." + t, c);
  add_lanewise<[](T a, T b) { return remainder(a, b); }, T, T, T>(f, "rem." + t, c);
  add_lanewise<[](T a, T b) { return std::min(a, b); }, T, T, T>(f, "min." + t, c);
  add_lanewise<[](T a, T b) { return std::max(a, b); }, T, T, T>(f, "max." + t, c);
  add_lanewise<[](T a, T b, T d) { return static_cast<T>(static_cast<U>(d) + (a < b ? static_cast<U>(b) - static_cast<U>(a) : static_cast<U>(a) - static_cast<U>(b))); }, T, T, T, T>(f, "sad." + t, c);
  if constexpr (std::is_signed_v<T>) {
    add_lanewise<[](T a) { return a < 0 ? static_cast<T>(0 - static_cast<U>(a)) : a; }, T, T>(f, "abs." + t, c);
    add_lanewise<[](T a) { return static_cast<T>(0 - static_cast<U>(a)); }, T, T>(f, "neg." + t, c);
  }
  if constexpr (sizeof(T) < 8) {
    using W = Wide<T>;
    add_lanewise<[](T a, T b) { return static_cast<W>(static_cast<W>(a) * static_cast<W>(b)); }, W, T, T>(f, "mul.wide." + t, c);
    add_lanewise<[](T a, T b, W d) { return static_cast<W>(static_cast<Unsigned<W>>(static_cast<W>(a) * static_cast<W>(b)) + static_cast<Unsigned<W>>(d)); }, W, T, T, W>(f, "mad.wide." + t, c);
  }
}

template <class A, class B>
u32 dot2(u32 a, u32 b) {
  u32 sum = 0;
  for (int k = 0; k < 2; ++k) sum += static_cast<u32>(static_cast<s64>(static_cast<A>(a >> 16 * k)) * static_cast<s64>(static_cast<B>(b >> 8 * k)));
  return sum;
}

// Four or two products of bytes, signed or not, on top of c.
template <class A, class B>
void add_dot(Forms& f, const std::string& ab) {
  using R = std::conditional_t<std::is_signed_v<A> || std::is_signed_v<B>, s32, u32>;
  add_lanewise<[](u32 a, u32 b, u32 c) {
    for (int k = 0; k < 4; ++k) c += static_cast<u32>(static_cast<R>(static_cast<A>(a >> 8 * k)) * static_cast<R>(static_cast<B>(b >> 8 * k)));
    return c;
  }, u32, u32, u32, u32>(f, "dp4a." + ab, Class::kInteger);
  using A16 = std::conditional_t<std::is_signed_v<A>, s16, u16>;
  add_lanewise<[](u32 a, u32 b, u32 c) { return c + dot2<A16, B>(a, b); }, u32, u32, u32, u32>(f, "dp2a.lo." + ab, Class::kInteger);
  add_lanewise<[](u32 a, u32 b, u32 c) { return c + dot2<A16, B>(a, b >> 16); }, u32, u32, u32, u32>(f, "dp2a.hi." + ab, Class::kInteger);
}

// The lower 24 bits of both operands: 48 bits, of which .lo are the lowest and .hi the highest 32.
template <class T>
s64 product24(T a, T b) {
  constexpr bool kSigned = std::is_signed_v<T>;
  const auto cut = [](T v) { return kSigned ? static_cast<s64>(static_cast<s32>(static_cast<u32>(v) << 8) >> 8) : static_cast<s64>(static_cast<u32>(v) & 0xFFFFFFu); };
  return cut(a) * cut(b);
}
template <class T>
void add_24_typed(Forms& f, const std::string& t) {
  const Class c = Class::kInteger;
  add_lanewise<[](T a, T b) { return static_cast<T>(product24(a, b)); }, T, T, T>(f, "mul24.lo." + t, c);
  add_lanewise<[](T a, T b) { return static_cast<T>(product24(a, b) >> 16); }, T, T, T>(f, "mul24.hi." + t, c);
  add_lanewise<[](T a, T b, T d) { return static_cast<T>(static_cast<u32>(product24(a, b)) + static_cast<u32>(d)); }, T, T, T, T>(f, "mad24.lo." + t, c);
  add_lanewise<[](T a, T b, T d) { return static_cast<T>(static_cast<u32>(product24(a, b) >> 16) + static_cast<u32>(d)); }, T, T, T, T>(f, "mad24.hi." + t, c);
}
void add_24(Forms& f) { add_24_typed<u32>(f, "u32"), add_24_typed<s32>(f, "s32"); }

// An operation on both halves of a pair.
template <class T, class F>
u32 both(u32 a, u32 b, F f) {
  return static_cast<u32>(static_cast<u16>(f(static_cast<T>(a >> 16), static_cast<T>(b >> 16)))) << 16 | static_cast<u16>(f(static_cast<T>(a), static_cast<T>(b)));
}

}  // namespace

void add_integer_forms(Forms& f) {
  add_typed<u16>(f, "u16");
  add_typed<s16>(f, "s16");
  add_typed<u32>(f, "u32");
  add_typed<s32>(f, "s32");
  add_typed<u64>(f, "u64");
  add_typed<s64>(f, "s64");
  add_lanewise<[](s32 a, s32 b) { return saturated<s32>(static_cast<s64>(a) + b); }, s32, s32, s32>(f, "add.sat.s32", Class::kInteger);
  add_lanewise<[](s32 a, s32 b) { return saturated<s32>(static_cast<s64>(a) - b); }, s32, s32, s32>(f, "sub.sat.s32", Class::kInteger);
  add_dot<u8, u8>(f, "u32.u32");
  add_dot<s8, s8>(f, "s32.s32");
  add_dot<u8, s8>(f, "u32.s32");
  add_dot<s8, u8>(f, "s32.u32");
  add_lanewise<[](s32 a, s32 b, s32 d) { return saturated<s32>((static_cast<s64>(a) * b >> 32) + d); }, s32, s32, s32, s32>(f, "mad.hi.sat.s32", Class::kInteger);
  add_lanewise<[](s32 a, s32 b) { return std::max(0, std::min(a, b)); }, s32, s32, s32>(f, "min.relu.s32", Class::kInteger);
  add_lanewise<[](s32 a, s32 b) { return std::max(0, std::max(a, b)); }, s32, s32, s32>(f, "max.relu.s32", Class::kInteger);
  add_24(f);
  for (const char* t : {"u16x2", "s16x2"}) add_lanewise<[](u32 a, u32 b) { return both<u16>(a, b, [](u16 x, u16 y) { return static_cast<u16>(x + y); }); }, u32, u32, u32>(f, std::string("add.") + t, Class::kInteger);
  add_lanewise<[](u32 a, u32 b) { return both<u16>(a, b, [](u16 x, u16 y) { return std::min(x, y); }); }, u32, u32, u32>(f, "min.u16x2", Class::kInteger);
  add_lanewise<[](u32 a, u32 b) { return both<u16>(a, b, [](u16 x, u16 y) { return std::max(x, y); }); }, u32, u32, u32>(f, "max.u16x2", Class::kInteger);
  add_lanewise<[](u32 a, u32 b) { return both<s16>(a, b, [](s16 x, s16 y) { return std::min(x, y); }); }, u32, u32, u32>(f, "min.s16x2", Class::kInteger);
  add_lanewise<[](u32 a, u32 b) { return both<s16>(a, b, [](s16 x, s16 y) { return std::max(x, y); }); }, u32, u32, u32>(f, "max.s16x2", Class::kInteger);
}

}  // namespace wz::software
