#include "base/cpu_features.h"

#if defined(__x86_64__)
#include <cpuid.h>
#include <cstdint>
#include <initializer_list>

namespace wz {
namespace {

struct Registers {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

Registers cpuid(unsigned leaf, unsigned subleaf = 0) {
  Registers r;
  if (__get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d) == 0) return {};
  return r;
}

bool has(unsigned word, std::initializer_list<int> bits) {
  for (int bit : bits) {
    if ((word >> bit & 1) == 0) return false;
  }
  return true;
}

// XCR0: which registers the operating system saves at a task switch. Asked only after CPUID's OSXSAVE bit says that the instruction exists.
uint64_t saved_state() {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

constexpr uint64_t kYmm = 0x6;   // SSE and AVX state
constexpr uint64_t kZmm = 0xE6;  // and the mask registers, the upper halves of zmm0-15, zmm16-31

}  // namespace

bool cpu_has_avx2() {
  const Registers leaf1 = cpuid(1), leaf7 = cpuid(7), extended = cpuid(0x80000001);
  constexpr int kFma = 12, kPopcnt = 23, kOsxsave = 27, kAvx = 28, kF16c = 29;
  if (!has(leaf1.c, {kFma, kPopcnt, kOsxsave, kAvx, kF16c}) || (saved_state() & kYmm) != kYmm) return false;
  constexpr int kBmi1 = 3, kAvx2 = 5, kBmi2 = 8, kLzcnt = 5;
  return has(leaf7.b, {kBmi1, kAvx2, kBmi2}) && has(extended.c, {kLzcnt});
}

bool cpu_has_avx512() {
  if (!cpu_has_avx2() || (saved_state() & kZmm) != kZmm) return false;
  constexpr int kF = 16, kDq = 17, kCd = 28, kBw = 30, kVl = 31, kVnni = 11;
  const Registers leaf7 = cpuid(7);
  return has(leaf7.b, {kF, kDq, kCd, kBw, kVl}) && has(leaf7.c, {kVnni});
}

}  // namespace wz

#else

namespace wz {
bool cpu_has_avx2() { return false; }
bool cpu_has_avx512() { return false; }
}  // namespace wz

#endif
