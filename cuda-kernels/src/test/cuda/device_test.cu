// Devices: where there is none, everything says so and nothing crashes.
#include <gtest/gtest.h>
#include <cstdlib>
#include <cstring>
#include "wootz/cuda.h"

TEST(Device, CountsOrSaysWhyNot) {
  if (wz_cuda_device_count() == 0) {
    EXPECT_GT(std::strlen(wz_cuda_last_error()), 0u);
  }
}

// Without a device most tests are skipped. Where one must be there, as on the software device, that would be a run which tested nothing.
TEST(Device, IsThereWhereItMustBe) {
  const char* must = std::getenv("WOOTZ_TEST_DEVICE");
  if (must != nullptr && std::strcmp(must, "required") == 0) {
    EXPECT_GT(wz_cuda_device_count(), 0) << wz_cuda_last_error();
  }
}

TEST(Device, NamesTheDriverThatIsMissingOrTooOld) {
  EXPECT_EQ(wz_cuda_driver_needed() % 1000, 0);
  if (wz_cuda_driver_version() >= wz_cuda_driver_needed()) GTEST_SKIP() << "the driver is new enough";
  ASSERT_EQ(wz_cuda_device_count(), 0);
  const char* found = wz_cuda_driver_version() == 0 ? "no CUDA driver is installed" : "is older than";
  EXPECT_NE(std::strstr(wz_cuda_last_error(), found), nullptr) << wz_cuda_last_error();
}

TEST(Device, HostMemoryIsTheHostsOwn) {
  void* memory = nullptr;
  if (wz_cuda_device_count() == 0) {
    EXPECT_EQ(wz_cuda_host_allocate(16, &memory), WZ_DEVICE);
    return;
  }
  ASSERT_EQ(wz_cuda_host_allocate(16, &memory), WZ_OK) << wz_cuda_last_error();
  std::memset(memory, 7, 16);
  EXPECT_EQ(wz_cuda_host_free(memory), WZ_OK);
  EXPECT_EQ(wz_cuda_host_free(nullptr), WZ_OK);
  EXPECT_EQ(wz_cuda_host_allocate(-1, &memory), WZ_INVALID_ARGUMENT);
}

TEST(Device, WithoutOneEveryCallReportsIt) {
  if (wz_cuda_device_count() > 0) GTEST_SKIP() << "there is a device";
  wz_cuda_device description;
  EXPECT_EQ(wz_cuda_device_describe(0, &description), WZ_DEVICE);
  void* memory = nullptr;
  EXPECT_EQ(wz_cuda_memory_allocate(0, 16, &memory), WZ_DEVICE);
  wz_cuda_stream* stream = nullptr;
  EXPECT_EQ(wz_cuda_stream_create(0, &stream), WZ_DEVICE);
  EXPECT_EQ(std::strncmp(wz_cuda_last_error(), "wz_cuda_stream_create: ", 23), 0) << wz_cuda_last_error();
}

TEST(Device, DescribesItself) {
  if (wz_cuda_device_count() == 0) GTEST_SKIP() << wz_cuda_last_error();
  wz_cuda_device description;
  ASSERT_EQ(wz_cuda_device_describe(0, &description), WZ_OK) << wz_cuda_last_error();
  EXPECT_GT(std::strlen(description.name), 0u);
  EXPECT_GE(description.major, 8);
  EXPECT_GT(description.memory, 0);
  EXPECT_GT(description.multiprocessors, 0);
}
