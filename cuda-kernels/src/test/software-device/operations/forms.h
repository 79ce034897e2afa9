// The table of instruction forms: an opcode with its modifiers, the widths of its operands, and the function that executes it.
//
// A signature has a letter per operand: h 16 bits, w 32, l 64, p predicate; capital for a result; Q a predicate result that may be
// missing. Vectors and pairs of the text are flattened: mma's {4},{4},{2},{4} is "WWWWwwwwwwwwww".
#pragma once
#include <string>
#include <type_traits>
#include <utility>
#include <unordered_map>
#include "machine/warp.h"

namespace wz::software {

struct Form {
  Handler handler;
  std::string signature;
  Class cls;
  s64 immediate = 0;
};

struct Forms {
  std::unordered_map<std::string, Form> table;
  void add(const std::string& opcode, const std::string& signature, Class cls, Handler handler, s64 immediate = 0) {
    table.insert_or_assign(opcode, Form{handler, signature, cls, immediate});
  }
};

const Forms& forms();

void add_move_forms(Forms&);
void add_integer_forms(Forms&);
void add_carry_forms(Forms&);
void add_bit_forms(Forms&);
void add_compare_forms(Forms&);
void add_float_forms(Forms&);
void add_special_forms(Forms&);
void add_half_forms(Forms&);
void add_convert_forms(Forms&);
void add_small_convert_forms(Forms&);
void add_warp_forms(Forms&);
void add_matrix_forms(Forms&);

// Predicates are a bit per lane.
struct Bit {};

template <class T>
struct Source {
  const T* p;
  Source(const Warp& w, u32 o) : p(in<T>(w, o)) {}
  T operator[](int l) const { return p[l]; }
};
template <>
struct Source<Bit> {
  u32 bits;
  Source(const Warp& w, u32 o) : bits(*in<u32>(w, o)) {}
  bool operator[](int l) const { return bits >> l & 1; }
};

template <class T>
constexpr char letter() {
  return std::is_same_v<T, Bit> ? 'p' : sizeof(T) == 2 ? 'h' : sizeof(T) == 4 ? 'w' : 'l';
}

template <class D, class F, class... S>
inline void each_lane(Warp& w, u32 to, F f, const S&... s) {
  D* d = out<D>(w, to);
  if (w.exec == kAllLanes) {
#pragma GCC ivdep
    for (int l = 0; l < kLanes; ++l) d[l] = f(s[l]...);
  } else {
    alignas(64) D t[kLanes];
#pragma GCC ivdep
    for (int l = 0; l < kLanes; ++l) t[l] = f(s[l]...);
    const u32 exec = w.exec;
#pragma GCC ivdep
    for (int l = 0; l < kLanes; ++l) d[l] = exec >> l & 1 ? t[l] : d[l];
  }
}

inline void put_bits(Warp& w, u32 to, u32 bits) {
  u32* d = out<u32>(w, to);
  *d = (*d & ~w.exec) | (bits & w.exec);
}

template <auto F, class D, class... S, size_t... K>
inline void lanewise_at(Warp& w, const Instruction& i, std::index_sequence<K...>) {
  each_lane<D>(w, i.r[0], F, Source<S>(w, i.r[1 + K])...);
}
template <auto F, class D, class... S>
void lanewise(Warp& w, const Instruction& i) {
  lanewise_at<F, D, S...>(w, i, std::index_sequence_for<S...>{});
}

// d[l] = F(sources[l]...) for every active lane.
template <auto F, class D, class... S>
void add_lanewise(Forms& forms, const std::string& opcode, Class cls) {
  forms.add(opcode, std::string{static_cast<char>(letter<D>() - 32), letter<S>()...}, cls, lanewise<F, D, S...>);
}

}  // namespace wz::software
