// From a lane's address to host memory, with all that is checked and counted on the way.
#include <algorithm>
#include <cstring>
#include "machine/block.h"
#include "operations/memory.h"

namespace wz::software {
namespace {

std::string hex(u64 v) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(v));
  return text;
}
std::string access_name(int bytes, Use use) {
  return std::string(use == Use::kRead ? "read" : use == Use::kWrite ? "write" : "atomic access") + " of " + std::to_string(bytes) + " bytes";
}

void misaligned(const Warp& w, const Instruction& i, u32 exec, int bytes, Use use, const Lanes& a) {
  for (int l = 0; l < kLanes; ++l) {
    if ((exec >> l & 1) && a.address[l] % static_cast<u64>(bytes) != 0) {
      w.block->fault(w, i, l, kMisaligned, access_name(bytes, use) + " at " + hex(a.address[l]) + ", which is not aligned to " + std::to_string(bytes));
    }
  }
}

// Side by side from the first lane on, all 32: then one range stands for all.
bool contiguous(const Lanes& a, u32 exec, u64 bytes) {
  if (exec != kAllLanes) return false;
  u64 wrong = 0;
  for (u64 l = 0; l < kLanes; ++l) wrong |= a.address[l] ^ (a.address[0] + l * bytes);
  return wrong == 0;
}

void touch(Allocation& m, u64 address, u64 bytes, Use use) {
  const u64 first = (address - m.begin) / 32, last = (address + bytes - 1 - m.begin) / 32;
  for (u64 s = first; s <= last; ++s) {
    if (use != Use::kWrite) m.sectors_read[s / 64] |= 1ull << s % 64;
    if (use != Use::kRead) m.sectors_written[s / 64] |= 1ull << s % 64;
  }
}

void global(Warp& w, const Instruction& i, u32 exec, int bytes, Use use, Lanes* a) {
  Launch& launch = *w.block->launch;
  GlobalMemory& memory = *launch.memory;
  const u64 size = static_cast<u64>(bytes);
  const bool checks = launch.options.checks;
  const auto outside = [&](int lane) {
    w.block->fault(w, i, lane, kIllegalAddress, access_name(bytes, use) + " at " + hex(a->address[lane]) + ", " + memory.where(a->address[lane]));
  };
  const auto unwritten = [&](int lane) {
    w.block->fault(w, i, lane, kLaunchFailure, access_name(bytes, use) + " at " + hex(a->address[lane]) + ", which was never written: " + memory.where(a->address[lane]));
  };
  const bool side_by_side = contiguous(*a, exec, size);
  if (checks) {
    u64 low = 0;
    for (int l = 0; l < kLanes; ++l) low |= exec >> l & 1 ? a->address[l] : 0;
    if (low % size != 0) misaligned(w, i, exec, bytes, use, *a);
  }
  if (side_by_side) {
    Allocation* m = memory.find(a->address[0], size * kLanes);
    if (m != nullptr) {
      if (checks && use == Use::kRead && !m->all_written(a->address[0], size * kLanes)) {
        for (int l = 0; l < kLanes; ++l) {
          if (!m->all_written(a->address[l], size)) unwritten(l);
        }
      }
      if (checks && use == Use::kWrite) m->mark_written(a->address[0], size * kLanes);
      if (launch.options.count) {
        touch(*m, a->address[0], size * kLanes, use);
        ++launch.counters.global_requests;
        launch.counters.global_sectors += (a->address[0] % 32 + size * kLanes + 31) / 32;
        launch.counters.global_bytes += size * kLanes;
      }
      return;
    }
  }
  u64 sectors[2 * kLanes];
  int n = 0;
  for (int l = 0; l < kLanes; ++l) {
    if ((exec >> l & 1) == 0) continue;
    const u64 p = a->address[l];
    Allocation* m = memory.find(p, size);
    if (m == nullptr) outside(l);
    if (checks) {
      if (use != Use::kWrite && !m->all_written(p, size)) unwritten(l);
      if (use == Use::kWrite) m->mark_written(p, size);
    }
    if (launch.options.count) {
      touch(*m, p, size, use);
      launch.counters.global_bytes += size;
      sectors[n++] = p / 32;
      if ((p + size - 1) / 32 != p / 32) sectors[n++] = (p + size - 1) / 32;
    }
  }
  if (launch.options.count) {
    std::sort(sectors, sectors + n);
    ++launch.counters.global_requests;
    launch.counters.global_sectors += static_cast<u64>(std::unique(sectors, sectors + n) - sectors);
  }
}

