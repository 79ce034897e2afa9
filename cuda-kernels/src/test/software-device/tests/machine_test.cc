// Divergence, barriers, shuffles, matrix instructions, asynchronous copies, and the faults: each on a few lines of PTX.
#include <gtest/gtest.h>
#include <cmath>
#include <random>
#include "operations/small_floats.h"
#include "tests/ptx_run.h"

namespace wz::software {
namespace {

constexpr const char* kOut = "ld.param.u64 %d0, [p];\nmov.u32 %r0, %tid.x;\nmul.wide.u32 %d1, %r0, 4;\nadd.s64 %d2, %d0, %d1;\n";

std::vector<u32> run(const std::string& body, u32 threads = 32, const std::string& shared = "", u64 seed = 1, bool checks = true) {
  GlobalMemory memory;
  LoadedModule module(kernel_text(kOut + body, shared), &memory);
  const u64 out = memory.allocate(threads * 4, MemoryKind::kDevice);
  Options options;
  options.seed = seed;
  options.checks = checks;
  launch(module, memory, "k", {}, {threads, 1, 1}, {out}, options);
  return download<u32>(out, threads);
}

std::string fault_of(const std::string& body, u32 threads = 32, const std::string& shared = "", u64 seed = 1) {
  try {
    run(body, threads, shared, seed);
  } catch (const Fault& f) {
    return f.what();
  }
  return "no fault";
}
void expect_fault(const std::string& found, const std::string& part) { EXPECT_NE(found.find(part), std::string::npos) << found; }

TEST(Machine, LanesDivergeAndMeetAgain) {
  const auto found = run(R"(
    and.b32 %r1, %r0, 3;
    mov.u32 %r2, 0;
    LOOP: setp.ge.u32 %p1, %r2, %r1;
    @%p1 bra DONE;
    add.u32 %r2, %r2, 1;
    bra LOOP;
    DONE: activemask.b32 %r3;
    setp.eq.u32 %p2, %r3, -1;
    selp.u32 %r4, 100, 0, %p2;
    add.u32 %r5, %r4, %r2;
    st.global.u32 [%d2], %r5;)");
  for (u32 l = 0; l < 32; ++l) EXPECT_EQ(found[l], 100 + l % 4);
}

TEST(Machine, ShufflesWithinSegments) {
  const auto down = run("shfl.sync.down.b32 %r1|%p1, %r0, 3, 31, -1;\nselp.u32 %r2, 1000, 0, %p1;\nadd.u32 %r3, %r1, %r2;\nst.global.u32 [%d2], %r3;");
  for (u32 l = 0; l < 32; ++l) EXPECT_EQ(down[l], l + 3 < 32 ? 1000 + l + 3 : l);
  const auto butterfly = run("shfl.sync.bfly.b32 %r1, %r0, 5, 31, -1;\nst.global.u32 [%d2], %r1;");
  for (u32 l = 0; l < 32; ++l) EXPECT_EQ(butterfly[l], l ^ 5);
  const auto eights = run("shfl.sync.idx.b32 %r1, %r0, 2, 0x181f, -1;\nst.global.u32 [%d2], %r1;");  // segments of 8
  for (u32 l = 0; l < 32; ++l) EXPECT_EQ(eights[l], l / 8 * 8 + 2);
  const auto up = run("shfl.sync.up.b32 %r1, %r0, 1, 0, -1;\nst.global.u32 [%d2], %r1;");
  for (u32 l = 0; l < 32; ++l) EXPECT_EQ(up[l], l == 0 ? 0 : l - 1);
}

TEST(Machine, VotesReducesAndFindsEquals) {
  const auto ballot = run("setp.lt.u32 %p1, %r0, 5;\nvote.sync.ballot.b32 %r1, %p1, -1;\nst.global.u32 [%d2], %r1;");
  EXPECT_EQ(ballot[7], 31u);
  EXPECT_EQ(run("redux.sync.add.s32 %r1, %r0, -1;\nst.global.u32 [%d2], %r1;")[3], 496u);
  EXPECT_EQ(run("and.b32 %r1, %r0, 1;\nmatch.any.sync.b32 %r2, %r1, -1;\nst.global.u32 [%d2], %r2;")[1], 0xAAAAAAAAu);
}

const char* const kExchange = R"(
    mov.u32 %r1, s; shl.b32 %r2, %r0, 2; add.u32 %r3, %r1, %r2;
    st.shared.u32 [%r3], %r0;
    )";
const char* const kFetch = "xor.b32 %r4, %r2, 252;\nadd.u32 %r5, %r1, %r4;\nld.shared.u32 %r6, [%r5];\nst.global.u32 [%d2], %r6;";
const char* const kWords = ".shared .align 16 .b8 s[256];\n";

TEST(Machine, BarriersOrderSharedMemory) {
  for (u64 seed = 1; seed <= 5; ++seed) {
    const auto found = run(std::string(kExchange) + "bar.sync 0;\n" + kFetch, 64, kWords, seed);
    for (u32 l = 0; l < 64; ++l) EXPECT_EQ(found[l], 63 - l);
  }
  EXPECT_EQ(run(std::string(kExchange) + "bar.sync 0;\n" + kFetch, 64, kWords, 1, false)[0], 63u);
}
TEST(Fault, AMissingBarrierIsARaceOrAnUnwrittenRead) {
  for (u64 seed = 1; seed <= 5; ++seed) {
    const std::string found = fault_of(std::string(kExchange) + kFetch, 64, kWords, seed);
    EXPECT_TRUE(found.find("race on shared memory") != std::string::npos || found.find("never written") != std::string::npos) << found;
  }
}
TEST(Fault, WriteAfterReadOfAnotherWarpIsARace) {
  for (u64 seed = 1; seed <= 5; ++seed) {
    expect_fault(fault_of(std::string(kExchange) + "bar.sync 0;\n" + kFetch + "st.shared.u32 [%r3], 7;", 64, kWords, seed), "race on shared memory");
  }
}

TEST(Fault, StrayMisalignedAndUnwritten) {
  expect_fault(fault_of("st.global.u32 [%d2+4], %r0;"), "0 bytes past the end of the allocation of 128 bytes");
  expect_fault(fault_of("st.global.u32 [%d2+4], %r0;"), "thread (31, 0, 0)");
  expect_fault(fault_of("st.global.u32 [%d2+4], %r0;"), "PTX line 16");
  expect_fault(fault_of("st.global.u32 [%d2+2], %r0;"), "not aligned to 4");
  expect_fault(fault_of("ld.global.u32 %r1, [%d2];"), "never written");
  expect_fault(fault_of("shl.b32 %r1, %r0, 2;\nst.shared.u32 [%r1], %r0;"), "shared address 0x0");
  expect_fault(fault_of("add.u32 %r1, %r2, 1;"), "%r2 is read but was never written");
  expect_fault(fault_of("frobnicate.b32 %r1, %r0;"), "does not know this instruction");
}
TEST(Fault, OnlyPartOfAWarpAtABarrier) {
  expect_fault(fault_of("setp.lt.u32 %p1, %r0, 4;\n@%p1 bra SKIP;\nbar.sync 0;\nSKIP: st.global.u32 [%d2], %r0;"), "only part of the warp");
  expect_fault(fault_of("setp.lt.u32 %p1, %r0, 32;\n@%p1 bra SKIP;\nbar.sync 1, 64;\nSKIP: st.global.u32 [%d2], %r0;", 64), "never complete");
}

const char* const kCopy = R"(
    mov.u32 %r1, s; shl.b32 %r2, %r0, 2; add.u32 %r3, %r1, %r2;
    st.global.u32 [%d2], %r0;
    cp.async.ca.shared.global [%r3], [%d2], 4;
    cp.async.commit_group;
    )";
