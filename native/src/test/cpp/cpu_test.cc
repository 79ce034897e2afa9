// Dispatch: the available tables, switching, refusals; and the messages of several threads.
#include "wootz/cpu.h"
#include <thread>
#include "op_test.h"

namespace wz::test {
namespace {

TEST(Cpu, AvailableEndsWithTheReference) {
  const std::string available = wz_cpu_available();
  EXPECT_EQ("reference", available.substr(available.rfind(',') + 1));
  EXPECT_NE(std::string::npos, available.find(wz_cpu_isa()));
}

TEST(Cpu, UseSwitches) {
  std::vector<std::string> names = fast_isas();
  names.emplace_back("reference");
  for (const std::string& name : names) {
    const UseIsa use(name);
    EXPECT_EQ(name, wz_cpu_isa());
  }
}

TEST(Cpu, UseRefusesWhatTheProcessorLacks) {
  const std::string before = wz_cpu_isa();
  expect_refused(WZ_UNSUPPORTED, wz_cpu_use("sse9"), {"wz_cpu_use", "\"sse9\"", wz_cpu_available()});
  expect_refused(WZ_INVALID_ARGUMENT, wz_cpu_use(nullptr), {"wz_cpu_use", "NULL"});
  EXPECT_EQ(before, wz_cpu_isa());
}

TEST(Status, MessagesBelongToTheirThread) {
  wz_cpu_use("sse9");
  std::string other = "not run";
  std::thread([&] {
    EXPECT_STREQ("", wz_last_error());
    wz_cpu_use("mmx");
    other = wz_last_error();
  }).join();
  EXPECT_NE(std::string::npos, other.find("mmx"));
  EXPECT_NE(std::string::npos, std::string(wz_last_error()).find("sse9"));
}

TEST(Status, Version) { EXPECT_STREQ("0.1.0", wz_version()); }

}  // namespace
}  // namespace wz::test
