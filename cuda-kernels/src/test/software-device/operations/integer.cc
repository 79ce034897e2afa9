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

// Four or two products of bytes, signed or not, on top of c.
template <class A, class B>
void add_dot(Forms& f, const std::string& ab) {
  using R = std::conditional_t<std::is_signed_v<A> || std::is_signed_v<B>, s32, u32>;
  add_lanewise<[](u32 a, u32 b, u32 c) {
    for (int k = 0; k < 4; ++k) c += static_cast<u32>(static_cast<R>(static_cast<A>(a >> 8 * k)) * static_cast<R>(static_cast<B>(b >> 8 * k)));
    return c;
  }, u32, u32, u32, u32>(f, "dp4a." + ab, Class::kInteger);
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
  add_lanewise<[](s32 a, s32 b, u32 c) { return c + static_cast<u32>(std::abs(static_cast<s64>(a) - b)); }, u32, s32, s32, u32>(f, "sad.s32", Class::kInteger);
  add_lanewise<[](u32 a, u32 b, u32 c) { return c + (a < b ? b - a : a - b); }, u32, u32, u32, u32>(f, "sad.u32", Class::kInteger);
  add_lanewise<[](s32 a, s32 b) { return static_cast<s32>(static_cast<u32>(a << 8 >> 8) * static_cast<u32>(b << 8 >> 8)); }, s32, s32, s32>(f, "mul24.lo.s32", Class::kInteger);
}

}  // namespace wz::software
