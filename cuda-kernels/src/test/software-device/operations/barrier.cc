// bar, barrier, bar.warp: waiting for other warps and lanes.
#include "machine/block.h"
#include "operations/memory.h"

namespace wz::software {
namespace {

int barrier_of(const Warp& w, const Instruction& i, int operand) {
  const u32 id = *in<u32>(w, i.r[operand]);
  if (id > 15) w.block->fault(w, i, __builtin_ctz(w.exec), kLaunchFailure, "barrier " + std::to_string(id) + ", expected 0 to 15");
  return static_cast<int>(id);
}
void whole_warp(const Warp& w, const Instruction& i) {
  if (w.exec == w.live) return;
  w.block->fault(w, i, __builtin_ctz(w.exec), kLaunchFailure, "only part of the warp reaches a barrier that is aligned: lane " + std::to_string(__builtin_ctz(w.live & ~w.exec)) + " is elsewhere");
}
int expected_threads(const Warp& w, const Instruction& i, int operand) {
  const u32 n = *in<u32>(w, i.r[operand]);
  if (n % kLanes != 0) w.block->fault(w, i, __builtin_ctz(w.exec), kLaunchFailure, "a barrier for " + std::to_string(n) + " threads, expected whole warps");
  return static_cast<int>(n);
}
void expect_threads(const Warp& w, const Instruction& i, int id, int n) {
  int& expected = w.block->barrier_threads[id];
  if (expected != 0 && n != expected) w.block->fault(w, i, __builtin_ctz(w.exec), kLaunchFailure, "barrier " + std::to_string(id) + " for " + std::to_string(n) + " threads, others wait for " + std::to_string(expected));
  expected = n;
}

// bar.sync a{, n}: the second operand is 0 where it is missing.
void bar_sync(Warp& w, const Instruction& i) {
  whole_warp(w, i);
  const int id = barrier_of(w, i, 0);
  const int n = expected_threads(w, i, 1);
  if (n != 0) expect_threads(w, i, id, n);
  w.barrier = id;
  w.barrier_value = 0;
  w.stop = true;
}
void bar_arrive(Warp& w, const Instruction& i) {
  whole_warp(w, i);
  const int id = barrier_of(w, i, 0);
  expect_threads(w, i, id, expected_threads(w, i, 1));
  Block& b = *w.block;
  b.barrier_arrived[id] += kLanes;
  auto& clock = b.clocks[static_cast<size_t>(w.index)];
  for (size_t v = 0; v < kLanes; ++v) b.arrived_clocks[id][v] = std::max(b.arrived_clocks[id][v], clock[v]);
  clock[static_cast<size_t>(w.index)] += 1;
}

// bar.red: waits, then executes a second time to fetch the result. Mode 0 popc, 1 and, 2 or.
template <int kMode>
void bar_reduce(Warp& w, const Instruction& i) {
  if (!w.released || w.barrier_value != (*in<u32>(w, i.r[2]) & w.exec)) {
    whole_warp(w, i);
    w.barrier = barrier_of(w, i, 1);
    w.barrier_value = *in<u32>(w, i.r[2]) & w.exec;
    w.released = false;
    w.pc -= 1;
    w.stop = true;
    return;
  }
  w.released = false;
  u32* d = out<u32>(w, i.r[0]);
  if constexpr (kMode == 0) {
    for (int l = 0; l < kLanes; ++l) d[l] = w.exec >> l & 1 ? w.barrier_count : d[l];
  } else {
    *d = (kMode == 1 ? w.barrier_all : w.barrier_any) ? *d | w.exec : *d & ~w.exec;
  }
}

void bar_warp(Warp& w, const Instruction& i) {
  if (!w.gathered(*in<u32>(w, i.r[0]) & (w.live | w.exec), "bar.warp.sync")) return;
  w.block->synchronize_warp(w);
}

}  // namespace

bool barrier_form(const std::vector<std::string>& p, MemoryForm* form) {
  if (p[0] != "bar" && p[0] != "barrier") return false;
  form->cls = Class::kBarrier;
  form->bytes = 0;
  size_t k = 1;
  if (p.size() > k && p[k] == "warp") {
    form->handler = bar_warp;
    form->signature = "w";
    return p.size() == 3 && p[2] == "sync";
  }
  if (p.size() > k && p[k] == "cta") ++k;
  if (p.size() <= k || (p.size() > k && p[k] == "cluster")) return false;
  const std::string& what = p[k];
  if (what == "sync") form->handler = bar_sync, form->signature = "w#";
  else if (what == "arrive") form->handler = bar_arrive, form->signature = "ww";
  else if (what == "red") {
    std::string op;
    for (size_t j = k + 1; j < p.size(); ++j) op = p[j] == "popc" || p[j] == "and" || p[j] == "or" ? p[j] : op;
    if (op == "popc") form->handler = bar_reduce<0>, form->signature = "Wwp";
    else form->handler = op == "and" ? bar_reduce<1> : bar_reduce<2>, form->signature = "Pwp";
    if (op.empty()) return false;
  } else {
    return false;
  }
  return true;
}

}  // namespace wz::software
