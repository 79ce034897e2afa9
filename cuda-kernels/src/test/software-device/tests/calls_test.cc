// Calls of device functions: parameters and results through variables, early returns, nested calls, guards, variables of one name in many braces;
// recursion is refused when it is reached.
#include <gtest/gtest.h>
#include "tests/ptx_run.h"

namespace wz::software {
namespace {

const char* const kFunctions = R"(
.func (.param .b32 result) next (.param .b32 next_0);
.func (.param .b32 result) twice_next (.param .b32 twice_0)
{
  .reg .b32 %r<4>;
  ld.param.u32 %r1, [twice_0];
  {
    .param .b32 param0; st.param.b32 [param0+0], %r1;
    .param .b32 retval0;
    call.uni (retval0), next, (param0);
    ld.param.b32 %r2, [retval0+0];
  }
  shl.b32 %r3, %r2, 1;
  st.param.b32 [result+0], %r3;
  ret;
}
.func (.param .b32 result) next (.param .b32 next_0)
{
  .reg .pred %p<2>; .reg .b32 %r<4>;
  ld.param.u32 %r1, [next_0];
  setp.eq.u32 %p1, %r1, 5;
  @%p1 bra FIVE;
  add.u32 %r2, %r1, 1;
  st.param.b32 [result+0], %r2;
  ret;
  FIVE: mov.u32 %r3, 500;
  st.param.b32 [result+0], %r3;
  ret;
}
.func forever (.param .b32 forever_0)
{
  .reg .b32 %r<4>;
  { .param .b32 param0; mov.u32 %r1, 1; st.param.b32 [param0], %r1; call.uni forever, (param0); }
  ret;
}
)";

std::vector<u32> run(const std::string& body, u64 seed = 1) {
  GlobalMemory memory;
  const std::string text = kernel_text("ld.param.u64 %d0, [p];\nmov.u32 %r0, %tid.x;\nmul.wide.u32 %d1, %r0, 4;\nadd.s64 %d0, %d0, %d1;\n" + body + "st.global.u32 [%d0], %r1;\n");
  const size_t at = text.find(".visible");
  LoadedModule module(text.substr(0, at) + kFunctions + text.substr(at), &memory);
  const u64 out = memory.allocate(128, MemoryKind::kDevice);
  Options options;
  options.seed = seed;
  launch(module, memory, "k", {}, {32, 1, 1}, {out}, options);
  return download<u32>(out, 32);
}
std::string call(const std::string& guard, const std::string& function, const std::string& in) {
  return "{ .param .b32 param0; st.param.b32 [param0], " + in + ";\n.param .b32 retval0; mov.u32 %r9, 77; st.param.b32 [retval0], %r9;\n" + guard + "call.uni (retval0), " + function + ", (param0);\nld.param.b32 %r1, [retval0+0]; }\n";
}

TEST(Calls, ReturnEarlyAndNest) {
  const auto once = run(call("", "next", "%r0"));
  const auto nested = run(call("", "twice_next", "%r0") + call("", "next", "%r1"));
  for (u32 l = 0; l < 32; ++l) {
    EXPECT_EQ(once[l], l == 5 ? 500 : l + 1);
    EXPECT_EQ(nested[l], (l == 5 ? 1000 : 2 * l + 2) + 1);
  }
}
TEST(Calls, ByAPartOfTheLanes) {
  const auto found = run("setp.lt.u32 %p1, %r0, 7;\n" + call("@%p1 ", "next", "%r0"));
  const auto inverse = run("setp.lt.u32 %p1, %r0, 7;\n" + call("@!%p1 ", "next", "%r0"));
  for (u32 l = 0; l < 32; ++l) {
    EXPECT_EQ(found[l], l >= 7 ? 77 : l == 5 ? 500 : l + 1);
    EXPECT_EQ(inverse[l], l < 7 ? 77 : l + 1);
  }
}
TEST(Calls, RecursionIsRefusedWhereItIsReached) {
  const std::string text = "setp.lt.u32 %p1, %r0, 0;\nmov.u32 %r1, 3;\n@!%p1 bra OVER;\n{ .param .b32 param0; st.param.b32 [param0], %r0; call.uni forever, (param0); }\nOVER:\n";
  EXPECT_EQ(run(text)[4], 3u);
  EXPECT_THROW(run("mov.u32 %r1, 3;\n{ .param .b32 param0; st.param.b32 [param0], %r0; call.uni forever, (param0); }\n"), Fault);
}
// As nvcc writes inline assembly: the directive and the type in one word.
TEST(Calls, RegistersOfInlineAssembly) {
  const auto found = run("{.reg.b16 hl, hu;\n.reg.b32 fl;\nmov.b32 {hl, hu}, %r0;\ncvt.u32.u16 fl, hl;\nadd.u32 %r1, fl, 9;}\n");
  EXPECT_EQ(found[31], 40u);
}

}  // namespace
}  // namespace wz::software
