#include "runtime/settings.h"
#include <cstdlib>
#include <stdexcept>

namespace wz::software {
namespace {

const CardModel kCards[] = {
    {"A100", 8, 0, 108, 1410000, 1593000, 5120, 40 << 20, 167936, 166912, 32},
    {"H100", 9, 0, 132, 1980000, 2619000, 5120, 50 << 20, 233472, 232448, 32},
    {"H200", 9, 0, 132, 1980000, 3201000, 6144, 60 << 20, 233472, 232448, 32},
};

[[noreturn]] void refuse(const char* name, const std::string& value, const char* expected) {
  throw std::invalid_argument(std::string(name) + ": found '" + value + "', expected " + expected);
}

std::string value_of(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

u64 number(const char* name, u64 otherwise, bool with_unit = false) {
  const std::string value = value_of(name);
  if (value.empty()) return otherwise;
  size_t digits = 0;
  u64 n = 0;
  while (digits < value.size() && value[digits] >= '0' && value[digits] <= '9' && digits < 19) n = n * 10 + static_cast<u64>(value[digits++] - '0');
  const std::string unit = value.substr(digits);
  if (digits == 0 || (!unit.empty() && (!with_unit || unit.size() > 1 || std::string("KMG").find(unit) == std::string::npos))) {
    refuse(name, value, with_unit ? "a number of bytes, or one with K, M or G" : "a number");
  }
  return unit == "K" ? n << 10 : unit == "M" ? n << 20 : unit == "G" ? n << 30 : n;
}

bool yes(const char* name, bool otherwise) {
  const std::string value = value_of(name);
  if (value.empty()) return otherwise;
  if (value != "0" && value != "1") refuse(name, value, "0 or 1");
  return value == "1";
}

}  // namespace

Settings settings_from_environment() {
  Settings s;
  s.card = &kCards[0];
  if (const std::string name = value_of("WOOTZ_CUDA_CARD"); !name.empty()) {
    s.card = nullptr;
    for (const CardModel& card : kCards) s.card = name == card.name ? &card : s.card;
    if (s.card == nullptr) refuse("WOOTZ_CUDA_CARD", name, "A100, H100 or H200");
  }
  s.devices = static_cast<int>(number("WOOTZ_CUDA_DEVICES", 1));
  if (s.devices > 1) refuse("WOOTZ_CUDA_DEVICES", std::to_string(s.devices), "0 or 1");
  s.driver = static_cast<int>(number("WOOTZ_CUDA_DRIVER", 13000));
  s.memory = number("WOOTZ_CUDA_MEMORY", s.memory, true);
  s.checks = yes("WOOTZ_CUDA_CHECKS", true);
  s.count = yes("WOOTZ_CUDA_COUNT", false);
  s.eager = yes("WOOTZ_CUDA_EAGER", !s.checks);
  s.explain = yes("WOOTZ_CUDA_EXPLAIN", false);
  s.seed = number("WOOTZ_CUDA_SEED", 1);
  if (const std::string leaks = value_of("WOOTZ_CUDA_LEAKS"); !leaks.empty()) {
    if (leaks != "ignore" && leaks != "report" && leaks != "fail") refuse("WOOTZ_CUDA_LEAKS", leaks, "ignore, report or fail");
    s.leaks = leaks == "ignore" ? Leaks::kIgnore : leaks == "report" ? Leaks::kReport : Leaks::kFail;
  }
  return s;
}

}  // namespace wz::software
