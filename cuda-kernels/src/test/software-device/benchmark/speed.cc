// Warp instructions a second of one thread, with the checks off and on: arithmetic in registers, a product of a matrix and a vector, attention with
// tensor cores (fixtures/tiles.cu). Processor time, the best of three runs.
#include <algorithm>
#include <cstdio>
#include <ctime>
#include "tests/ptx_run.h"

using namespace wz::software;

namespace {

const char* const kArithmetic = R"(
  mov.u32 %r0, %tid.x; mov.u32 %r1, 0; cvt.rn.f32.u32 %f1, %r0; mov.f32 %f2, 0f3F7FF000; mov.u32 %r2, 1;
  LOOP:
  fma.rn.f32 %f1, %f1, %f2, %f2; mad.lo.u32 %r2, %r2, 1664525, 1013904223; xor.b32 %r3, %r2, %r0; shr.u32 %r4, %r3, 5;
  add.f32 %f3, %f1, %f2; mul.f32 %f4, %f3, %f2; max.f32 %f1, %f1, %f4; and.b32 %r5, %r4, 255; add.u32 %r2, %r2, %r5;
  add.u32 %r1, %r1, 1; setp.lt.u32 %p1, %r1, 4000;
  @%p1 bra LOOP;
  ld.param.u64 %d0, [p]; mul.wide.u32 %d1, %r0, 4; add.s64 %d0, %d0, %d1; cvt.rzi.u32.f32 %r6, %f1; add.u32 %r6, %r6, %r2; st.global.u32 [%d0], %r6;
)";
// A warp for a row of 2048 floats, 16 bytes a lane and step.
const char* const kRows = R"(
  ld.param.u64 %d0, [p]; ld.param.u64 %d1, [p+8]; ld.param.u64 %d2, [p+16];
  mov.u32 %r0, %tid.x; mov.u32 %r1, %ctaid.x; shl.b32 %r1, %r1, 2; shr.u32 %r2, %r0, 5; add.u32 %r1, %r1, %r2; and.b32 %r3, %r0, 31;
  mul.wide.u32 %d3, %r1, 8192; add.s64 %d0, %d0, %d3; mul.wide.u32 %d4, %r3, 16; add.s64 %d0, %d0, %d4; add.s64 %d1, %d1, %d4;
  mov.f32 %f0, 0f00000000; mov.u32 %r4, 0;
  LOOP:
  ld.global.nc.v4.f32 {%f1, %f2, %f3, %f4}, [%d0]; ld.global.nc.v4.f32 {%f5, %f6, %f7, %f8}, [%d1];
  fma.rn.f32 %f0, %f1, %f5, %f0; fma.rn.f32 %f0, %f2, %f6, %f0; fma.rn.f32 %f0, %f3, %f7, %f0; fma.rn.f32 %f0, %f4, %f8, %f0;
  add.s64 %d0, %d0, 512; add.s64 %d1, %d1, 512; add.u32 %r4, %r4, 1; setp.lt.u32 %p1, %r4, 16;
  @%p1 bra LOOP;
  mov.b32 %r5, %f0; shfl.sync.bfly.b32 %r6, %r5, 16, 31, -1; mov.b32 %f9, %r6; add.f32 %f0, %f0, %f9;
  setp.eq.u32 %p2, %r3, 0; mul.wide.u32 %d5, %r1, 4; add.s64 %d2, %d2, %d5;
  @%p2 st.global.f32 [%d2], %f0;
)";

struct Work {
  const char* name;
  std::string text, kernel;
  Dim3 grid, block;
  std::vector<u64> parameters;
};

double rate(const Work& w, GlobalMemory& memory, bool checks, bool count) {
  LoadedModule module(w.text, &memory);
  Options o;
  o.checks = checks, o.count = count;
  double best = 0;
  for (int run = 0; run < 3; ++run) {
    const clock_t begin = std::clock();
    u64 n = 0;
    while (std::clock() - begin < CLOCKS_PER_SEC / 4) n += launch(module, memory, w.kernel, w.grid, w.block, w.parameters, o).warp_instructions;
    best = std::max(best, static_cast<double>(n) / (static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC) / 1e6);
  }
  return best;
}

}  // namespace

int main() {
  GlobalMemory memory;
  const std::vector<float> floats(256 * 2048 + 2048, 0.5f);
  const std::vector<u16> keys(512 * 64, 0x3C00);
  const u64 matrix = upload(memory, floats), out = memory.allocate(65536, MemoryKind::kDevice), k = upload(memory, keys);
  const Work works[] = {{"arithmetic", kernel_text(kArithmetic), "k", {4, 1, 1}, {128, 1, 1}, {out}},
                        {"matrix and vector", kernel_text(kRows), "k", {64, 1, 1}, {128, 1, 1}, {matrix, matrix, out}},
                        {"attention, mma", fixture("tiles.ptx"), "attention_tile", {8, 1, 1}, {128, 1, 1}, {k, k, k, 512 | 0x3E00000000000000ull, out}}};
  std::printf("million warp instructions a second, one thread\n%-20s %12s %12s %12s\n", "", "bare", "counted", "checked");
  for (const Work& w : works) std::printf("%-20s %12.1f %12.1f %12.1f\n", w.name, rate(w, memory, false, false), rate(w, memory, false, true), rate(w, memory, true, true));
}
