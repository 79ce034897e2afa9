// The device's memory: allocations on the host's heap with red zones around them, which bytes were written, and which 32-byte sectors a
// launch touched.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>
#include "machine/types.h"

namespace wz::software {

enum class MemoryKind { kDevice, kHost, kManaged, kModule };

struct Allocation {
  u64 begin = 0;
  u64 bytes = 0;
  MemoryKind kind = MemoryKind::kDevice;
  std::unique_ptr<u8[]> storage;
  std::vector<u64> written;                   // a bit per byte
  std::vector<u64> sectors_read, sectors_written;  // a bit per sector, of the present launch

  bool all_written(u64 address, u64 n) const;
  void mark_written(u64 address, u64 n);
  // Of a copy: bytes count as written here where they do there.
  void copy_written(u64 address, const Allocation& from, u64 from_address, u64 n);
};

class GlobalMemory {
 public:
  static constexpr u64 kRedZone = 256;

  // Poisoned with bytes 0xFF: NaN in every float type. Host memory counts as written.
  u64 allocate(u64 bytes, MemoryKind kind);
  bool free(u64 address, MemoryKind kind);  // false: not the begin of an allocation of that kind
  Allocation* find(u64 address, u64 bytes);
  // "12 bytes past the end of the allocation of 4096 bytes at 0x..."
  std::string where(u64 address) const;
  void forget_sectors();
  u64 sectors(bool written) const;
  u64 device_bytes() const { return device_bytes_; }
  size_t count(MemoryKind kind) const;
  const std::map<u64, Allocation>& all() const { return all_; }

 private:
  std::map<u64, Allocation> all_;  // by begin
  Allocation* last_ = nullptr;
  u64 device_bytes_ = 0;
};

}  // namespace wz::software