// Whether two accesses of different warps, or of different lanes of a warp, to a byte are ordered by barriers.
void race(Warp& w, const Instruction& i, int lane, u64 at, int bytes, Use use) {
  Block& b = *w.block;
  const auto& clock = b.clocks[static_cast<size_t>(w.index)];
  for (u64 p = at; p < at + static_cast<u64>(bytes);) {
    SharedWord& word = b.words[p / 4];
    const u64 from = p % 4, to = std::min<u64>(4, from + at + static_cast<u64>(bytes) - p);
    u32 mask = 0;
    for (u64 k = from; k < to; ++k) {
      mask |= 1u << k;
      const int writer = (word.writer[k] & ~Block::kAtomic) >> 5;
      if (use == Use::kAtomic && (word.writer[k] & Block::kAtomic)) continue;
      if (word.write_clock[k] < b.first_clock) continue;
      const bool other = writer != w.index && word.write_clock[k] > clock[static_cast<size_t>(writer)];
      const bool own = writer == w.index && (word.writer[k] & 31) != lane && word.write_clock[k] == clock[static_cast<size_t>(w.index)] && use == Use::kRead &&
                       (word.writer[k] & Block::kAtomic) == 0;
      if (other || own) {
        const int t = writer * kLanes + (word.writer[k] & 31);
        b.fault(w, i, lane, kLaunchFailure, "race on shared memory: " + access_name(bytes, use) + " at shared address " + hex(at + kSharedBase) + ", written by thread " + std::to_string(t) +
                                                " (warp " + std::to_string(writer) + ") without a barrier between");
      }
    }
    if (use == Use::kRead) {
      u32& read = word.read[w.index];
      read = read >> 4 == clock[static_cast<size_t>(w.index)] ? read | mask : clock[static_cast<size_t>(w.index)] << 4 | mask;
    } else {
      for (size_t v = 0; v < b.warps.size(); ++v) {
        const u32 read = word.read[v];
        if ((read & mask) == 0 || static_cast<int>(v) == w.index || read >> 4 < b.first_clock || read >> 4 <= clock[v]) continue;
        b.fault(w, i, lane, kLaunchFailure, "race on shared memory: " + access_name(bytes, use) + " at shared address " + hex(at + kSharedBase) + ", read by warp " + std::to_string(v) +
                                                " without a barrier between");
      }
      for (u64 k = from; k < to; ++k) {
        word.write_clock[k] = clock[static_cast<size_t>(w.index)];
        word.writer[k] = static_cast<u16>(w.index << 5 | lane | (use == Use::kAtomic ? Block::kAtomic : 0));
      }
    }
    p += to - from;
  }
}

void shared(Warp& w, const Instruction& i, u32 exec, int bytes, Use use, Lanes* a) {
  Block& b = *w.block;
  const bool checks = b.launch->options.checks;
  if (checks) misaligned(w, i, exec, bytes, use, *a);
  if (b.launch->options.count) count_shared(w, *a, exec, bytes);
  const u64 limit = b.shared.size();
  for (int l = 0; l < kLanes; ++l) {
    if ((exec >> l & 1) == 0) continue;
    const u64 at = (a->address[l] & 0xFFFFFFFFu) - kSharedBase;
    if (at + static_cast<u64>(bytes) > limit || at > limit) {
      b.fault(w, i, l, kIllegalAddress, access_name(bytes, use) + " at shared address " + hex(a->address[l] & 0xFFFFFFFFu) + "; the block has " + std::to_string(limit) + " bytes from " + hex(kSharedBase) + " on");
    }
    if (checks) {
      for (u64 p = at; p < at + static_cast<u64>(bytes); ++p) {
        if (b.shared_state[p] & Block::kPending) {
          b.fault(w, i, l, kLaunchFailure, access_name(bytes, use) + " at shared address " + hex(at + kSharedBase) + ", which a cp.async still fills: a wait is missing");
        }
        if (use == Use::kWrite) b.shared_state[p] |= Block::kWritten;
        else if ((b.shared_state[p] & Block::kWritten) == 0) {
          b.fault(w, i, l, kLaunchFailure, access_name(bytes, use) + " at shared address " + hex(at + kSharedBase) + ", which was never written");
        }
      }
      race(w, i, l, at, bytes, use);
    }
    a->address[l] = reinterpret_cast<u64>(b.shared.data()) + at;
  }
}