TEST(Async, ArrivesAfterItsWait) {
  for (u64 seed = 1; seed <= 5; ++seed) {
    const auto found = run(std::string(kCopy) + "cp.async.wait_group 0;\nld.shared.u32 %r4, [%r3];\nadd.u32 %r5, %r4, 1;\nst.global.u32 [%d2], %r5;", 32, kWords, seed);
    for (u32 l = 0; l < 32; ++l) EXPECT_EQ(found[l], l + 1);
  }
}
TEST(Fault, AMissingOrLaxWaitForACopy) {
  expect_fault(fault_of(std::string(kCopy) + "ld.shared.u32 %r4, [%r3];", 32, kWords), "a wait is missing");
  expect_fault(fault_of(std::string(kCopy) + "cp.async.wait_group 1;\nld.shared.u32 %r4, [%r3];", 32, kWords), "a wait is missing");
}

// D = A B by mma.sync, A and B^T through ldmatrix, against a product in double.
TEST(Matrix, ProductOfBf16) {
  std::mt19937 random(3);
  std::normal_distribution<float> normal;
  std::vector<u16> a(16 * 16), bt(8 * 16);
  for (u16& v : a) v = bf16_nearest(normal(random));
  for (u16& v : bt) v = bf16_nearest(normal(random));
  GlobalMemory memory;
  LoadedModule module(kernel_text(R"(
    ld.param.u64 %d0, [p]; ld.param.u64 %d1, [p+8]; ld.param.u64 %d2, [p+16];
    mov.u32 %r0, %tid.x; mov.u32 %r1, s;
    mul.wide.u32 %d3, %r0, 16; add.s64 %d4, %d0, %d3;
    shl.b32 %r2, %r0, 4; add.u32 %r3, %r1, %r2;
    cp.async.cg.shared.global [%r3], [%d4], 16;
    and.b32 %r4, %r0, 15; mul.wide.u32 %d5, %r4, 16; add.s64 %d6, %d1, %d5;
    shl.b32 %r5, %r4, 4; add.u32 %r6, %r1, %r5;
    setp.lt.u32 %p1, %r0, 16;
    @%p1 cp.async.cg.shared.global [%r6+512], [%d6], 16;
    cp.async.wait_all;
    bar.warp.sync -1;
    and.b32 %r7, %r0, 15; shl.b32 %r8, %r7, 5; shr.u32 %r9, %r0, 4; shl.b32 %r9, %r9, 4; add.u32 %r8, %r8, %r9; add.u32 %r8, %r8, %r1;
    ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%r10, %r11, %r12, %r13}, [%r8];
    and.b32 %r14, %r0, 7; shl.b32 %r14, %r14, 5; shr.u32 %r15, %r0, 3; and.b32 %r15, %r15, 1; shl.b32 %r15, %r15, 4; add.u32 %r14, %r14, %r15; add.u32 %r14, %r14, %r1;
    ldmatrix.sync.aligned.m8n8.x2.shared.b16 {%r16, %r17}, [%r14+512];
    mov.f32 %f0, 0f00000000;
    mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%f1, %f2, %f3, %f4}, {%r10, %r11, %r12, %r13}, {%r16, %r17}, {%f0, %f0, %f0, %f0};
    shr.u32 %r20, %r0, 2; and.b32 %r21, %r0, 3; shl.b32 %r22, %r20, 3; shl.b32 %r23, %r21, 1; add.u32 %r22, %r22, %r23;
    mul.wide.u32 %d7, %r22, 4; add.s64 %d8, %d2, %d7;
    st.global.v2.f32 [%d8], {%f1, %f2};
    st.global.v2.f32 [%d8+256], {%f3, %f4};)", ".shared .align 16 .b8 s[1024];\n"), &memory);
  const u64 out = memory.allocate(16 * 8 * 4, MemoryKind::kDevice);
  const Counters c = launch(module, memory, "k", {}, {32, 1, 1}, {upload(memory, a), upload(memory, bt), out});
  const auto d = download<float>(out, 128);
  for (size_t m = 0; m < 16; ++m) {
    for (size_t n = 0; n < 8; ++n) {
      double sum = 0;
      for (size_t k = 0; k < 16; ++k) sum += static_cast<double>(float_of_bf16(a[m * 16 + k])) * float_of_bf16(bt[n * 16 + k]);
      EXPECT_EQ(d[m * 8 + n], static_cast<float>(sum)) << m << ", " << n;
    }
  }
  EXPECT_EQ(c.tensor_flops_16, 2u * 16 * 8 * 16);
}

