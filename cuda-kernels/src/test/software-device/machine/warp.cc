#include "machine/warp.h"
#include <algorithm>
#include "machine/block.h"

namespace wz::software {

bool Warp::settle() {
  if (active != 0) others.push_back({pc, active, false});
  active = 0;
  // Groups at the same instruction are one; a group that others reached need not wait any more.
  std::sort(others.begin(), others.end(), [](const Group& a, const Group& b) { return a.pc < b.pc; });
  size_t kept = 0;
  for (size_t k = 0; k < others.size(); ++k) {
    if (kept > 0 && others[kept - 1].pc == others[k].pc) {
      others[kept - 1].mask |= others[k].mask;
      others[kept - 1].waiting = false;
    } else {
      others[kept++] = others[k];
    }
  }
  others.resize(kept);
  const auto next = std::find_if(others.begin(), others.end(), [](const Group& g) { return !g.waiting; });
  if (next == others.end()) return false;
  pc = next->pc;
  active = next->mask;
  others.erase(next);
  limit = others.empty() ? kNone : others.front().pc;
  return true;
}

void Warp::branch(u32 taken, u32 target) {
  const bool back = target < pc;
  if (taken == active) {
    pc = target;
  } else {
    others.push_back({target, taken, false});
    active &= ~taken;
    if (!settle()) stop = true;
  }
  // A loop that waits for other lanes or warps must let them run.
  if (back && ++steps_back % 4096 == 0) {
    stop = true;
    if (!others.empty()) {
      const auto other = std::find_if(others.begin(), others.end(), [](const Group& g) { return !g.waiting; });
      if (other != others.end()) {
        std::swap(other->pc, pc);
        std::swap(other->mask, active);
        limit = kNone;
        for (const Group& g : others) limit = std::min(limit, g.pc > pc ? g.pc : kNone);
      }
    }
  }
}

bool Warp::gathered(u32 mask, const char* what) {
  const Instruction& i = block->program->code[pc - 1];
  if ((exec & ~mask) != 0) {
    block->fault(*this, i, __builtin_ctz(exec & ~mask), kLaunchFailure, std::string(what) + ": the lane is not in its own member mask");
  }
  const u32 missing = mask & ~exec;
  if (missing == 0) return true;
  if ((missing & ~live) != 0) block->fault(*this, i, __builtin_ctz(exec), kLaunchFailure, std::string(what) + ": the member mask names lane " + std::to_string(__builtin_ctz(missing & ~live)) + ", which has exited or never was");
  others.push_back({pc - 1, active, true});
  active = 0;
  if (!settle()) {
    block->fault(*this, i, __builtin_ctz(exec), kLaunchFailure, std::string(what) + ": lane " + std::to_string(__builtin_ctz(missing)) + " of the member mask never comes");
  }
  return false;
}

void Warp::exit_lanes(u32 lanes) {
  live &= ~lanes;
  active &= ~lanes;
  if (active != 0 || settle()) return;
  stop = true;
  if (live == 0) return;
  // The rest waits for lanes that are gone: let it run into its own report.
  for (Group& g : others) g.waiting = false;
  settle();
}

}  // namespace wz::software
