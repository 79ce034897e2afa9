// The functions of one instruction set, in namespace wz::<WZ_ISA>: generic/*.cc defines them for avx2, avx512 and neon, reference/*.cc for
// "reference". table.h says where each stands in the dispatch table, the headers in include/wootz what each computes.
#pragma once
#include <cstdint>
#include "wootz/wootz.h"

namespace wz {
struct Table;
}

namespace wz::WZ_ISA {

const Table& table();

// dtype
void convert(void* dst, int dst_dtype, const void* src, int src_dtype, int64_t n);

// linear combinations
void linear(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const double* weights, double divisor, int arithmetic,
            int64_t n);
void linear_columns(void* out, int out_dtype, const wz_model* x, int models, wz_model base, const double* weights, int arithmetic,
                    int64_t rows, int64_t cols);
void gram_blocks(double* blocks, const wz_model* x, int models, wz_model base, int64_t n);
void gram_columns(double* gram, const wz_model* x, int models, wz_model base, int64_t rows, int64_t cols, int64_t col_begin, int64_t col_end);

}  // namespace wz::WZ_ISA
