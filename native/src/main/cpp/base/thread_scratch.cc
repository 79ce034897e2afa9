#include "base/thread_scratch.h"
#include <new>
#include "base/memory.h"

namespace wz {
namespace {

struct Block {
  char* data = nullptr;
  int64_t bytes = 0;
  ~Block() { release(data); }
};

thread_local Block block;

}  // namespace

char* thread_scratch(int64_t bytes) {
  if (block.bytes < bytes) {
    release(block.data);
    block.bytes = 0;
    block.data = static_cast<char*>(allocate(bytes));
    if (block.data == nullptr) throw std::bad_alloc();
    block.bytes = bytes;
  }
  return block.data;
}

}  // namespace wz
