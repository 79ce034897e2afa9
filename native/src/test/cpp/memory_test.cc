// Allocation and mapped files.
#include "wootz/memory.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include "op_test.h"

namespace wz::test {
namespace {

TEST(Memory, AlignedAndWritable) {
  for (int64_t bytes : {int64_t{0}, int64_t{1}, int64_t{63}, int64_t{4096}, (int64_t{4} << 20) - 1, int64_t{4} << 20, (int64_t{5} << 20) + 3}) {
    void* memory = nullptr;
    ASSERT_EQ(WZ_OK, wz_memory_allocate(bytes, &memory)) << bytes;
    ASSERT_NE(nullptr, memory);
    EXPECT_EQ(0u, reinterpret_cast<uintptr_t>(memory) % (bytes >= (4 << 20) ? 2 << 20 : 64)) << bytes;
    std::memset(memory, 1, static_cast<size_t>(bytes));
    wz_memory_free(memory);
  }
  wz_memory_free(nullptr);
}

TEST(Memory, RefusesWhatItCannotDo) {
  void* memory = nullptr;
  expect_refused(WZ_INVALID_ARGUMENT, wz_memory_allocate(-1, &memory), {"wz_memory_allocate", "bytes", "-1"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_memory_allocate(1, nullptr), {"memory", "NULL"});
  expect_refused(WZ_OUT_OF_MEMORY, wz_memory_allocate(INT64_MAX, &memory), {"wz_memory_allocate", "9223372036854775807"});
}

class FileMap : public ::testing::Test {
 protected:
  void write(const std::string& content) {
    std::FILE* f = std::fopen(path_.c_str(), "wb");
    ASSERT_NE(nullptr, f);
    ASSERT_EQ(content.size(), std::fwrite(content.data(), 1, content.size(), f));
    ASSERT_EQ(0, std::fclose(f));
  }
  void TearDown() override { std::remove(path_.c_str()); }

  const std::string path_ = ::testing::TempDir() + "wootz_memory_test_\xC3\xA4.bin";
  void* memory_ = nullptr;
  int64_t bytes_ = -1;
};

TEST_F(FileMap, SeesTheBytes) {
  const std::string content = std::string("wootz\0steel", 11) + std::string(10000, 'x');
  write(content);
  ASSERT_EQ(WZ_OK, wz_file_map(path_.c_str(), &memory_, &bytes_)) << wz_last_error();
  ASSERT_EQ(static_cast<int64_t>(content.size()), bytes_);
  EXPECT_EQ(0, std::memcmp(content.data(), memory_, content.size()));
  wz_file_unmap(memory_, bytes_);
}

TEST_F(FileMap, EmptyFile) {
  write("");
  ASSERT_EQ(WZ_OK, wz_file_map(path_.c_str(), &memory_, &bytes_));
  EXPECT_EQ(nullptr, memory_);
  EXPECT_EQ(0, bytes_);
  wz_file_unmap(memory_, bytes_);
}

TEST_F(FileMap, RefusesWithPathAndReason) {
  expect_refused(WZ_IO, wz_file_map("/no/such/file", &memory_, &bytes_), {"wz_file_map", "/no/such/file", "No such file or directory"});
  expect_refused(WZ_IO, wz_file_map(::testing::TempDir().c_str(), &memory_, &bytes_), {::testing::TempDir(), "regular file"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_file_map(nullptr, &memory_, &bytes_), {"path", "NULL"});
}

}  // namespace
}  // namespace wz::test
