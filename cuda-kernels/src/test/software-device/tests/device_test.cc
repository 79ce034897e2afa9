// The device behind the runtime: limits of a launch, memory, copies, the error after which nothing runs. Kernels are registered as nvcc's code does.
#include <gtest/gtest.h>
#include <cstring>
#include "runtime/device.h"
#include "tests/ptx_run.h"

namespace wz::software {
namespace {

const std::string kText =
    ".version 9.0\n.target sm_80\n.address_size 64\n"
    // out[tid] = v
    ".visible .entry fill(.param .u64 p0, .param .u32 p1)\n.maxntid 256, 1, 1\n{\n.reg .b32 %r<4>;\n.reg .b64 %d<4>;\n"
    "ld.param.u64 %d0, [p0];\nld.param.u32 %r0, [p1];\nmov.u32 %r1, %tid.x;\nmul.wide.u32 %d1, %r1, 4;\nadd.s64 %d2, %d0, %d1;\nst.global.u32 [%d2], %r0;\nret;\n}\n"
    ".visible .entry shared()\n{\n.shared .align 16 .b8 s[40960];\nret;\n}\n";

// The container of a text, as in an object.
std::vector<u8> container(const std::string& text) {
  std::vector<u8> c(16 + 64 + (text.size() + 8) / 8 * 8);
  const auto put = [&](size_t at, auto v) { std::memcpy(c.data() + at, &v, sizeof v); };
  put(0, u32{0xBA55ED50}), put(6, u16{16}), put(8, static_cast<u64>(c.size() - 16));
  put(16, u16{1}), put(20, u32{64}), put(24, static_cast<u64>(c.size() - 80)), put(16 + 0x1C, u32{80});
  std::memcpy(c.data() + 80, text.data(), text.size());
  return c;
}

class DeviceTest : public ::testing::Test {
 protected:
  DeviceTest() : code_(container(kText)), device_(settings()) {
    Binary* b = device_.kernels.add_binary(code_.data());
    device_.kernels.add_kernel(b, &fill_, "fill");
    device_.kernels.add_kernel(b, &shared_, "shared");
    device_.kernels.add_kernel(b, &missing_, "missing");
  }
  static Settings settings() {
    Settings s = settings_from_environment();
    s.memory = 1 << 20;
    return s;
  }
  int launch(const void* kernel, Dim3 grid, Dim3 block, u64 out = 0, u64 dynamic = 0) {
    u32 v = 7;
    void* arguments[] = {&out, &v};
    return code_of([&] { device_.launch(device_.kernels.find(kernel), grid, block, arguments, dynamic, device_.queue.default_stream()); });
  }
  template <class F>
  int code_of(F&& f) {
    try {
      f();
      return kSuccess;
    } catch (const Fault& e) {
      reason_ = e.what();
      return e.code();
    }
  }
  int finish() {
    return code_of([&] { device_.queue.finish_all(); });
  }

