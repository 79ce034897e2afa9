// Gram matrices: over all elements, per row, per column. The pool computes one matrix per block of WZ_BLOCK elements; they are added here, in
// order, so the sums do not know how many threads there were.
#include <algorithm>
#include <vector>
#include "capi/check.h"
#include "capi/pieces.h"
#include "capi/table.h"

using wz::Check;
using wz::element;

namespace {

int64_t blocks_of(int64_t n) { return n / WZ_BLOCK + (n % WZ_BLOCK != 0 ? 1 : 0); }

// gram [models, models] += blocks [count, models, models]
void add_blocks(double* gram, const double* blocks, int64_t count, int64_t size) {
  for (int64_t b = 0; b < count; ++b) {
    for (int64_t i = 0; i < size; ++i) gram[i] += blocks[b * size + i];
  }
}

// gram += that of n elements from the given one on, with the blocks of a round computed on the pool.
void add_gram(double* gram, const wz_model* x, int32_t models, wz_model base, int64_t first, int64_t n, wz::ThreadPool* pool) {
  const int64_t size = int64_t{models} * models;
  constexpr int64_t kRound = 64 * wz::kPiece;
  std::vector<double> blocks(static_cast<size_t>(blocks_of(std::min(n, kRound)) * size));
  for (int64_t done = 0; done < n; done += kRound) {
    const int64_t round = std::min(kRound, n - done);
    wz::for_each_range(pool, round, wz::kPiece, [&](int64_t begin, int64_t end) {
      wz::ModelsFrom from(x, models);
      const int64_t i = first + done + begin;
      wz::active().gram_blocks(blocks.data() + begin / WZ_BLOCK * size, from(i), models, element(base, i), end - begin);
    });
    add_blocks(gram, blocks.data(), blocks_of(round), size);
  }
}

}  // namespace

wz_status wz_merge_gram(double* gram, const wz_model* x, int32_t models, const wz_model* base, int64_t n, wz_threads* pool) {
  return wz::guarded("wz_merge_gram", [&](const Check& check) {
    check.count("n", n);
    check.models("x", x, models, n);
    check.pointer("gram", gram, int64_t{models} * models);
    add_gram(gram, x, models, check.optional_base(base), 0, n, wz::pool_of(pool));
  });
}

wz_status wz_merge_gram_rows(double* gram, const wz_model* x, int32_t models, const wz_model* base, int64_t rows, int64_t cols,
                             wz_threads* pool) {
  return wz::guarded("wz_merge_gram_rows", [&](const Check& check) {
    const int64_t n = check.shape(rows, cols);
    check.models("x", x, models, n);
    if (n == 0) return;
    check.pointer("gram", gram, rows * models * models);
    const wz_model b = check.optional_base(base);
    const int64_t size = int64_t{models} * models;
    if (cols > wz::kPiece) {  // few long rows: each on the whole pool
      for (int64_t r = 0; r < rows; ++r) add_gram(gram + r * size, x, models, b, r * cols, cols, wz::pool_of(pool));
      return;
    }
    wz::for_each_range(wz::pool_of(pool), rows, wz::kPiece / cols, [&](int64_t begin, int64_t end) {
      wz::ModelsFrom from(x, models);
      std::vector<double> blocks(static_cast<size_t>(blocks_of(cols) * size));
      for (int64_t r = begin; r < end; ++r) {
        wz::active().gram_blocks(blocks.data(), from(r * cols), models, element(b, r * cols), cols);
        add_blocks(gram + r * size, blocks.data(), blocks_of(cols), size);
      }
    });
  });
}

wz_status wz_merge_gram_columns(double* gram, const wz_model* x, int32_t models, const wz_model* base, int64_t rows, int64_t cols,
                                wz_threads* pool) {
  return wz::guarded("wz_merge_gram_columns", [&](const Check& check) {
    const int64_t n = check.shape(rows, cols);
    check.models("x", x, models, n);
    if (n == 0) return;
    check.pointer("gram", gram, int64_t{models} * models * cols);
    const wz_model b = check.optional_base(base);
    wz::for_each_range(wz::pool_of(pool), cols, WZ_BLOCK, [&](int64_t begin, int64_t end) {
      wz::active().gram_columns(gram, x, models, b, rows, cols, begin, end);
    });
  });
}
