// Aligned memory: 64 bytes, and 2 MiB with a hint for huge pages from 4 MiB on (merge pieces are streamed through such buffers).
#pragma once
#include <cstdint>

namespace wz {

// nullptr when there is none left; never nullptr for 0 bytes. Free with release.
void* allocate(int64_t bytes) noexcept;
void release(void* memory) noexcept;

}  // namespace wz
