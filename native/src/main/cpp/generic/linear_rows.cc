// Linear layers over weights as the file has them. Few rows of x: straight from the weight, which is read once. Many: strips of the weight
// are widened to float32 in the order in which the tiles read them, and meet a chunk of x that stays in the second-level cache.
#include "base/thread_scratch.h"
#include "capi/operations.h"
#include "generic/arithmetic.h"
#include "generic/linear_rows.h"
#include "generic/with_count.h"

namespace wz::WZ_ISA {
namespace {

// Row i of x.
struct Input {
  const float* x;
  int64_t stride;
  const int32_t* row_of;
  const float* row(int64_t i) const { return x + (row_of != nullptr ? row_of[i] : i) * stride; }
};

// One row of the weight at a time: memory delivers one stream twice as fast as several that take turns.
template <class Weight, int kTokens>
void direct_row(const wz_linear_part& part, const Input& input, int64_t token, int64_t r) {
  const float* x[kTokens];
  for (int t = 0; t < kTokens; ++t) x[t] = input.row(token + t);
  const int64_t cols = part.weight.cols, row_bytes = cols * Weight::kBytes;
  Sixteen sum[kTokens][1];
  clear(sum);
  add_products<Weight, 1, kTokens, true>(sum, static_cast<const char*>(part.weight.data) + r * row_bytes, row_bytes, 16 * Weight::kBytes,
      x, cols);
  finish(part, sum, token, r, 1);
}

template <class Weight>
void direct(const wz_linear_part& part, const Input& input, int64_t m, int64_t begin, int64_t end) {
  for (int64_t i = 0; i < m; i += kFloatTokens) {
    with_count<kFloatTokens>(smaller(m - i, kFloatTokens), [&](auto count) {
      for (int64_t r = begin; r < end; ++r) direct_row<Weight, count.kCount>(part, input, i, r);
    });
  }
}

constexpr int64_t kStripRows = 32;
constexpr int64_t kStripCols = 1024;  // a multiple of every block
constexpr int64_t kChunk = 96;       // rows of x
static_assert(kStripRows % kFloatRows == 0 && kChunk % kFloatTokens == 0);

// strip [rows / kFloatRows, cols / 16, kFloatRows, 16] = rows [r, r + rows) and columns [c, c + cols) of the weight; zeros past its last
// row and column.
void fill_strip(float* strip, const wz_weight& w, int64_t r, int64_t rows, int64_t c, int64_t cols) {
  alignas(64) float row[kStripCols];
  const int64_t block = wz_dtype_block(w.dtype), block_bytes = wz_dtype_block_bytes(w.dtype);
  const int64_t steps = (cols + 15) / 16;
  for (int64_t k = 0; k < (rows + kFloatRows - 1) / kFloatRows * kFloatRows; ++k) {
    float* to = strip + k / kFloatRows * steps * kFloatRows * 16 + k % kFloatRows * 16;
    for (int64_t i = cols; i < steps * 16; ++i) row[i] = 0;
    if (k < rows) {
      dequantize(row, static_cast<const char*>(w.data) + ((r + k) * w.cols + c) / block * block_bytes, w.dtype, cols);
    } else {
      for (int64_t i = 0; i < cols; ++i) row[i] = 0;
    }
    for (int64_t s = 0; s < steps; ++s) std::memcpy(to + s * kFloatRows * 16, row + s * 16, 16 * sizeof(float));
  }
}

// Rows [r, r + rows) of the weight and rows [token, token + m) of x, m at most kChunk. The sums of all tiles wait in the cache for the next
// columns.
void strip_by_chunk(const wz_linear_part& part, const Input& input, int64_t token, int64_t m, int64_t r, int64_t rows) {
  const wz_weight& w = part.weight;
  constexpr int64_t kStrip = kStripRows * kStripCols;
  float* strip = reinterpret_cast<float*>(thread_scratch((kStrip + kChunk * kStripRows * 16) * static_cast<int64_t>(sizeof(float))));
  Sixteen* sums = reinterpret_cast<Sixteen*>(strip + kStrip);
  const int64_t groups = (rows + kFloatRows - 1) / kFloatRows;
  for (int64_t c = 0; c == 0 || c < w.cols; c += kStripCols) {
    const int64_t cols = smaller(kStripCols, w.cols - c), group_floats = (cols + 15) / 16 * 16 * kFloatRows;
    fill_strip(strip, w, r, rows, c, cols);
    for (int64_t i = 0; i < m; i += kFloatTokens) {
      with_count<kFloatTokens>(smaller(m - i, kFloatTokens), [&](auto count) {
        constexpr int kTokens = count.kCount;
        const float* x[kTokens];
        for (int t = 0; t < kTokens; ++t) x[t] = input.row(token + i + t) + c;
        for (int64_t g = 0; g < groups; ++g) {
          Sixteen* kept = sums + (i * groups + g * kFloatTokens) * kFloatRows;
          Sixteen sum[kTokens][kFloatRows];
          if (c == 0) {
            clear(sum);
          } else {
            std::memcpy(sum, kept, sizeof sum);
          }
          add_products<FromF32, kFloatRows, kTokens, false>(sum, reinterpret_cast<const char*>(strip + g * group_floats), 64,
              64 * kFloatRows, x, cols);
          if (c + cols == w.cols) {
            finish(part, sum, token + i, r + g * kFloatRows, smaller(kFloatRows, rows - g * kFloatRows));
          } else {
            std::memcpy(kept, sum, sizeof sum);
          }
        }
      });
    }
  }
}

}  // namespace

void linear_rows(const wz_linear_part& part, const float* x, int64_t x_stride, const int32_t* row_of, int64_t m, int64_t begin,
    int64_t end) {
  const Input input{x, x_stride, row_of};
  if (m <= kFloatTokens && part.weight.dtype <= WZ_BF16) {
    switch (part.weight.dtype) {
      case WZ_F32: direct<FromF32>(part, input, m, begin, end); break;
      case WZ_F16: direct<FromF16>(part, input, m, begin, end); break;
      default: direct<FromBf16>(part, input, m, begin, end);
    }
    return;
  }
  for (int64_t i = 0; i < m; i += kChunk) {
    for (int64_t r = begin; r < end; r += kStripRows) {
      strip_by_chunk(part, input, i, smaller(kChunk, m - i), r, smaller(kStripRows, end - r));
    }
  }
}

}  // namespace wz::WZ_ISA
