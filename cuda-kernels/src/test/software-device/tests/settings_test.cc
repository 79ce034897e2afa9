#include <gtest/gtest.h>
#include <cstdlib>
#include <stdexcept>
#include "runtime/settings.h"

namespace wz::software {
namespace {

// A variable set for a scope.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

std::string refusal(const char* name, const char* value) {
  const Variable v(name, value);
  try {
    settings_from_environment();
  } catch (const std::invalid_argument& e) {
    return e.what();
  }
  return "";
}

TEST(Settings, ComeFromTheEnvironment) {
  const Variable card("WOOTZ_CUDA_CARD", "H100"), memory("WOOTZ_CUDA_MEMORY", "3M"), seed("WOOTZ_CUDA_SEED", "12345"), checks("WOOTZ_CUDA_CHECKS", "0"), leaks("WOOTZ_CUDA_LEAKS", "fail");
  const Settings s = settings_from_environment();
  EXPECT_STREQ(s.card->name, "H100");
  EXPECT_EQ(s.card->arch(), 90);
  EXPECT_EQ(s.memory, 3u << 20);
  EXPECT_EQ(s.seed, 12345u);
  EXPECT_FALSE(s.checks);
  EXPECT_TRUE(s.eager) << "without checks work runs when it is queued";
  EXPECT_EQ(s.leaks, Leaks::kFail);
}

TEST(Settings, WhatCannotBeReadIsNamed) {
  EXPECT_EQ(refusal("WOOTZ_CUDA_CARD", "B200"), "WOOTZ_CUDA_CARD: found 'B200', expected A100, H100 or H200");
  EXPECT_EQ(refusal("WOOTZ_CUDA_SEED", "x1"), "WOOTZ_CUDA_SEED: found 'x1', expected a number");
  EXPECT_EQ(refusal("WOOTZ_CUDA_SEED", "1K"), "WOOTZ_CUDA_SEED: found '1K', expected a number");
  EXPECT_EQ(refusal("WOOTZ_CUDA_MEMORY", "1T"), "WOOTZ_CUDA_MEMORY: found '1T', expected a number of bytes, or one with K, M or G");
  EXPECT_EQ(refusal("WOOTZ_CUDA_CHECKS", "yes"), "WOOTZ_CUDA_CHECKS: found 'yes', expected 0 or 1");
  EXPECT_EQ(refusal("WOOTZ_CUDA_LEAKS", "maybe"), "WOOTZ_CUDA_LEAKS: found 'maybe', expected ignore, report or fail");
  EXPECT_EQ(refusal("WOOTZ_CUDA_DEVICES", "2"), "WOOTZ_CUDA_DEVICES: found '2', expected 0 or 1");
}

}  // namespace
}  // namespace wz::software
