// cp.async in all its forms: sizes, bytes beyond src-size zero, a predicate that ignores the source, groups that complete in order, hints; and
// what a barrier and a wait order.
#include <gtest/gtest.h>
#include "tests/ptx_run.h"

namespace wz::software {
namespace {

// 32 threads copy 16 bytes each from [%d3] to shared [%r3] by `copy`, wait by `wait` and write what is there to [%d1]; s is filled with -1 first.
std::vector<u32> copied(const std::string& copy, const std::string& wait, u64 seed) {
  GlobalMemory memory;
  LoadedModule module(kernel_text("ld.param.u64 %d0, [p];\nld.param.u64 %d1, [p+8];\nmov.u32 %r0, %tid.x;\nmul.wide.u32 %d2, %r0, 16;\nadd.s64 %d3, %d0, %d2;\nadd.s64 %d1, %d1, %d2;\nmov.u32 %r1, s;\nshl.b32 %r2, %r0, 4;\n"
                                  "add.u32 %r3, %r1, %r2;\nmov.u64 %d4, -1;\nst.shared.v2.u64 [%r3], {%d4, %d4};\nsetp.lt.u32 %p1, %r0, 16;\n" +
                                      copy + "\n" + wait + "\nld.shared.v2.u64 {%d5, %d6}, [%r3];\nst.global.v2.u64 [%d1], {%d5, %d6};\n",
                                  ".shared .align 16 .b8 s[512];\n"),
                      &memory);
  std::vector<u32> data(128);
  for (u32 k = 0; k < 128; ++k) data[k] = 1000 + k;
  const u64 out = memory.allocate(512, MemoryKind::kDevice);
  Options options;
  options.seed = seed;
  options.checks = seed != 0;
  launch(module, memory, "k", {}, {32, 1, 1}, {upload(memory, data), out}, options);
  return download<u32>(out, 128);
}
const char* const kWait = "cp.async.commit_group;\ncp.async.wait_group 0;";

struct Copy {
  const char* text;
  u32 words;              // taken from the source
  u32 written = 4;        // of the destination
  bool half = false;      // the first 16 lanes take nothing
};
class Copies : public ::testing::TestWithParam<Copy> {};
TEST_P(Copies, BringTheirBytes) {
  const Copy& c = GetParam();
  for (u64 seed = 0; seed <= 5; ++seed) {
    for (const char* wait : {kWait, "cp.async.wait_all;"}) {
      const auto found = copied(c.text, wait, seed);
      for (u32 k = 0; k < 128; ++k) {
        const u32 word = k % 4, taken = c.half && k < 64 ? 0 : c.words;
        EXPECT_EQ(found[k], word < taken ? 1000 + k : word < c.written ? 0 : 0xFFFFFFFF) << c.text << ", word " << k;
      }
    }
  }
}
INSTANTIATE_TEST_SUITE_P(All, Copies,
                         ::testing::Values(Copy{"cp.async.cg.shared.global [%r3], [%d3], 16;", 4}, Copy{"cp.async.ca.shared.global [%r3], [%d3], 16;", 4}, Copy{"cp.async.ca.shared.global [%r3], [%d3], 8;", 2, 2},
                                           Copy{"cp.async.ca.shared::cta.global [%r3], [%d3], 4;", 1, 1}, Copy{"cp.async.cg.shared.global [%r3], [%d3], 16, 8;", 2}, Copy{"cp.async.cg.shared.global [%r3], [%d3], 16, 0;", 0},
                                           Copy{"mov.u32 %r9, 12;\ncp.async.cg.shared.global [%r3], [%d3], 16, %r9;", 3}, Copy{"cp.async.cg.shared.global.L2::128B [%r3], [%d3], 16;", 4},
                                           Copy{"cp.async.cg.shared.global [%r3], [%d3], 16, %p1;", 4, 4, true},
                                           Copy{"createpolicy.fractional.L2::evict_first.b64 %d9, 1.0;\ncp.async.cg.shared.global.L2::cache_hint [%r3], [%d3], 16, %d9;", 4},
                                           Copy{"createpolicy.fractional.L2::evict_last.b64 %d9;\ncp.async.cg.shared.global.L2::cache_hint.L2::256B [%r3], [%d3], 16, 4, %d9;", 1},
                                           Copy{"cp.async.ca.shared.global [%r3], [%d3], 4;\ncp.async.ca.shared.global [%r3+4], [%d3+4], 4;\ncp.async.commit_group;\ncp.async.ca.shared.global [%r3+8], [%d3+8], 8;", 4}));

// Bytes that are not taken are not read either: the source may end.
TEST(Copies, TakeNothingFromAnInvalidSource) {
  EXPECT_EQ(copied("mov.u64 %d7, 0;\ncp.async.cg.shared.global [%r3], [%d7], 16, 0;", kWait, 1)[0], 0u);
  EXPECT_THROW(copied("mov.u64 %d7, 0;\ncp.async.cg.shared.global [%r3], [%d7], 16, 4;", kWait, 1), Fault);
}
// wait_group n leaves the newest n groups pending: the older are there, the newest is not to be touched.
TEST(Copies, GroupsCompleteInOrder) {
  const char* const two = "cp.async.ca.shared.global [%r3], [%d3], 8;\ncp.async.commit_group;\ncp.async.ca.shared.global [%r3+8], [%d3+8], 8;\ncp.async.commit_group;\ncp.async.wait_group 1;\nld.shared.u32 %r10, [%r3];\nld.shared.u32 %r11, [%r3+4];\n";
  for (u64 seed = 1; seed <= 5; ++seed) {
    EXPECT_NO_THROW(copied(two, "cp.async.wait_group 0;", seed));
    EXPECT_THROW(copied(std::string(two) + "ld.shared.u32 %r12, [%r3+8];", "cp.async.wait_group 0;", seed), Fault);
    EXPECT_THROW(copied(two, "", seed), Fault);
  }
}
// An empty group counts.
TEST(Copies, EmptyGroupsCount) {
  const char* const text = "cp.async.cg.shared.global [%r3], [%d3], 16;\ncp.async.commit_group;\ncp.async.commit_group;\ncp.async.commit_group;";
  EXPECT_NO_THROW(copied(text, "cp.async.wait_group 2;", 1));
  EXPECT_THROW(copied(text, "cp.async.wait_group 3;", 1), Fault);
}

}  // namespace
}  // namespace wz::software