  std::vector<u8> code_;
  Device device_;
  std::string reason_;
  static const char fill_, shared_, missing_;
};
const char DeviceTest::fill_ = 0, DeviceTest::shared_ = 0, DeviceTest::missing_ = 0;

TEST_F(DeviceTest, RunsAKernel) {
  const u64 out = device_.allocate(256 * 4, MemoryKind::kDevice, "test");
  EXPECT_EQ(launch(&fill_, {2, 1, 1}, {256, 1, 1}, out), kSuccess) << reason_;
  EXPECT_EQ(finish(), kSuccess) << reason_;
  EXPECT_EQ(download<u32>(out, 256), std::vector<u32>(256, 7));
}

TEST_F(DeviceTest, LaunchesAreCheckedAsTheDriverDoes) {
  EXPECT_EQ(launch(&fill_, {1, 1, 1}, {0, 1, 1}), kInvalidConfiguration);
  EXPECT_EQ(launch(&fill_, {1, 1, 1}, {1025, 1, 1}), kInvalidConfiguration);
  EXPECT_EQ(launch(&fill_, {1, 1, 1}, {1, 1, 65}), kInvalidConfiguration);
  EXPECT_EQ(launch(&fill_, {0, 1, 1}, {32, 1, 1}), kInvalidConfiguration);
  EXPECT_EQ(launch(&fill_, {1, 65536, 1}, {32, 1, 1}), kInvalidConfiguration);
  EXPECT_EQ(launch(&fill_, {1, 1, 1}, {288, 1, 1}), kInvalidValue) << "beyond .maxntid";
  EXPECT_EQ(launch(&missing_, {1, 1, 1}, {32, 1, 1}), kInvalidDeviceFunction);
  EXPECT_EQ(launch(&reason_, {1, 1, 1}, {32, 1, 1}), kInvalidDeviceFunction);
  EXPECT_EQ(launch(&shared_, {1, 1, 1}, {32, 1, 1}, 0, 8193), kInvalidValue) << "48 KiB with the static part, without the attribute";
  EXPECT_EQ(launch(&shared_, {1, 1, 1}, {32, 1, 1}, 0, 8192), kSuccess) << reason_;
  Kernel& k = device_.kernels.find(&fill_);
  k.registers = 255;
  EXPECT_EQ(launch(&fill_, {1, 1, 1}, {256, 1, 1}, device_.allocate(1024, MemoryKind::kDevice, "test")), kSuccess) << reason_;
  Kernel& s = device_.kernels.find(&shared_);
  s.registers = 128;
  EXPECT_EQ(launch(&shared_, {1, 1, 1}, {544, 1, 1}), kOutOfResources) << "544 threads of 128 registers are 69632";
  EXPECT_EQ(launch(&shared_, {1, 1, 1}, {512, 1, 1}), kSuccess) << reason_;
  EXPECT_EQ(finish(), kSuccess);
}

TEST_F(DeviceTest, OccupancyIsTheScarcestResource) {
  Kernel& k = device_.kernels.find(&fill_);
  k.registers = 32;
  EXPECT_EQ(device_.occupancy(k, 256, 0), 8) << "64 warps";
  EXPECT_EQ(device_.occupancy(k, 32, 0), 32) << "blocks";
  k.registers = 64;
  EXPECT_EQ(device_.occupancy(k, 256, 0), 4) << "registers";
  k.registers = 65;
  EXPECT_EQ(device_.occupancy(k, 256, 0), 3) << "72 registers, in units of 256 a warp";
  k.registers = 16;
  EXPECT_EQ(device_.occupancy(k, 256, 31 * 1024), 5) << "32 KiB of 164 with what the system keeps";
  EXPECT_EQ(device_.occupancy(k, 256, 164 * 1024), 0);
  EXPECT_EQ(device_.occupancy(k, 257, 0), 0) << "beyond .maxntid";
}

TEST_F(DeviceTest, AFaultIsKeptAndReported) {
  const u64 out = device_.allocate(100 * 4, MemoryKind::kDevice, "test");
  int code = launch(&fill_, {1, 1, 1}, {128, 1, 1}, out);
  if (code == kSuccess) code = finish();
  EXPECT_EQ(code, kIllegalAddress);
  EXPECT_NE(reason_.find("fill, PTX line "), std::string::npos) << reason_;
  EXPECT_NE(reason_.find("thread (100, 0, 0)"), std::string::npos) << reason_;
  device_.fail(Fault(code, reason_));
  EXPECT_EQ(device_.failed, kIllegalAddress);
  device_.reset();
  EXPECT_EQ(device_.failed, kSuccess);
  EXPECT_EQ(device_.leaks(), "");
}

TEST_F(DeviceTest, MemoryEndsWhereTheSettingsSay) {
  const u64 first = device_.allocate(700 << 10, MemoryKind::kDevice, "test");
  EXPECT_EQ(code_of([&] { device_.allocate(400 << 10, MemoryKind::kDevice, "test"); }), kOutOfMemory);
  EXPECT_EQ(device_.free_bytes(), 324u << 10);
  EXPECT_NE(device_.leaks().find("716800 bytes by test, allocation 1"), std::string::npos) << device_.leaks();
  EXPECT_EQ(code_of([&] { device_.free(first + 256, MemoryKind::kDevice); }), kInvalidValue);
  EXPECT_EQ(code_of([&] { device_.free(first, MemoryKind::kHost); }), kInvalidValue);
  device_.free(first, MemoryKind::kDevice);
  EXPECT_EQ(code_of([&] { device_.free(first, MemoryKind::kDevice); }), kInvalidValue) << "twice";
  EXPECT_EQ(device_.free_bytes(), 1u << 20);
}

TEST_F(DeviceTest, CopiesKnowWhatIsTheDevices) {
  Stream& s = device_.queue.default_stream();
  const u64 a = device_.allocate(64, MemoryKind::kDevice, "test"), b = device_.allocate(64, MemoryKind::kDevice, "test"), pinned = device_.allocate(64, MemoryKind::kHost, "test");
  const auto p = [](u64 at) { return reinterpret_cast<void*>(at); };
  u8 host[64] = {1, 2, 3};
  const auto copy = [&](void* to, const void* from, u64 bytes, int kind) { return code_of([&] { device_.copy(s, to, from, bytes, kind); }); };
  EXPECT_EQ(copy(p(a), host, 64, 1), kSuccess);
  EXPECT_EQ(copy(p(a), host, 64, 2), kInvalidValue) << "the direction";
  EXPECT_EQ(copy(p(a), host, 65, 4), kInvalidValue) << "past the end";
  EXPECT_NE(reason_.find("65 bytes"), std::string::npos) << reason_;
  EXPECT_EQ(copy(p(b), p(a), 64, 4), kSuccess);
  EXPECT_EQ(copy(p(pinned), p(b), 64, 4), kSuccess);
  EXPECT_EQ(finish(), kSuccess);
  EXPECT_EQ(download<u8>(pinned, 3), (std::vector<u8>{1, 2, 3}));
  EXPECT_EQ(copy(host, p(b), 64, 9), kInvalidCopyDirection);
  // What was never written stays so when it is copied.
  const u64 c = device_.allocate(64, MemoryKind::kDevice, "test");
  EXPECT_EQ(code_of([&] { device_.set(s, p(c), 0, 16); }), kSuccess);
  EXPECT_EQ(copy(p(a), p(c), 64, 3), kSuccess);
  EXPECT_EQ(finish(), kSuccess);
  EXPECT_TRUE(device_.memory.find(a, 64)->all_written(a, 16));
  EXPECT_FALSE(device_.memory.find(a, 64)->all_written(a, 17));
}

}  // namespace
}  // namespace wz::software
