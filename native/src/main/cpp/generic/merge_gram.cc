// gram[i, j] = sum_n v_i v_j in float64. Products of two float32 values are exact in float64, so only the additions round; their order is
// fixed (32 lanes over a block, a tree over the lanes, blocks in sequence) and the same in reference/merge_gram.cc.
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "generic/scratch.h"

namespace wz::WZ_ISA {
namespace {

double dot_block(const double* a, const double* b, int64_t n) {
  alignas(64) double lanes[kLanes] = {};
  int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes)
    for (int l = 0; l < kLanes; ++l) lanes[l] += a[j + l] * b[j + l];
  for (int l = 0; j < n; ++j, ++l) lanes[l] += a[j] * b[j];
  return reduce_lanes(lanes);
}

void load_values(double* v, double* base_values, const wz_model* x, int models, wz_model base, int64_t i, int64_t n) {
  if (base.x != nullptr) load<F64>(base_values, base, i, n);
  for (int k = 0; k < models; ++k) {
    if (base.x != nullptr) {
      load_delta<F64>(v + k * kBlock, x[k], base_values, i, n);
    } else {
      load<F64>(v + k * kBlock, x[k], i, n);
    }
  }
}

}  // namespace

void gram_blocks(double* blocks, const wz_model* x, int models, wz_model base, int64_t n) {
  Scratch<double> v((models + 1) * kBlock);
  double* base_values = v.data() + models * kBlock;
  double* gram = blocks;
  for (int64_t i = 0; i < n; i += kBlock, gram += models * models) {
    const int64_t m = smaller(kBlock, n - i);
    load_values(v.data(), base_values, x, models, base, i, m);
    for (int a = 0; a < models; ++a) {
      for (int b = a; b < models; ++b) {
        gram[a * models + b] = dot_block(v.data() + a * kBlock, v.data() + b * kBlock, m);
        gram[b * models + a] = gram[a * models + b];
      }
    }
  }
}

void gram_columns(double* gram, const wz_model* x, int models, wz_model base, int64_t rows, int64_t cols, int64_t col_begin, int64_t col_end) {
  Scratch<double> v((models + 1) * kBlock);
  double* base_values = v.data() + models * kBlock;
  for (int64_t c = col_begin; c < col_end; c += kBlock) {
    const int64_t m = smaller(kBlock, col_end - c);
    for (int64_t r = 0; r < rows; ++r) {
      load_values(v.data(), base_values, x, models, base, r * cols + c, m);
      for (int a = 0; a < models; ++a) {
        for (int b = a; b < models; ++b) {
          const double* va = v.data() + a * kBlock;
          const double* vb = v.data() + b * kBlock;
          double* upper = gram + (a * models + b) * cols + c;
          for (int64_t j = 0; j < m; ++j) upper[j] += va[j] * vb[j];
        }
      }
    }
    for (int a = 0; a < models; ++a) {
      for (int b = a + 1; b < models; ++b) {
        std::memcpy(gram + (b * models + a) * cols + c, gram + (a * models + b) * cols + c, static_cast<size_t>(m) * sizeof(double));
      }
    }
  }
}

}  // namespace wz::WZ_ISA
