// mov, selp, slct, cvta, isspacep and logic of predicates.
#include "tests/model/model.h"

namespace wz::software::model {

std::optional<Model> move_model(const Parts& p, const std::string& signature) {
  const std::string& op = p[0];
  Model m;
  if (p.back() == "pred" && p.size() == 2) {
    m.lane = [op](const std::vector<u64>& s, std::vector<Expected>& d) {
      d[0].bits = op == "mov" ? s[0] : op == "not" ? !s[0] : op == "and" ? s[0] & s[1] : op == "or" ? s[0] | s[1] : s[0] ^ s[1];
    };
    return m;
  }
  if (op == "mov" && p.back().compare(0, 4, "pack") == 0) {
    const int parts = p.back()[4] - '0', bits = type_of(p[1]).bits / parts;
    m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
      for (int k = 0; k < parts; ++k) d[0].bits |= s[static_cast<size_t>(k)] << bits * k;
    };
    return m;
  }
  if (op == "mov" && p.back().compare(0, 6, "unpack") == 0) {
    const int parts = p.back()[6] - '0', bits = type_of(p[1]).bits / parts;
    m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
      for (int k = 0; k < parts; ++k) d[static_cast<size_t>(k)].bits = s[0] >> bits * k & ((u64{1} << bits) - 1);
    };
    return m;
  }
  if (op == "mov" && p[1].compare(0, 5, "clock") == 0) {
    m.lane = [](const std::vector<u64>&, std::vector<Expected>& d) { d[0].kind = Expected::kAny; };
    return m;
  }
  if (op == "mov" && signature.size() == 2) {
    m.lane = [](const std::vector<u64>& s, std::vector<Expected>& d) { d[0].bits = s[0]; };
    return m;
  }
  if (op == "selp") {
    m.lane = [](const std::vector<u64>& s, std::vector<Expected>& d) { d[0].bits = s[2] != 0 ? s[0] : s[1]; };
    return m;
  }
  if (op == "slct") {  // c >= 0; NaN chooses b, a negative zero a
    const bool floating = p.back() == "f32", flush = has(p, "ftz");
    m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
      bool first = value_of(s[2], {'s', 32, false}) >= 0;
      if (floating) {
        const Number c = number(s[2], kF32);
        first = !c.nan() && (!c.negative || c.zero() || (flush && c.kind == Number::kFinite && c.mantissa >> 23 == 0));
      }
      d[0].bits = first ? s[0] : s[1];
    };
    return m;
  }
  if (op == "cvta" || op == "isspacep") {
    // The device's map: global addresses are the host's, the others have a window each (machine/program.h).
    const bool to = p[1] == "to";
    const std::string space = to ? p[2] : p[1];
    const u64 window = space == "local" ? 0x00F1000000000000ull : space.compare(0, 5, "param") == 0 ? 0x00F2000000000000ull : space.compare(0, 6, "shared") == 0 ? 0x00F0000000000000ull : 0;
    m.lane = [=](const std::vector<u64>& s, std::vector<Expected>& d) {
      if (op == "isspacep") {
        const u64 high = s[0] >> 48;
        d[0].bits = window != 0 ? high == window >> 48 : space == "const" ? 0 : high < 0xF0 || high > 0xF1;
      } else if (window == 0) {
        d[0].bits = s[0];
      } else {
        d[0].bits = (s[0] & 0xFFFFFFFF) | (to ? 0 : window);
      }
    };
    return m;
  }
  return {};
}

}  // namespace wz::software::model
