// Runs a block: warps in turn until each waits at a barrier or has ended; with checks in random order and slices, so that what depends on
// luck is seen.
#include "machine/block.h"
#include <algorithm>
#include <cstring>
#include <numeric>

namespace wz::software {

void exit_handler(Warp& w, const Instruction&) { w.exit_lanes(w.exec); }
void branch_handler(Warp& w, const Instruction& i) { w.branch(w.exec, i.target); }
void unknown_handler(Warp& w, const Instruction& i) {
  w.block->fault(w, i, __builtin_ctz(w.exec), kIllegalInstruction, "the software device does not know this instruction");
}

void Block::fault(const Warp& w, const Instruction& i, int lane, int code, const std::string& what) const {
  const u32 t = static_cast<u32>(w.index * kLanes + lane);
  const Dim3& d = launch->block;
  const std::string& source = program->source[static_cast<size_t>(i.statement)];
  throw Fault(code, program->name + ", PTX line " + std::to_string(i.line) + (source.empty() ? "" : ", " + source) + " (" + program->text[static_cast<size_t>(i.statement)] + "), block (" + std::to_string(ctaid[0]) + ", " +
                        std::to_string(ctaid[1]) + ", " + std::to_string(ctaid[2]) + "), thread (" + std::to_string(t % d.x) + ", " + std::to_string(t / d.x % d.y) + ", " +
                        std::to_string(t / d.x / d.y) + "): " + what);
}

void Block::start(Warp& w, int index, int threads) {
  w.block = this;
  w.index = index;
  w.file.resize(program->file_bytes + 64);
  w.base[0] = reinterpret_cast<u8*>((reinterpret_cast<u64>(w.file.data()) + 63) / 64 * 64);
  w.base[1] = const_cast<u8*>(program->constants.data());
  const int lanes = std::min(kLanes, threads - index * kLanes);
  w.live = w.active = lanes == kLanes ? kAllLanes : (1u << lanes) - 1;
  w.pc = 0;
  w.limit = kNone;
  w.others.clear();
  w.async.clear();
  w.open_copies.clear();
  w.barrier = -1;
  w.released = false;
  w.carry = 0;
  if (launch->options.checks) {
    w.valid.assign(program->file_bytes / 64, 0);
    std::memset(w.base[0], 0xFF, program->file_bytes);
  }
  const Dim3& b = launch->block;
  const Dim3& g = launch->grid;
  for (const SpecialInit& init : program->specials) {
    if (launch->options.checks) w.valid[init.offset / 64] = kAllLanes;
    for (u32 l = 0; l < kLanes; ++l) {
      const u32 t = static_cast<u32>(index) * kLanes + l;
      u64 v = 0;
      switch (init.special) {
        case Special::kTidX: v = t % b.x; break;
        case Special::kTidY: v = t / b.x % b.y; break;
        case Special::kTidZ: v = t / b.x / b.y; break;
        case Special::kNtidX: v = b.x; break;
        case Special::kNtidY: v = b.y; break;
        case Special::kNtidZ: v = b.z; break;
        case Special::kCtaidX: v = ctaid[0]; break;
        case Special::kCtaidY: v = ctaid[1]; break;
        case Special::kCtaidZ: v = ctaid[2]; break;
        case Special::kNctaidX: v = g.x; break;
        case Special::kNctaidY: v = g.y; break;
        case Special::kNctaidZ: v = g.z; break;
        case Special::kLane: v = l; break;
        case Special::kWarp: v = static_cast<u32>(index); break;
        case Special::kWarps: v = 64; break;
        case Special::kSm: v = ctaid[0] % 108; break;
        case Special::kSms: v = 108; break;
        case Special::kGrid: v = launch->grid_id; break;
        case Special::kMaskEq: v = 1u << l; break;
        case Special::kMaskLe: v = (2u << l) - 1; break;
        case Special::kMaskLt: v = (1u << l) - 1; break;
        case Special::kMaskGe: v = ~((1u << l) - 1); break;
        case Special::kMaskGt: v = ~((2u << l) - 1); break;
        case Special::kDynamicShared: v = launch->dynamic_shared; break;
        case Special::kTotalShared: v = launch->dynamic_shared + static_cast<u64>(program->shared_bytes); break;
        case Special::kZero: v = 0; break;
        case Special::kOne: v = 1; break;
      }
      std::memcpy(w.base[0] + init.offset + l * static_cast<u32>(init.bytes), &v, static_cast<size_t>(init.bytes));
    }
  }
}

void Block::check_registers(Warp& w, const Instruction& i) {
  for (int k = 0; k < i.operands; ++k) {
    if ((i.reads >> k & 1) == 0 || (i.r[k] & 1) != 0) continue;
    const u32 missing = w.exec & ~w.valid[i.r[k] / 64];
    if (missing == 0) continue;
    std::string name = "a register";
    for (size_t r = 0; r < program->register_offsets.size(); ++r) {
      if (program->register_offsets[r] == i.r[k]) name = program->register_names[r];
    }
    fault(w, i, __builtin_ctz(missing), kLaunchFailure, name + " is read but was never written");
  }
  for (int k = 0; k < i.operands; ++k) {
    if (i.writes >> k & 1) w.valid[i.r[k] / 64] |= w.exec;
  }
}

template <bool kChecks>
void Block::run_warp(Warp& w, u64 budget) {
  const Instruction* code = program->code.data();
  u64* executed = launch->executed.data();
  w.stop = false;
  while (!w.stop && budget-- != 0) {
    const Instruction& i = code[w.pc];
    u32 exec = w.active;
    if (i.guard != kNone) {
      const u32 p = *in<u32>(w, i.guard);
      exec &= i.negated ? ~p : p;
      if constexpr (kChecks) {
        const u32 missing = w.active & ~w.valid[i.guard / 64];
        if (missing != 0) fault(w, i, __builtin_ctz(missing), kLaunchFailure, "the guard is read but was never written");
      }
    }
    ++executed[w.pc++];
    if (exec != 0) {
      w.exec = exec;
      if constexpr (kChecks) check_registers(w, i);
      i.run(w, i);
    }
    if (w.limit != kNone) {
      ++launch->counters.split_instructions;
      if (w.pc >= w.limit && w.active != 0) w.settle();
    }
  }
  steps += 1;
}

void Block::release_barriers() {
  int live = 0;
  for (const Warp& w : warps) live += w.live != 0 ? kLanes : 0;
  for (int id = 0; id < 16; ++id) {
    int arrived = 0;
    for (const Warp& w : warps) arrived += w.barrier == id ? kLanes : 0;
    const int expected = barrier_threads[id] == 0 ? live : barrier_threads[id];
    arrived += barrier_arrived[id];
    if (arrived == 0 || arrived < expected) continue;
    std::array<u32, kLanes> joined = arrived_clocks[id];
    u32 all = kAllLanes, any = 0, count = 0;
    for (const Warp& w : warps) {
      if (w.barrier != id) continue;
      for (int v = 0; v < kLanes; ++v) joined[v] = std::max(joined[v], clocks[w.index][v]);
      all &= w.barrier_value | ~w.live;
      any |= w.barrier_value & w.live;
      count += static_cast<u32>(__builtin_popcount(w.barrier_value & w.live));
    }
    for (Warp& w : warps) {
      if (w.barrier != id) continue;
      clocks[w.index] = joined;
      clocks[w.index][w.index] += 1;
      w.barrier = -1;
      w.released = true;
      w.barrier_all = all == kAllLanes, w.barrier_any = any != 0, w.barrier_count = count;
    }
    barrier_threads[id] = 0;
    barrier_arrived[id] = 0;
    arrived_clocks[id].fill(0);
  }
}

void Block::deadlock() {
  for (const Warp& w : warps) {
    if (w.live == 0 || w.barrier < 0) continue;
    fault(w, program->code[w.pc - 1], __builtin_ctz(w.live), kLaunchFailure, "barrier " + std::to_string(w.barrier) + " is never complete: other warps wait elsewhere or have ended");
  }
  throw Fault(kLaunchFailure, program->name + ": no warp can run");
}

void Block::run(const u32 (&id)[3]) {
  std::copy(id, id + 3, ctaid);
  const bool checks = launch->options.checks;
  const int threads = static_cast<int>(launch->block.x * launch->block.y * launch->block.z);
  const size_t count = static_cast<size_t>((threads + kLanes - 1) / kLanes);
  const size_t bytes = static_cast<size_t>(program->shared_bytes) + launch->dynamic_shared;
  shared.assign(bytes, 0xFF);
  local.assign(static_cast<size_t>(program->local_bytes) * count * kLanes, 0xFF);
  warps.resize(count);
  for (size_t k = 0; k < count; ++k) start(warps[k], static_cast<int>(k), threads);
  std::fill(barrier_threads, barrier_threads + 16, 0);
  std::fill(barrier_arrived, barrier_arrived + 16, 0);
  for (auto& a : arrived_clocks) a.fill(0);
  clocks.assign(count, {});
  if (checks) {
    shared_state.assign(bytes, 0);
    if (words.size() < bytes / 4 + 1) words.assign(bytes / 4 + 1, SharedWord{});
    for (size_t w = 0; w < count; ++w) {
      clocks[w].fill(first_clock - 1);
      clocks[w][w] = first_clock;
    }
  }
  std::vector<Warp*> ready;
  for (u64 turns = 0;; ++turns) {
    ready.clear();
    bool waiting = false;
    for (Warp& w : warps) {
      if (w.live == 0) continue;
      if (w.barrier < 0) ready.push_back(&w);
      else waiting = true;
    }
    if (ready.empty()) {
      if (!waiting) break;
      release_barriers();
      if (std::all_of(warps.begin(), warps.end(), [](const Warp& w) { return w.live == 0 || w.barrier >= 0; })) deadlock();
      continue;
    }
    if (turns > launch->options.step_limit / 4096) throw Fault(kLaunchFailure, program->name + ": a block runs on without end");
    if (checks) {
      Warp& w = *ready[random() % ready.size()];
      run_warp<true>(w, random() % 3 == 0 ? 1 + random() % 16 : 4096);
    } else {
      for (Warp* w : ready) run_warp<false>(*w, 4096);
    }
    release_barriers();
  }
  if (checks) {
    for (const auto& c : clocks) first_clock = std::max(first_clock, *std::max_element(c.begin(), c.end()) + 1);
    if (first_clock > 0x0F000000u) first_clock = 1, words.clear();
  }
}

void Launch::run() {
  executed.assign(program->code.size(), 0);
  memory->forget_sectors();
  Block b;
  b.launch = this;
  b.program = program.get();
  b.random.seed(options.seed * 0x9E3779B97F4A7C15ull + grid_id);
  const u64 blocks = static_cast<u64>(grid.x) * grid.y * grid.z;
  std::vector<u64> order;
  if (options.checks) {
    order.resize(blocks);
    std::iota(order.begin(), order.end(), u64{0});
    std::shuffle(order.begin(), order.end(), b.random);
  }
  for (u64 k = 0; k < blocks; ++k) {
    const u64 n = options.checks ? order[k] : k;
    b.run({static_cast<u32>(n % grid.x), static_cast<u32>(n / grid.x % grid.y), static_cast<u32>(n / grid.x / grid.y)});
  }
  for (size_t k = 0; k < executed.size(); ++k) {
    counters.instructions[static_cast<size_t>(program->code[k].cls)] += executed[k];
    counters.warp_instructions += executed[k];
  }
  counters.blocks = blocks;
  counters.threads_per_block = static_cast<u64>(block.x) * block.y * block.z;
  counters.dram_read = 32 * memory->sectors(false);
  counters.dram_written = 32 * memory->sectors(true);
}

}  // namespace wz::software
