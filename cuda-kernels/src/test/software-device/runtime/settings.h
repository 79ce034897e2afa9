// What the environment says about the device in software: which card it pretends to be, its memory, its checks. README.md lists the variables.
#pragma once
#include <string>
#include "machine/types.h"

namespace wz::software {

// Limits of a card as the runtime's queries report them. Bytes, kHz.
struct CardModel {
  const char* name;
  int major, minor;
  int multiprocessors;
  int clock_khz, memory_clock_khz, memory_bus_bits;
  int l2_bytes;
  int shared_per_multiprocessor, shared_per_block;  // the second with the attribute that opts in
  int blocks_per_multiprocessor;
  int arch() const { return 10 * major + minor; }
};
constexpr int kWarpsPerMultiprocessor = 64, kRegistersPerMultiprocessor = 65536, kSharedWithoutAttribute = 48 * 1024, kSharedReserved = 1024;

enum class Leaks { kIgnore, kReport, kFail };

struct Settings {
  const CardModel* card;
  int devices = 1;
  int driver = 13000;  // 1000 * major + 10 * minor; 0: none is installed
  u64 memory = 4ull << 30;
  bool checks = true;
  bool count = false;
  bool eager = false;     // work runs when it is queued, in order
  bool explain = false;   // the reason of every error on stderr, not of faults alone
  u64 seed = 1;
  Leaks leaks = Leaks::kReport;
};

// Throws std::invalid_argument that names the variable, its value and what was expected.
Settings settings_from_environment();

}  // namespace wz::software
