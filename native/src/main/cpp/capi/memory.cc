#include "wootz/memory.h"
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstring>
#include <system_error>
#include "base/memory.h"
#include "capi/check.h"

using wz::Check;

namespace {

[[noreturn]] void refuse_file(const Check& check, const char* what, const char* path) {
  const int error = errno;  // of the call that has just failed
  check.refuse(error == ENOMEM ? WZ_OUT_OF_MEMORY : WZ_IO,
               std::string(what) + " \"" + path + "\": " + std::generic_category().message(error));
}

// Closes the file at the end of the scope; a mapping lives on without it.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number() const { return number_; }

 private:
  const int number_;
};

}  // namespace

wz_status wz_memory_allocate(int64_t bytes, void** memory) {
  return wz::guarded("wz_memory_allocate", [&](const Check& check) {
    check.count("bytes", bytes);
    check.pointer("memory", memory);
    *memory = wz::allocate(bytes);
    if (*memory == nullptr) check.refuse(WZ_OUT_OF_MEMORY, "bytes: found " + std::to_string(bytes) + ", which the system refuses");
  });
}

void wz_memory_free(void* memory) { wz::release(memory); }

wz_status wz_file_map(const char* path, void** memory, int64_t* bytes) {
  return wz::guarded("wz_file_map", [&](const Check& check) {
    check.pointer("path", path);
    check.pointer("memory", memory);
    check.pointer("bytes", bytes);
    *memory = nullptr;
    *bytes = 0;
    const Descriptor file(open(path, O_RDONLY | O_CLOEXEC));
    if (file.number() < 0) refuse_file(check, "cannot open", path);
    struct stat status;
    if (fstat(file.number(), &status) != 0) refuse_file(check, "cannot look at", path);
    if (!S_ISREG(status.st_mode)) check.refuse(WZ_IO, std::string("\"") + path + "\": found something else, expected a regular file");
    if (status.st_size == 0) return;
    void* mapped = mmap(nullptr, static_cast<size_t>(status.st_size), PROT_READ, MAP_SHARED, file.number(), 0);
    if (mapped == MAP_FAILED) refuse_file(check, "cannot map", path);
    *memory = mapped;
    *bytes = status.st_size;
  });
}

void wz_file_unmap(void* memory, int64_t bytes) {
  if (memory != nullptr && bytes > 0) munmap(memory, static_cast<size_t>(bytes));
}
