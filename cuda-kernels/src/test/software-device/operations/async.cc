// cp.async. Until its group is waited for, a copy's destination is pending: with checks on, nobody may touch it, and the bytes arrive at a random
// moment between the instruction and the wait.
#include <algorithm>
#include <cstring>
#include "machine/block.h"
#include "operations/memory.h"

namespace wz::software {
namespace {

void copy_async(Warp& w, const Instruction& i) {
  Block& b = *w.block;
  const bool checks = b.launch->options.checks;
  const int bytes = i.bytes;
  Lanes to, from;
  Instruction narrow = i;  // the destination's register is 32 or 64 bits wide, the source's 64
  const s64 to_offset = static_cast<s32>(static_cast<u32>(i.immediate)), from_offset = static_cast<s32>(static_cast<u32>(static_cast<u64>(i.immediate) >> 32));
  narrow.wide_address = i.wide_first;
  addresses(w, narrow, 0, to_offset, &to);
  narrow.wide_address = true;
  addresses(w, narrow, 1, from_offset, &from);
  u32 taken[kLanes];
  for (u32 l = 0; l < kLanes; ++l) taken[l] = i.vector == 1 ? in<u32>(w, i.r[3])[l] : *in<u32>(w, i.r[3]) >> l & 1 ? 0 : static_cast<u32>(bytes);
  u32 reading = 0;
  for (int l = 0; l < kLanes; ++l) {
    if ((w.exec >> l & 1) == 0) continue;
    if (taken[l] > static_cast<u32>(bytes)) b.fault(w, i, l, kLaunchFailure, "cp.async of " + std::to_string(taken[l]) + " of " + std::to_string(bytes) + " bytes");
    if (taken[l] == static_cast<u32>(bytes)) reading |= 1u << l;
  }
  resolve(w, i, Space::kGlobal, reading, bytes, Use::kRead, &from);
  resolve(w, i, Space::kShared, w.exec, bytes, Use::kWrite, &to);
  w.open_mask |= w.exec;
  for (u32 m = w.exec; m != 0; m &= m - 1) {
    const int l = __builtin_ctz(m);
    AsyncCopy c;
    c.source = from.address[l];
    c.target = static_cast<u32>(to.address[l] - reinterpret_cast<u64>(b.shared.data()));
    c.bytes = static_cast<u16>(bytes);
    c.taken = static_cast<u16>(taken[l]);
    c.lane = static_cast<u8>(l);
    std::memset(c.data, 0, sizeof c.data);
    if (taken[l] != 0 && taken[l] != static_cast<u32>(bytes)) {
      Lanes part = from;
      for (u32 k = 0; k < taken[l]; ++k) {
        part.address[l] = from.address[l] + k;
        resolve(w, i, Space::kGlobal, 1u << l, 1, Use::kRead, &part);
      }
    }
    // The source is read now or at the end: whoever overwrites it in between learns of it.
    const bool late = checks && b.random() % 2 == 0;
    if (!late) {
      std::memcpy(c.data, reinterpret_cast<const void*>(c.source), c.taken);
      c.source = 0;
    }
    if (checks) {
      std::memset(b.shared.data() + c.target, 0xFF, c.bytes);
      std::fill_n(b.shared_state.begin() + c.target, c.bytes, Block::kPending);
      w.open_copies.push_back(c);
    } else {
      std::memcpy(b.shared.data() + c.target, c.data, c.bytes);
    }
  }
}

void commit(Warp& w, const Instruction&) {
  if (!w.block->launch->options.checks) return;
  w.async.push_back({w.exec, std::move(w.open_copies)});
  w.open_copies.clear();
}

// All but the newest n groups of each executing lane complete.
void wait_newest(Warp& w, u32 n) {
  u8 newer[kLanes] = {};
  std::vector<AsyncGroup> left;
  for (size_t k = w.async.size(); k-- > 0;) {
    AsyncGroup& g = w.async[k];
    u32 done = 0;
    for (u32 m = g.mask & w.exec; m != 0; m &= m - 1) {
      const int l = __builtin_ctz(m);
      if (newer[l] >= n) done |= 1u << l;
      else ++newer[l];
    }
    w.block->finish_copies(w, g.copies, done);
    g.mask &= ~done;
    if (g.mask != 0) {
      std::erase_if(g.copies, [done](const AsyncCopy& c) { return done >> c.lane & 1; });
      left.push_back(std::move(g));
    }
  }
  w.async.assign(std::make_move_iterator(left.rbegin()), std::make_move_iterator(left.rend()));
}
void wait_group(Warp& w, const Instruction& i) {
  if (w.block->launch->options.checks) wait_newest(w, *in<u32>(w, i.r[0]));
}
void wait_all(Warp& w, const Instruction& i) {
  if (!w.block->launch->options.checks) return;
  commit(w, i);
  wait_newest(w, 0);
}

}  // namespace

void Block::finish_copies(Warp& w, const std::vector<AsyncCopy>& copies, u32 lanes) {
  const u32 clock = clocks[static_cast<size_t>(w.index)][static_cast<size_t>(w.index)];
  for (const AsyncCopy& c : copies) {
    if ((lanes >> c.lane & 1) == 0) continue;
    u8 data[16];
    std::memcpy(data, c.data, sizeof data);
    if (c.source != 0) std::memcpy(data, reinterpret_cast<const void*>(c.source), c.taken);
    std::memcpy(shared.data() + c.target, data, c.bytes);
    for (u32 k = c.target; k < c.target + c.bytes; ++k) {
      shared_state[k] = kWritten;
      words[k / 4].write_clock[k % 4] = clock;
      words[k / 4].writer[k % 4] = static_cast<u16>(w.index << 5 | c.lane);
    }
  }
}

void add_async_forms(MemoryForms& f) {
  MemoryForm form;
  form.cls = Class::kAsync;
  form.handler = commit;
  f.add("cp.async.commit_group", form);
  form.handler = wait_all;
  f.add("cp.async.wait_all", form);
  form.handler = wait_group;
  form.signature = "w";
  f.add("cp.async.wait_group", form);
  form.handler = copy_async;
  form.space = Space::kShared;
  form.signature = "@@ns";
  f.add("cp.async.ca.shared.global", form);
  f.add("cp.async.cg.shared.global", form);
}

}  // namespace wz::software
