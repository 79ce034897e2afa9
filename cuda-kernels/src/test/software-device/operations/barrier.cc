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
// bar and barrier.aligned need the whole warp at once; barrier without .aligned waits until the rest of it comes to the same instruction.
template <bool kAligned>
bool whole_warp(Warp& w, const Instruction& i) {
  if (w.exec == w.live) return true;
  if (!kAligned) return w.gathered(w.live, "barrier");
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
template <bool kAligned>
void bar_sync(Warp& w, const Instruction& i) {
  if (!whole_warp<kAligned>(w, i)) return;
  const int id = barrier_of(w, i, 0);
  const int n = expected_threads(w, i, 1);
  if (n != 0) expect_threads(w, i, id, n);
  w.barrier = id;
  w.barrier_value = 0;
  w.stop = true;
}
template <bool kAligned>
void bar_arrive(Warp& w, const Instruction& i) {
  if (!whole_warp<kAligned>(w, i)) return;
  const int id = barrier_of(w, i, 0);
  expect_threads(w, i, id, expected_threads(w, i, 1));
  Block& b = *w.block;
  b.barrier_arrived[id] += kLanes;
  auto& clock = b.clocks[static_cast<size_t>(w.index)];
  for (size_t v = 0; v < kLanes; ++v) b.arrived_clocks[id][v] = std::max(b.arrived_clocks[id][v], clock[v]);
  clock[static_cast<size_t>(w.index)] += 1;
}

// bar.red: waits, then executes a second time to fetch the result. Mode 0 popc, 1 and, 2 or.
template <int kMode, bool kAligned>
void bar_reduce(Warp& w, const Instruction& i) {
  if (!w.released || w.barrier_pc != w.pc) {
    if (!whole_warp<kAligned>(w, i)) return;
    w.barrier = barrier_of(w, i, 1);
    const int n = expected_threads(w, i, 2);
    if (n != 0) expect_threads(w, i, w.barrier, n);
    w.barrier_value = *in<u32>(w, i.r[3]) & w.exec;
    w.barrier_pc = w.pc;
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

void add_barrier_forms(MemoryForms& f) {
  const auto add = [&f](const std::string& name, Handler handler, const std::string& signature) {
    MemoryForm form;
    form.handler = handler;
    form.cls = Class::kBarrier;
    form.signature = signature;
    f.add(name, form);
  };
  add("bar.warp.sync", bar_warp, "w");
  add("bar.sync", bar_sync<true>, "w#");
  add("barrier.sync", bar_sync<false>, "w#");
  add("bar.arrive", bar_arrive<true>, "ww");
  add("barrier.arrive", bar_arrive<false>, "ww");
  add("bar.red.popc.u32", bar_reduce<0, true>, "Ww?p");
  add("bar.red.and.pred", bar_reduce<1, true>, "Pw?p");
  add("bar.red.or.pred", bar_reduce<2, true>, "Pw?p");
  add("barrier.red.popc.u32", bar_reduce<0, false>, "Ww?p");
  add("barrier.red.and.pred", bar_reduce<1, false>, "Pw?p");
  add("barrier.red.or.pred", bar_reduce<2, false>, "Pw?p");
}

}  // namespace wz::software
