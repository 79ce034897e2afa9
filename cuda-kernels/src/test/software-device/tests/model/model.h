// What an instruction form must give, from the text of the PTX documentation (ISA 9.0): one model per family, found by the opcode's parts.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>
#include "tests/model/exact.h"

namespace wz::software::model {

// A result: bits, any NaN of a format where the documentation leaves the payload open, or bits with a bound on the distance in units of the
// last place of a format.
struct Expected {
  u64 bits = 0;
  enum Kind { kBits, kNan, kNear, kAny } kind = kBits;
  const Format* format = nullptr;
  int ulps = 0;
  int halves = 1;    // packed values of the format, each compared by itself
  double slack = 0;  // or this much apart
};

struct Warp {
  // [operand][lane]; predicates are 0 or 1; carries are operands after the others.
  std::vector<std::array<u64, 32>> sources;
  std::vector<std::array<Expected, 32>> results;
  u32 exec = 0;
  u32 immediate = 0;
};

struct Model {
  std::function<void(const std::vector<u64>& sources, std::vector<Expected>& results)> lane;  // or
  std::function<void(Warp&)> warp;
  bool whole_warp = false;  // may not run with a part of the lanes
  std::vector<u32> immediates;  // values for an operand that must be a number
};

using Parts = std::vector<std::string>;

// Empty where the family does not know the opcode.
std::optional<Model> integer_model(const Parts& opcode, const std::string& signature);
std::optional<Model> move_model(const Parts& opcode, const std::string& signature);
std::optional<Model> float_model(const Parts& opcode, const std::string& signature);
std::optional<Model> approximate_model(const Parts& opcode, const std::string& signature);
std::optional<Model> compare_model(const Parts& opcode, const std::string& signature);
std::optional<Model> convert_model(const Parts& opcode, const std::string& signature);
std::optional<Model> warp_model(const Parts& opcode, const std::string& signature);
std::optional<Model> matrix_model(const Parts& opcode, const std::string& signature);

inline bool has(const Parts& p, const std::string& word) {
  for (const std::string& s : p) {
    if (s == word) return true;
  }
  return false;
}
// s32: 's', 32; f16x2: 'f', 16, pair. kind 0: not a type.
struct Type {
  char kind = 0;  // b u s f; B bf16, e e4m3, E e5m2, t tf32
  int bits = 0;
  bool pair = false;
};
Type type_of(const std::string& word);
const Format* format_of(const Type& t);  // null for integers
inline s128 value_of(u64 bits, const Type& t) {
  const u64 mask = t.bits == 64 ? ~u64{0} : (u64{1} << t.bits) - 1;
  const u64 v = bits & mask;
  if (t.kind == 's' && (v >> (t.bits - 1) & 1)) return static_cast<s128>(v) - (static_cast<s128>(1) << t.bits);
  return static_cast<s128>(v);
}
inline u64 low(s128 v, int bits) { return bits == 64 ? static_cast<u64>(v) : static_cast<u64>(v) & ((u64{1} << bits) - 1); }
inline Round round_of(const Parts& p) {
  if (has(p, "rz") || has(p, "rzi")) return Round::kZero;
  if (has(p, "rm") || has(p, "rmi")) return Round::kDown;
  if (has(p, "rp") || has(p, "rpi")) return Round::kUp;
  if (has(p, "rna")) return Round::kNearestAway;
  return Round::kNearestEven;
}

}  // namespace wz::software::model
