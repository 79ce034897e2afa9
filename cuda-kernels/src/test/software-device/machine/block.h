// A launch and the block of it that runs: its shared and local memory, its warps, what is known about each byte of shared memory.
#pragma once
#include <memory>
#include <random>
#include <array>
#include <string>
#include <vector>
#include "machine/counters.h"
#include "machine/fault.h"
#include "machine/global_memory.h"
#include "machine/warp.h"

namespace wz::software {

struct Options {
  bool checks = true;
  bool count = true;
  u64 seed = 1;           // order of blocks and warps, moments of asynchronous copies; used where checks are on
  u64 step_limit = 2'000'000'000;  // warp instructions of one block after which it counts as hanging
};

struct Dim3 {
  u32 x = 1, y = 1, z = 1;
};

// Bytes of one word of shared memory: who wrote each last, and when each warp read last (clock << 4 | bytes).
struct SharedWord {
  u32 write_clock[4];
  u16 writer[4];  // warp << 5 | lane; kAtomic
  u32 read[kLanes];
};

struct Launch {
  std::shared_ptr<const Program> program;
  Dim3 grid, block;
  u32 dynamic_shared = 0;
  std::vector<u8> parameters;
  GlobalMemory* memory = nullptr;
  Options options;
  Counters counters;
  std::vector<u64> executed;  // per instruction
  u64 grid_id = 0;

  void run();  // throws Fault
};

struct Block {
  Launch* launch = nullptr;
  const Program* program = nullptr;
  u32 ctaid[3] = {0, 0, 0};
  std::vector<u8> shared;
  std::vector<u8> shared_state;  // per byte: kWritten, kPending
  std::vector<SharedWord> words;
  std::vector<u8> local;
  std::vector<Warp> warps;
  std::mt19937_64 random;
  u32 first_clock = 1;
  std::vector<std::array<u32, kLanes>> clocks;  // clocks[w][v]: what warp w knows of warp v
  int barrier_threads[16] = {};                 // expected, 0: all
  int barrier_arrived[16] = {};                 // by bar.arrive, which does not wait
  std::array<u32, kLanes> arrived_clocks[16] = {};
  u64 steps = 0;

  static constexpr u8 kWritten = 1, kPending = 2;
  static constexpr u16 kAtomic = 0x8000;

  void run(const u32 (&id)[3]);
  // Reports with kernel, line, instruction, block and thread of the warp's present instruction.
  [[noreturn]] void fault(const Warp& w, const Instruction& i, int lane, int code, const std::string& what) const;
  void synchronize_warp(Warp& w) { clocks[w.index][w.index] += 1; }
  void release_barriers();
  void finish_copies(Warp& w, const std::vector<AsyncCopy>& copies, u32 lanes);

 private:
  void start(Warp& w, int index, int threads);
  template <bool kChecks>
  void run_warp(Warp& w, u64 budget);
  void check_registers(Warp& w, const Instruction& i);
  [[noreturn]] void deadlock();
};

void exit_handler(Warp&, const Instruction&);
void branch_handler(Warp&, const Instruction&);
void unknown_handler(Warp&, const Instruction&);

}  // namespace wz::software
