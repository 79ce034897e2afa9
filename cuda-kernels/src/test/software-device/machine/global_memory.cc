#include "machine/global_memory.h"
#include <bit>
#include <cstring>

namespace wz::software {
namespace {

std::string hex(u64 v) {
  char text[24];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(v));
  return text;
}

// The bits [from, from + n) of a word, n at most 64 - from.
u64 ones(u64 from, u64 n) { return (n >= 64 ? ~0ull : (1ull << n) - 1) << from; }

}  // namespace

bool Allocation::all_written(u64 address, u64 n) const {
  u64 at = address - begin;
  while (n > 0) {
    const u64 here = std::min<u64>(n, 64 - at % 64);
    const u64 mask = ones(at % 64, here);
    if ((written[at / 64] & mask) != mask) return false;
    at += here, n -= here;
  }
  return true;
}

void Allocation::mark_written(u64 address, u64 n) {
  u64 at = address - begin;
  while (n > 0) {
    const u64 here = std::min<u64>(n, 64 - at % 64);
    written[at / 64] |= ones(at % 64, here);
    at += here, n -= here;
  }
}

void Allocation::copy_written(u64 address, const Allocation& from, u64 from_address, u64 n) {
  if (from.all_written(from_address, n)) return mark_written(address, n);
  for (u64 k = 0; k < n; ++k) {
    const u64 at = address + k - begin, bit = 1ull << at % 64;
    written[at / 64] = from.all_written(from_address + k, 1) ? written[at / 64] | bit : written[at / 64] & ~bit;
  }
}

u64 GlobalMemory::allocate(u64 bytes, MemoryKind kind) {
  Allocation a;
  const u64 whole = (bytes + 255) / 256 * 256 + 2 * kRedZone + 256;
  a.storage.reset(new u8[whole]);
  std::memset(a.storage.get(), 0xFF, whole);
  a.begin = (reinterpret_cast<u64>(a.storage.get()) + kRedZone + 255) / 256 * 256;
  a.bytes = bytes;
  a.kind = kind;
  a.written.assign(bytes / 64 + 1, kind == MemoryKind::kDevice ? 0 : ~0ull);
  a.sectors_read.assign(bytes / 2048 + 1, 0);
  a.sectors_written.assign(bytes / 2048 + 1, 0);
  if (kind != MemoryKind::kHost) device_bytes_ += bytes;
  const u64 begin = a.begin;
  all_.emplace(begin, std::move(a));
  return begin;
}

bool GlobalMemory::free(u64 address, MemoryKind kind) {
  const auto found = all_.find(address);
  if (found == all_.end() || (found->second.kind == MemoryKind::kHost) != (kind == MemoryKind::kHost)) return false;
  if (last_ == &found->second) last_ = nullptr;
  if (kind != MemoryKind::kHost) device_bytes_ -= found->second.bytes;
  all_.erase(found);
  return true;
}

Allocation* GlobalMemory::find(u64 address, u64 bytes) {
  if (last_ != nullptr && address >= last_->begin && address + bytes <= last_->begin + last_->bytes) return last_;
  auto after = all_.upper_bound(address);
  if (after == all_.begin()) return nullptr;
  Allocation& a = std::prev(after)->second;
  if (address + bytes > a.begin + a.bytes || address + bytes < address) return nullptr;
  return last_ = &a;
}

std::string GlobalMemory::where(u64 address) const {
  constexpr u64 kFar = u64{1} << 20;
  const auto after = all_.upper_bound(address);
  const u64 before = after == all_.end() ? ~u64{0} : after->first - address;
  if (after != all_.begin()) {
    const Allocation& a = std::prev(after)->second;
    const u64 past = address - a.begin;
    if (past < a.bytes) return "byte " + std::to_string(past) + " of the allocation of " + std::to_string(a.bytes) + " bytes at " + hex(a.begin);
    if (past - a.bytes < kFar && past - a.bytes <= before) {  // of two neighbours the nearer one
      return std::to_string(past - a.bytes) + " bytes past the end of the allocation of " + std::to_string(a.bytes) + " bytes at " + hex(a.begin);
    }
  }
  if (before < kFar) return std::to_string(before) + " bytes before the allocation of " + std::to_string(after->second.bytes) + " bytes at " + hex(after->first);
  return "near no allocation";
}

void GlobalMemory::forget_sectors() {
  for (auto& [begin, a] : all_) {
    std::fill(a.sectors_read.begin(), a.sectors_read.end(), 0);
    std::fill(a.sectors_written.begin(), a.sectors_written.end(), 0);
  }
}

u64 GlobalMemory::sectors(bool written) const {
  u64 n = 0;
  for (const auto& [begin, a] : all_) {
    for (const u64 word : written ? a.sectors_written : a.sectors_read) n += static_cast<u64>(std::popcount(word));
  }
  return n;
}

size_t GlobalMemory::count(MemoryKind kind) const {
  size_t n = 0;
  for (const auto& [begin, a] : all_) n += a.kind == kind;
  return n;
}

}  // namespace wz::software