TEST(Counters, BankConflictsAndSectors) {
  GlobalMemory memory;
  LoadedModule module(kernel_text(std::string(kOut) + "mov.u32 %r1, s;\nshl.b32 %r2, %r0, 7;\nadd.u32 %r3, %r1, %r2;\nst.shared.u32 [%r3], %r0;\nshl.b32 %r4, %r0, 2;\nadd.u32 %r5, %r1, %r4;\nst.shared.u32 [%r5], %r0;\nst.global.u32 [%d2], %r0;",
                                  ".shared .align 16 .b8 s[4096];\n"), &memory);
  const Counters c = launch(module, memory, "k", {}, {32, 1, 1}, {memory.allocate(128, MemoryKind::kDevice)});
  EXPECT_EQ(c.shared_wavefronts, 33u);  // 32 words of one bank, then one word of each
  EXPECT_EQ(c.shared_ideal, 2u);
  EXPECT_EQ(c.global_sectors, 4u);
  EXPECT_GT(lower_bound(c, kA100).microseconds, 0);
}

// One instruction, its operand bits and the result's, from the PTX documentation's rules.
struct Vector {
  const char* instruction;  // of %r1, %r2, %r3 to %r4
  u32 a, b, c, result;
};
class Scalar : public ::testing::TestWithParam<Vector> {};
TEST_P(Scalar, HasTheBits) {
  const Vector& v = GetParam();
  const auto u = [](u32 x) { return std::to_string(x); };
  const auto found = run("mov.u32 %r1, " + u(v.a) + ";\nmov.u32 %r2, " + u(v.b) + ";\nmov.u32 %r3, " + u(v.c) + ";\n" + v.instruction + "\nst.global.u32 [%d2], %r4;");
  EXPECT_EQ(found[0], v.result) << v.instruction;
  EXPECT_EQ(found[31], v.result) << v.instruction;
}
INSTANTIATE_TEST_SUITE_P(
    Vectors, Scalar,
    ::testing::Values(Vector{"prmt.b32 %r4, %r1, %r2, %r3;", 0x33221100, 0x77665544, 0x7531, 0x77553311}, Vector{"prmt.b32 %r4, %r1, %r2, %r3;", 0x00000080, 0, 0x8888, 0xFFFFFFFF},
                      Vector{"lop3.b32 %r4, %r1, %r2, %r3, 0x96;", 0xF0F0F0F0, 0xCCCCCCCC, 0xAAAAAAAA, 0x96969696}, Vector{"shf.l.wrap.b32 %r4, %r1, %r2, %r3;", 0x80000000, 1, 1, 3},
                      Vector{"shf.r.clamp.b32 %r4, %r1, %r2, %r3;", 1, 2, 40, 2}, Vector{"bfe.s32 %r4, %r1, 4, 4;", 0xF0, 0, 0, 0xFFFFFFFF}, Vector{"bfe.u32 %r4, %r1, 28, 8;", 0xF0000000, 0, 0, 0xF},
                      Vector{"bfi.b32 %r4, %r1, %r2, 8, 8;", 0xAB, 0x11111111, 0, 0x1111AB11}, Vector{"mul.hi.s32 %r4, %r1, %r2;", 0xFFFFFFFF, 2, 0, 0xFFFFFFFF},
                      Vector{"div.s32 %r4, %r1, %r2;", 0x80000000, 0xFFFFFFFF, 0, 0x80000000}, Vector{"rem.s32 %r4, %r1, %r2;", 0xFFFFFFF9, 3, 0, 0xFFFFFFFF}, Vector{"shl.b32 %r4, %r1, %r2;", 1, 32, 0, 0},
                      Vector{"shr.s32 %r4, %r1, %r2;", 0x80000000, 99, 0, 0xFFFFFFFF}, Vector{"bfind.u32 %r4, %r1;", 0x00010000, 0, 0, 16}, Vector{"clz.b32 %r4, %r1;", 0, 0, 0, 32},
                      Vector{"dp4a.s32.s32 %r4, %r1, %r2, %r3;", 0x01FF0203, 0x01010101, 10, 15}, Vector{"fma.rn.f32 %r4, %r1, %r2, %r3;", 0x3F800001, 0x3F800001, 0xBF800002, 0x28800000},
                      Vector{"add.rz.f32 %r4, %r1, %r2;", 0x3F800000, 0xAF800000, 0, 0x3F7FFFFF}, Vector{"add.rn.f32 %r4, %r1, %r2;", 0x7F800000, 0xFF800000, 0, 0x7FFFFFFF},
                      Vector{"mul.ftz.f32 %r4, %r1, %r2;", 0x00800000, 0x3F000000, 0, 0}, Vector{"max.f32 %r4, %r1, %r2;", 0x7FC00000, 0x3F800000, 0, 0x3F800000},
                      Vector{"max.NaN.f32 %r4, %r1, %r2;", 0x7FC00000, 0x3F800000, 0, 0x7FFFFFFF}, Vector{"cvt.rzi.s32.f32 %r4, %r1;", 0x7FC00000, 0, 0, 0}, Vector{"cvt.rzi.s32.f32 %r4, %r1;", 0x4F800000, 0, 0, 0x7FFFFFFF},
                      Vector{"cvt.rni.s32.f32 %r4, %r1;", 0x40200000, 0, 0, 2}, Vector{"cvt.rn.bf16x2.f32 %r4, %r1, %r2;", 0x3F808000, 0x3F818000, 0, 0x3F803F82},
                      Vector{"cvt.rn.f16x2.f32 %r4, %r1, %r2;", 0x477FF000, 0x33000000, 0, 0x7C000000}, Vector{"cvt.rna.tf32.f32 %r4, %r1;", 0x3F801000, 0, 0, 0x3F802000},
                      Vector{"fma.rn.bf16x2 %r4, %r1, %r2, %r3;", 0x3F803F80, 0x40004000, 0x3F803F80, 0x40404040}, Vector{"add.f16x2 %r4, %r1, %r2;", 0x3C003C00, 0x3C000400, 0, 0x40003C00},
                      Vector{"ex2.approx.ftz.f32 %r4, %r1;", 0x40400000, 0, 0, 0x41000000}, Vector{"ex2.approx.f32 %r4, %r1;", 0xFF800000, 0, 0, 0}, Vector{"rsqrt.approx.f32 %r4, %r1;", 0x40800000, 0, 0, 0x3F000000},
                      Vector{"rcp.approx.ftz.f32 %r4, %r1;", 0x00000001, 0, 0, 0x7F800000}));

}  // namespace
}  // namespace wz::software
