// A warp: its register file and the groups of lanes that stand at the same instruction. The group with the lowest program counter runs, and
// groups that meet become one.
#pragma once
#include <vector>
#include "machine/program.h"

namespace wz::software {

struct Block;

struct Group {
  u32 pc;
  u32 mask;
  bool waiting;  // at a .sync instruction, for lanes of its mask that are elsewhere
};

// cp.async operations that a commit closed: complete together.
struct AsyncCopy {
  u64 source;
  u32 target;  // shared offset
  u16 bytes, taken;
  u8 lane;
  u8 data[16];
};
struct AsyncGroup {
  u32 mask;
  std::vector<AsyncCopy> copies;
};

struct Warp {
  u8* base[2] = {nullptr, nullptr};
  u32 exec = 0;    // lanes of the present instruction
  u32 active = 0;  // lanes of the present group
  u32 live = 0;    // lanes that have not exited
  u32 pc = 0;
  u32 limit = kNone;  // lowest pc among the others
  bool stop = false;  // give the processor to another warp
  u32 steps_back = 0;
  u32 carry = 0;  // the flag of add.cc and the like, a bit per lane
  std::vector<Group> others;
  Block* block = nullptr;
  int index = 0;
  int barrier = -1;       // waited for
  u32 barrier_value = 0;  // of bar.red: the lanes' predicates; then the result
  u32 barrier_pc = 0;     // of the bar.red that waits
  bool released = false;
  bool barrier_all = false, barrier_any = false;
  u32 barrier_count = 0;
  std::vector<u32> valid;  // per unit of the file, checks only
  std::vector<u8> file;
  std::vector<AsyncGroup> async;  // oldest first; the last one is open
  std::vector<AsyncCopy> open_copies;
  u32 open_mask = 0;

  // Puts the present group among the others (pc already set) and takes the lowest that does not wait. False: all wait or none is left.
  bool settle();
  void branch(u32 taken, u32 target);
  // The lanes of `mask` that still live and are not in exec must come first: true if the instruction may run now.
  bool gathered(u32 mask, const char* what);
  void exit_lanes(u32 lanes);
};

template <class T>
inline const T* in(const Warp& w, u32 operand) {
  return reinterpret_cast<const T*>(w.base[operand & 1] + (operand & ~1u));
}
template <class T>
inline T* out(Warp& w, u32 operand) {
  return reinterpret_cast<T*>(w.base[0] + operand);
}

}  // namespace wz::software
