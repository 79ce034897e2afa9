// What this processor and its operating system offer. Each function answers for exactly the options that cmake/CpuTargets.cmake compiles with.
#pragma once

namespace wz {

// AVX2, FMA, F16C, BMI1, BMI2, LZCNT, POPCNT, and the 256-bit state saved by the system.
bool cpu_has_avx2();
// The above and AVX-512 F, CD, BW, DQ, VL, VNNI, and the 512-bit state saved by the system.
bool cpu_has_avx512();

}  // namespace wz
