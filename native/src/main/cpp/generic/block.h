// Blocks of up to WZ_BLOCK elements on their way between memory, where they have a dtype and any alignment, and the first-level cache, where
// they are float or double. Generic code is written as passes over such blocks: plain loops that the compiler vectorises.
#pragma once
#include <cstdint>
#include "wootz/dtype.h"

namespace wz::WZ_ISA {

// v[i] = p[i] for i < n <= WZ_BLOCK, any dtype; rounded to nearest where T cannot hold the value.
void load_block(float* v, const void* p, int dtype, int64_t n);
void load_block(double* v, const void* p, int dtype, int64_t n);

// p[i] = v[i], one rounding to nearest, ties to even, any dtype; integers saturate and take NaN as 0. v may lie at p if the types agree.
void store_block(void* p, int dtype, const float* v, int64_t n);
void store_block(void* p, int dtype, const double* v, int64_t n);

// v[i] rounded to the type and kept as float, any n.
void round_block_bf16(float* v, int64_t n);
void round_block_f16(float* v, int64_t n);

namespace {

inline __attribute__((always_inline)) int64_t element_bytes(int dtype) {
  constexpr int8_t kBytes[] = {4, 2, 2, 8, 1, 1, 1, 1, 2, 4, 8};
  return kBytes[dtype];
}

}  // namespace
}  // namespace wz::WZ_ISA
