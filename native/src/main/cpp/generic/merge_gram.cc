// gram[i, j] = sum_n v_i v_j in float64. Products of two float32 values are exact in float64, so only the additions round; their order is
// fixed (32 lanes over a block, a tree over the lanes, blocks in sequence) and the same in reference/merge_gram.cc.
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "generic/merge_gram_few.h"
#include "generic/scratch.h"

namespace wz::WZ_ISA {
namespace {

// Elements that all models' values are held for at once: few enough to stay in the first-level cache with eight models.
constexpr int64_t kTile = 256;

// v = x [- base] in float64.
template <class V>
void values(double* v, const double* base, V&& x, int64_t n) {
  if (base != nullptr) {
    for (int64_t j = 0; j < n; ++j) v[j] = static_cast<double>(x(j)) - base[j];
  } else {
    for (int64_t j = 0; j < n; ++j) v[j] = static_cast<double>(x(j));
  }
}

void load_values(double* v, const double* base, wz_model x, int64_t i, int64_t n) {
  const void* p = at(x.x, x.dtype, i);
  if (x.dtype == WZ_BF16) {
    values(v, base, [p](int64_t j) { return get_bf16(p, j); }, n);
  } else if (x.dtype == WZ_F32) {
    values(v, base, [p](int64_t j) { return get<float>(p, j); }, n);
  } else {
    load_block(v, p, x.dtype, n);
    if (base != nullptr) values(v, base, [v](int64_t j) { return v[j]; }, n);
  }
}

// The values of a tile: [models, kTile] and, behind them, the base's.
void load_tile(double* v, const wz_model* x, int models, wz_model base, int64_t i, int64_t n) {
  double* b = base.x != nullptr ? v + models * kTile : nullptr;
  if (b != nullptr) load_values(b, nullptr, base, i, n);
  for (int k = 0; k < models; ++k) load_values(v + k * kTile, b, x[k], i, n);
}

// lanes[j % 32] += a[j] b[j]. Explicit vectors, because the compiler leaves an array of lanes in memory.
void add_products(double* lanes, const double* a, const double* b, int64_t n) {
  constexpr int kVectors = kLanes / kDoubles;
  Doubles sums[kVectors];
  for (int l = 0; l < kVectors; ++l) sums[l] = doubles_from_f64(lanes + l * kDoubles);
  int64_t j = 0;
  for (; j + kLanes <= n; j += kLanes) {
#pragma GCC unroll 16
    for (int l = 0; l < kVectors; ++l) sums[l] += doubles_from_f64(a + j + l * kDoubles) * doubles_from_f64(b + j + l * kDoubles);
  }
  for (int l = 0; l < kVectors; ++l) put(lanes, l, sums[l]);
  for (int l = 0; j < n; ++j, ++l) lanes[l] += a[j] * b[j];
}

// The same as few_lanes for any number of models: tile by tile, pair by pair; v [models + 1, kTile].
void many_lanes(double* lanes, double* v, const wz_model* x, int models, wz_model base, int64_t i, int64_t n) {
  std::memset(lanes, 0, sizeof(double) * static_cast<size_t>(models * (models + 1) / 2 * kLanes));
  for (int64_t t = 0; t < n; t += kTile) {
    const int64_t m = smaller(kTile, n - t);
    load_tile(v, x, models, base, i + t, m);
    for (int a = 0; a < models; ++a) {
      for (int b = a; b < models; ++b, lanes += kLanes) add_products(lanes, v + a * kTile, v + b * kTile, m);
    }
    lanes -= models * (models + 1) / 2 * kLanes;
  }
}

}  // namespace

void gram_blocks(double* blocks, const wz_model* x, int models, wz_model base, int64_t n) {
  const bool few = models <= kFewModels;
  Scratch<double> v((models + 1) * (few ? kBlock : kTile)), lanes(models * (models + 1) / 2 * kLanes);
  for (int64_t i = 0; i < n; i += kBlock, blocks += models * models) {
    const int64_t m = smaller(kBlock, n - i);
    few ? few_lanes(lanes.data(), v.data(), x, models, base, i, m) : many_lanes(lanes.data(), v.data(), x, models, base, i, m);
    double* pair = lanes.data();
    for (int a = 0; a < models; ++a) {
      for (int b = a; b < models; ++b, pair += kLanes) {
        blocks[a * models + b] = reduce_lanes(pair);
        blocks[b * models + a] = blocks[a * models + b];
      }
    }
  }
}

void gram_columns(double* gram, const wz_model* x, int models, wz_model base, int64_t rows, int64_t cols, int64_t col_begin, int64_t col_end) {
  Scratch<double> v((models + 1) * kTile);
  for (int64_t c = col_begin; c < col_end; c += kTile) {
    const int64_t m = smaller(kTile, col_end - c);
    for (int64_t r = 0; r < rows; ++r) {
      load_tile(v.data(), x, models, base, r * cols + c, m);
      for (int a = 0; a < models; ++a) {
        for (int b = a; b < models; ++b) {
          const double* va = v.data() + a * kTile;
          const double* vb = v.data() + b * kTile;
          double* sum = gram + (a * models + b) * cols + c;
          for (int64_t j = 0; j < m; ++j) sum[j] += va[j] * vb[j];
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