void local(Warp& w, const Instruction& i, u32 exec, int bytes, Use use, Lanes* a) {
  Block& b = *w.block;
  const u64 size = static_cast<u64>(b.program->local_bytes);
  for (int l = 0; l < kLanes; ++l) {
    if ((exec >> l & 1) == 0) continue;
    const u64 at = a->address[l] & 0xFFFFFFFFu;
    if (at + static_cast<u64>(bytes) > size) b.fault(w, i, l, kIllegalAddress, access_name(bytes, use) + " at local address " + hex(at) + "; a thread has " + std::to_string(size) + " bytes");
    if (at % static_cast<u64>(bytes) != 0) b.fault(w, i, l, kMisaligned, access_name(bytes, use) + " at local address " + hex(at));
    a->address[l] = reinterpret_cast<u64>(b.local.data()) + static_cast<u64>(w.index * kLanes + l) * size + at;
  }
}

void parameter(Warp& w, const Instruction& i, u32 exec, int bytes, Use use, Lanes* a) {
  Block& b = *w.block;
  const u64 size = b.launch->parameters.size();
  for (int l = 0; l < kLanes; ++l) {
    if ((exec >> l & 1) == 0) continue;
    const u64 at = a->address[l] & 0xFFFFFFFFu;
    if (use != Use::kRead) b.fault(w, i, l, kIllegalAddress, "a write to the kernel's parameters");
    if (at + static_cast<u64>(bytes) > size) b.fault(w, i, l, kIllegalAddress, access_name(bytes, use) + " at parameter byte " + std::to_string(at) + " of " + std::to_string(size));
    if (at % static_cast<u64>(bytes) != 0) b.fault(w, i, l, kMisaligned, access_name(bytes, use) + " at parameter byte " + std::to_string(at));
    a->address[l] = reinterpret_cast<u64>(b.launch->parameters.data()) + at;
  }
}

}  // namespace

void addresses(const Warp& w, const Instruction& i, int operand, s64 offset, Lanes* a) {
  const u64 plus = static_cast<u64>(offset);
  if (i.wide_address || (i.r[operand] & 1)) {
    const u64* base = in<u64>(w, i.r[operand]);
    for (int l = 0; l < kLanes; ++l) a->address[l] = base[l] + plus;
  } else {
    const u32* base = in<u32>(w, i.r[operand]);
    for (int l = 0; l < kLanes; ++l) a->address[l] = static_cast<u32>(base[l] + static_cast<u32>(plus));
  }
}

void count_shared(Warp& w, const Lanes& a, u32 exec, int bytes) {
  Counters& c = w.block->launch->counters;
  // 4 bytes or fewer: all lanes at once; 8: two halves of the warp; 16: four quarters.
  const int groups = bytes <= 4 ? 1 : bytes / 4;
  const int lanes = kLanes / groups;
  for (int g = 0; g < groups; ++g) {
    u32 seen[kLanes][8];
    u8 n[32] = {};
    int most = 0;
    bool any = false;
    for (int l = g * lanes; l < (g + 1) * lanes; ++l) {
      if ((exec >> l & 1) == 0) continue;
      any = true;
      for (int k = 0; k < std::max(1, bytes / 4); ++k) {
        const u32 word = static_cast<u32>(a.address[l] / 4) + static_cast<u32>(k), bank = word % 32;
        bool known = false;
        for (int s = 0; s < std::min<int>(n[bank], 8); ++s) known |= seen[bank][s] == word;
        if (known) continue;
        if (n[bank] < 8) seen[bank][n[bank]] = word;
        most = std::max<int>(most, ++n[bank]);
      }
    }
    c.shared_wavefronts += static_cast<u64>(most);
    c.shared_ideal += any;
  }
  c.shared_bytes += static_cast<u64>(__builtin_popcount(exec) * bytes);
}

void resolve(Warp& w, const Instruction& i, Space space, u32 exec, int bytes, Use use, Lanes* a) {
  if (exec == 0) return;
  switch (space) {
    case Space::kGlobal:
    case Space::kConst: global(w, i, exec, bytes, use, a); return;
    case Space::kShared: shared(w, i, exec, bytes, use, a); return;
    case Space::kLocal: local(w, i, exec, bytes, use, a); return;
    case Space::kParam: parameter(w, i, exec, bytes, use, a); return;
    case Space::kGeneric: break;
  }
  // Generic: by window.
  u32 in_window[4] = {};
  for (int l = 0; l < kLanes; ++l) {
    if ((exec >> l & 1) == 0) continue;
    const u64 window = a->address[l] & kWindowMask;
    in_window[window == kSharedWindow ? 1 : window == kLocalWindow ? 2 : window == kParamWindow ? 3 : 0] |= 1u << l;
  }
  const Space spaces[4] = {Space::kGlobal, Space::kShared, Space::kLocal, Space::kParam};
  for (int k = 0; k < 4; ++k) resolve(w, i, spaces[k], in_window[k], bytes, use, a);
}

}  // namespace wz::software
