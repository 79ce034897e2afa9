// Lanes that talk to each other: shfl, vote, match, redux, activemask; and the clocks.
#include <algorithm>
#include "machine/block.h"
#include "operations/forms.h"

namespace wz::software {
namespace {

enum Mode { kUp, kDown, kButterfly, kIndex };

// d|p = a of another lane; b its distance or index, c the segment mask and the clamp.
template <int kMode>
void shuffle(Warp& w, const Instruction& i) {
  if (!w.gathered(in<u32>(w, i.r[5])[__builtin_ctz(w.exec)], "shfl.sync")) return;
  u32 result[kLanes], predicate = 0;
  const u32* a = in<u32>(w, i.r[2]);
  const u32* bs = in<u32>(w, i.r[3]);
  const u32* cs = in<u32>(w, i.r[4]);
  for (u32 l = 0; l < kLanes; ++l) {
    const u32 b = bs[l] & 31, clamp = cs[l] & 31, segment = cs[l] >> 8 & 31;
    const u32 top = (l & segment) | (clamp & ~segment), bottom = l & segment;
    s32 j = 0;
    bool inside = false;
    switch (kMode) {
      case kUp: j = static_cast<s32>(l) - static_cast<s32>(b), inside = j >= static_cast<s32>(top); break;
      case kDown: j = static_cast<s32>(l + b), inside = j <= static_cast<s32>(top); break;
      case kButterfly: j = static_cast<s32>(l ^ b), inside = j <= static_cast<s32>(top); break;
      default: j = static_cast<s32>(bottom | (b & ~segment)), inside = j <= static_cast<s32>(top); break;
    }
    if (!inside) j = static_cast<s32>(l);
    if ((w.exec >> l & 1) && w.block->launch->options.checks && (w.exec >> j & 1) == 0) {
      w.block->fault(w, i, static_cast<int>(l), kLaunchFailure, "shfl.sync reads lane " + std::to_string(j) + ", which does not take part");
    }
    result[l] = a[j];
    predicate |= inside ? 1u << l : 0;
  }
  u32* d = out<u32>(w, i.r[0]);
  for (u32 l = 0; l < kLanes; ++l) d[l] = w.exec >> l & 1 ? result[l] : d[l];
  put_bits(w, i.r[1], predicate);
}

enum Vote { kAll, kAny, kUni };
template <int kVote>
void vote(Warp& w, const Instruction& i) {
  if (!w.gathered(in<u32>(w, i.r[2])[__builtin_ctz(w.exec)], "vote.sync")) return;
  const u32 p = *in<u32>(w, i.r[1]) & w.exec;
  const bool yes = kVote == kAll ? p == w.exec : kVote == kAny ? p != 0 : p == 0 || p == w.exec;
  put_bits(w, i.r[0], yes ? kAllLanes : 0);
}
void uniform(Warp& w, const u32 to, u32 value) {
  u32* d = out<u32>(w, to);
  for (u32 l = 0; l < kLanes; ++l) d[l] = w.exec >> l & 1 ? value : d[l];
}
void ballot(Warp& w, const Instruction& i) {
  if (!w.gathered(in<u32>(w, i.r[2])[__builtin_ctz(w.exec)], "vote.sync")) return;
  uniform(w, i.r[0], *in<u32>(w, i.r[1]) & w.exec);
}
void activemask(Warp& w, const Instruction& i) { uniform(w, i.r[0], w.exec); }
void elect(Warp& w, const Instruction& i) {
  if (!w.gathered(in<u32>(w, i.r[2])[__builtin_ctz(w.exec)], "elect.sync")) return;
  const u32 leader = static_cast<u32>(__builtin_ctz(w.exec));
  uniform(w, i.r[0], leader);
  put_bits(w, i.r[1], 1u << leader);
}

template <class T, bool kAllForm>
void match(Warp& w, const Instruction& i) {
  const int operand = kAllForm ? 2 : 1;
  if (!w.gathered(in<u32>(w, i.r[operand + 1])[__builtin_ctz(w.exec)], "match.sync")) return;
  const T* a = in<T>(w, i.r[operand]);
  u32 result[kLanes] = {};
  for (int l = 0; l < kLanes; ++l) {
    for (int m = 0; m < kLanes; ++m) result[l] |= (w.exec >> m & 1) && a[l] == a[m] ? 1u << m : 0;
  }
  if (kAllForm) {
    const bool same = result[__builtin_ctz(w.exec)] == w.exec;
    uniform(w, i.r[0], same ? w.exec : 0);
    put_bits(w, i.r[1], same ? kAllLanes : 0);
    return;
  }
  u32* d = out<u32>(w, i.r[0]);
  for (int l = 0; l < kLanes; ++l) d[l] = w.exec >> l & 1 ? result[l] : d[l];
}

template <class T, auto F>
void reduce(Warp& w, const Instruction& i) {
  if (!w.gathered(in<u32>(w, i.r[2])[__builtin_ctz(w.exec)], "redux.sync")) return;
  const T* a = in<T>(w, i.r[1]);
  u32 rest = w.exec & (w.exec - 1);
  T r = a[__builtin_ctz(w.exec)];
  for (; rest != 0; rest &= rest - 1) r = F(r, a[__builtin_ctz(rest)]);
  uniform(w, i.r[0], static_cast<u32>(r));
}

template <class T>
void clock(Warp& w, const Instruction& i) {
  u64 now = 0;
  for (const u64 n : w.block->launch->executed) now += n;
  T* d = out<T>(w, i.r[0]);
  for (u32 l = 0; l < kLanes; ++l) d[l] = w.exec >> l & 1 ? static_cast<T>(now) : d[l];
}

}  // namespace

void add_warp_forms(Forms& f) {
  const Class c = Class::kWarp;
  f.add("shfl.sync.up.b32", "WQwwww", c, shuffle<kUp>);
  f.add("shfl.sync.down.b32", "WQwwww", c, shuffle<kDown>);
  f.add("shfl.sync.bfly.b32", "WQwwww", c, shuffle<kButterfly>);
  f.add("shfl.sync.idx.b32", "WQwwww", c, shuffle<kIndex>);
  f.add("vote.sync.all.pred", "Ppw", c, vote<kAll>);
  f.add("vote.sync.any.pred", "Ppw", c, vote<kAny>);
  f.add("vote.sync.uni.pred", "Ppw", c, vote<kUni>);
  f.add("vote.sync.ballot.b32", "Wpw", c, ballot);
  f.add("activemask.b32", "W", c, activemask);
  f.add("elect.sync", "WQw", c, elect);
  f.add("match.any.sync.b32", "Www", c, match<u32, false>);
  f.add("match.any.sync.b64", "Wlw", c, match<u64, false>);
  f.add("match.all.sync.b32", "WQww", c, match<u32, true>);
  f.add("match.all.sync.b64", "WQlw", c, match<u64, true>);
  f.add("redux.sync.add.u32", "Www", c, reduce<u32, [](u32 a, u32 b) { return a + b; }>);
  f.add("redux.sync.add.s32", "Www", c, reduce<u32, [](u32 a, u32 b) { return a + b; }>);
  f.add("redux.sync.min.u32", "Www", c, reduce<u32, [](u32 a, u32 b) { return std::min(a, b); }>);
  f.add("redux.sync.max.u32", "Www", c, reduce<u32, [](u32 a, u32 b) { return std::max(a, b); }>);
  f.add("redux.sync.min.s32", "Www", c, reduce<s32, [](s32 a, s32 b) { return std::min(a, b); }>);
  f.add("redux.sync.max.s32", "Www", c, reduce<s32, [](s32 a, s32 b) { return std::max(a, b); }>);
  f.add("redux.sync.and.b32", "Www", c, reduce<u32, [](u32 a, u32 b) { return a & b; }>);
  f.add("redux.sync.or.b32", "Www", c, reduce<u32, [](u32 a, u32 b) { return a | b; }>);
  f.add("redux.sync.xor.b32", "Www", c, reduce<u32, [](u32 a, u32 b) { return a ^ b; }>);
  f.add("mov.clock32", "W", c, clock<u32>);
  f.add("mov.clock64", "L", c, clock<u64>);
}

}  // namespace wz::software
