// Memory that a thread keeps for the kernels it runs: the copy of a strip of weights, the sums of a tile. One block a thread; a kernel that
// asks again gets the same block, so kernels that call each other must not both ask.
#pragma once
#include <cstdint>

namespace wz {

// 64-byte aligned, at least so many bytes, contents undefined; throws std::bad_alloc. Freed when the thread ends.
char* thread_scratch(int64_t bytes);

}  // namespace wz
