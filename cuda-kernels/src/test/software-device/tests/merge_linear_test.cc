// The PTX that nvcc made of merge_linear.cu, against the combination computed here, bit for bit.
#include <gtest/gtest.h>
#include <bit>
#include <random>
#include "tests/ptx_run.h"

namespace wz::software {
namespace {

// LinearArguments of merge_linear.h, at the places that the kernel reads.
struct Model {
  u64 x;
  s32 dtype;
  s32 pad = 0;
};
struct Arguments {
  u64 out;
  s32 out_dtype, models;
  Model base;
  double divisor;
  s64 n;
  u8 aligned;
  u8 pad[7];
  Model x[128];
  double weights[128];
};
static_assert(sizeof(Arguments) == 3128, "as the fixture's parameter");

constexpr s32 kF32 = 0;

class MergeLinear : public ::testing::TestWithParam<int> {};

TEST_P(MergeLinear, EqualsTheHost) {
  const size_t n = static_cast<size_t>(GetParam());
  std::mt19937 random(static_cast<unsigned>(n));
  std::normal_distribution<float> normal;
  std::vector<float> a(n), b(n), base(n), poison(n);
  for (size_t k = 0; k < n; ++k) a[k] = normal(random), b[k] = normal(random), base[k] = normal(random);
  for (const bool checks : {false, true}) {
    GlobalMemory memory;
    LoadedModule module(fixture("merge_linear.ptx"), &memory);
    const u64 out = memory.allocate(n * 4, MemoryKind::kDevice);
    Arguments g = {};
    g.out = out, g.out_dtype = kF32, g.models = 2, g.divisor = 1.7, g.n = static_cast<s64>(n), g.aligned = 1;
    g.base = {upload(memory, base), kF32};
    g.x[0] = {upload(memory, a), kF32}, g.x[1] = {upload(memory, b), kF32};
    g.weights[0] = 0.3, g.weights[1] = -1.29;
    std::vector<u64> words(sizeof g / 8);
    std::memcpy(words.data(), &g, sizeof g);
    Options options;
    options.checks = checks;
    const Counters c = launch(module, memory, "merge_linear_f32", {3, 1, 1}, {256, 1, 1}, words, options);
    const std::vector<float> found = download<float>(out, n);
    for (size_t k = 0; k < n; ++k) {
      const volatile float p = 0.3f * (a[k] - base[k]), q = -1.29f * (b[k] - base[k]);
      const volatile float sum = p + q;
      const volatile float quotient = sum / 1.7f;
      const float expected = base[k] + quotient;
      ASSERT_EQ(std::bit_cast<u32>(found[k]), std::bit_cast<u32>(expected)) << "element " << k << " of " << n;
    }
    EXPECT_EQ(c.dram_written, (n * 4 + 31) / 32 * 32);
    EXPECT_EQ(c.dram_read, 3 * ((n * 4 + 31) / 32 * 32));
    EXPECT_EQ(c.global_bytes, 4 * n * 4);
  }
}
INSTANTIATE_TEST_SUITE_P(Sizes, MergeLinear, ::testing::Values(1, 7, 8, 9, 63, 257, 4099));

TEST(MergeLinearFault, NamesTheReadPastTheEnd) {
  GlobalMemory memory;
  LoadedModule module(fixture("merge_linear.ptx"), &memory);
  Arguments g = {};
  g.out = memory.allocate(1024, MemoryKind::kDevice), g.models = 1, g.divisor = 1, g.n = 256, g.aligned = 1;
  g.x[0] = {upload(memory, std::vector<float>(250, 1.0f)), kF32};
  g.weights[0] = 1;
  std::vector<u64> words(sizeof g / 8);
  std::memcpy(words.data(), &g, sizeof g);
  try {
    launch(module, memory, "merge_linear_f32", {1, 1, 1}, {256, 1, 1}, words);
    FAIL() << "no fault";
  } catch (const Fault& f) {
    EXPECT_EQ(f.code(), kIllegalAddress);
    const std::string text = f.what();
    EXPECT_NE(text.find("merge_linear_f32, PTX line "), std::string::npos) << text;
    EXPECT_NE(text.find("ld.global.v4."), std::string::npos) << text;
    EXPECT_NE(text.find("thread (31, 0, 0)"), std::string::npos) << text;
    EXPECT_NE(text.find("of the allocation of 1000 bytes"), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace wz::software
