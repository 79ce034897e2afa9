// shfl, vote, match, redux, elect, activemask over the lanes that take part.
#include "tests/model/model.h"

namespace wz::software::model {
namespace {

void all_lanes(Warp& w, size_t result, u64 value) {
  for (size_t l = 0; l < 32; ++l) w.results[result][l].bits = value;
}
bool in(const Warp& w, size_t lane) { return w.exec >> lane & 1; }

void shuffle(const std::string& mode, Warp& w) {
  for (size_t l = 0; l < 32; ++l) {
    if (!in(w, l)) continue;
    const int lane = static_cast<int>(l), b = static_cast<int>(w.sources[1][l] & 31), c = static_cast<int>(w.sources[2][l] & 31), mask = static_cast<int>(w.sources[2][l] >> 8 & 31);
    const int most = (lane & mask) | (c & ~mask & 31), least = lane & mask;
    int j = mode == "up" ? lane - b : mode == "down" ? lane + b : mode == "bfly" ? lane ^ b : least | (b & ~mask & 31);
    const bool valid = mode == "up" ? j >= most : j <= most;
    if (!valid) j = lane;
    w.results[1][l].bits = valid;
    // A lane that does not take part has nothing to give: unpredictable.
    if (j < 0 || j > 31 || !in(w, static_cast<size_t>(j))) w.results[0][l].kind = Expected::kAny;
    else w.results[0][l].bits = w.sources[0][static_cast<size_t>(j)];
  }
}

void match(bool all, Warp& w) {
  bool same = true;
  u64 first = 0;
  bool seen = false;
  for (size_t l = 0; l < 32; ++l) {
    if (!in(w, l)) continue;
    if (!seen) first = w.sources[0][l], seen = true;
    same &= w.sources[0][l] == first;
    u64 mask = 0;
    for (size_t k = 0; k < 32; ++k) mask |= in(w, k) && w.sources[0][k] == w.sources[0][l] ? u64{1} << k : 0;
    w.results[0][l].bits = mask;
  }
  if (!all) return;
  all_lanes(w, 0, same ? w.exec : 0);
  all_lanes(w, 1, same ? 1 : 0);
}

void reduce(const Parts& p, Warp& w) {
  const Type t = type_of(p.back());
  const std::string& op = p[2];
  bool seen = false;
  s128 r = 0;
  for (size_t l = 0; l < 32; ++l) {
    if (!in(w, l)) continue;
    const s128 v = value_of(w.sources[0][l], t);
    if (!seen) r = v;
    else if (op == "add") r += v;
    else if (op == "min") r = std::min(r, v);
    else if (op == "max") r = std::max(r, v);
    else if (op == "and") r &= v;
    else if (op == "or") r |= v;
    else r ^= v;
    seen = true;
  }
  all_lanes(w, 0, low(r, 32));
}

}  // namespace

std::optional<Model> warp_model(const Parts& p, const std::string&) {
  const std::string& op = p[0];
  Model m;
  if (op == "shfl") m.warp = [mode = p[2]](Warp& w) { shuffle(mode, w); };
  else if (op == "match") m.warp = [all = p[1] == "all"](Warp& w) { match(all, w); };
  else if (op == "redux") m.warp = [p](Warp& w) { reduce(p, w); };
  else if (op == "activemask") m.warp = [](Warp& w) { all_lanes(w, 0, w.exec); };
  else if (op == "elect") {
    m.warp = [](Warp& w) {
      const u64 leader = static_cast<u64>(__builtin_ctz(w.exec));
      all_lanes(w, 0, leader);
      for (size_t l = 0; l < 32; ++l) w.results[1][l].bits = l == leader;
    };
  } else if (op == "vote") {
    m.warp = [mode = p[2]](Warp& w) {
      u64 ballot = 0;
      for (size_t l = 0; l < 32; ++l) ballot |= in(w, l) && w.sources[0][l] != 0 ? u64{1} << l : 0;
      all_lanes(w, 0, mode == "ballot" ? ballot : mode == "all" ? ballot == w.exec : mode == "any" ? ballot != 0 : ballot == 0 || ballot == w.exec);
    };
  } else {
    return {};
  }
  return m;
}

}  // namespace wz::software::model
