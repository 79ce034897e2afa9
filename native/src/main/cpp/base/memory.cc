#include "base/memory.h"
#include <sys/mman.h>
#include <cstdlib>

namespace wz {
namespace {
constexpr int64_t kCacheLine = 64;
constexpr int64_t kHugePage = 2 << 20;
constexpr int64_t kHugeFrom = 4 << 20;
}  // namespace

void* allocate(int64_t bytes) noexcept {
  if (bytes < 0 || bytes > INT64_MAX - kHugePage) return nullptr;
  const int64_t alignment = bytes >= kHugeFrom ? kHugePage : kCacheLine;
  void* memory = nullptr;
  if (posix_memalign(&memory, static_cast<size_t>(alignment), static_cast<size_t>(bytes > 0 ? bytes : 1)) != 0) return nullptr;
#ifdef MADV_HUGEPAGE
  // Whole huge pages only: the page after the last whole one may be shared with a neighbour. Refusal is harmless, so it is not looked at.
  if (bytes >= kHugeFrom) madvise(memory, static_cast<size_t>(bytes / kHugePage * kHugePage), MADV_HUGEPAGE);
#endif
  return memory;
}

void release(void* memory) noexcept { std::free(memory); }

}  // namespace wz
