// Linear combinations with one weight per model, per model and row, per model and column.
#include <algorithm>
#include "capi/check.h"
#include "capi/pieces.h"
#include "capi/table.h"

using wz::Check;
using wz::element;

namespace {

// What the three forms share; n elements.
wz_model checked(const Check& check, const void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base,
                 int32_t arithmetic, int64_t n) {
  check.output("out", out_dtype);
  check.arithmetic(arithmetic);
  check.models("x", x, models, n);
  check.pointer("out", out, n);
  return check.optional_base(base);
}

}  // namespace

wz_status wz_merge_linear(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base, const double* weights,
                          double divisor, int32_t arithmetic, int64_t n, wz_threads* pool) {
  return wz::guarded("wz_merge_linear", [&](const Check& check) {
    check.count("n", n);
    const wz_model b = checked(check, out, out_dtype, x, models, base, arithmetic, n);
    check.numbers("weights", weights, models);
    check.number("divisor", divisor);
    if (divisor == 0) check.refuse(WZ_INVALID_ARGUMENT, "divisor: found 0, expected another number");
    wz::for_each_range(wz::pool_of(pool), n, wz::kPiece, [&](int64_t begin, int64_t end) {
      wz::ModelsFrom from(x, models);
      wz::active().linear(element(out, out_dtype, begin), out_dtype, from(begin), models, element(b, begin), weights, divisor, arithmetic,
                          end - begin);
    });
  });
}

wz_status wz_merge_linear_rows(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base, const double* weights,
                               int32_t arithmetic, int64_t rows, int64_t cols, wz_threads* pool) {
  return wz::guarded("wz_merge_linear_rows", [&](const Check& check) {
    const int64_t n = check.shape(rows, cols);
    const wz_model b = checked(check, out, out_dtype, x, models, base, arithmetic, n);
    if (n == 0) return;
    check.numbers("weights", weights, rows * models);
    wz::for_each_tile(wz::pool_of(pool), rows, cols, [&](int64_t row_begin, int64_t row_end, int64_t col_begin, int64_t col_end) {
      wz::ModelsFrom from(x, models);
      for (int64_t r = row_begin; r < row_end; ++r) {
        const int64_t i = r * cols + col_begin;
        wz::active().linear(element(out, out_dtype, i), out_dtype, from(i), models, element(b, i), weights + r * models, 1, arithmetic,
                            col_end - col_begin);
      }
    });
  });
}

wz_status wz_merge_linear_columns(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base,
                                  const double* weights, int32_t arithmetic, int64_t rows, int64_t cols, wz_threads* pool) {
  return wz::guarded("wz_merge_linear_columns", [&](const Check& check) {
    const int64_t n = check.shape(rows, cols);
    const wz_model b = checked(check, out, out_dtype, x, models, base, arithmetic, n);
    if (n == 0) return;
    check.numbers("weights", weights, models * cols);
    wz::for_each_range(wz::pool_of(pool), rows, std::max<int64_t>(1, 4 * wz::kPiece / cols), [&](int64_t begin, int64_t end) {
      wz::ModelsFrom from(x, models);
      const int64_t i = begin * cols;
      wz::active().linear_columns(element(out, out_dtype, i), out_dtype, from(i), models, element(b, i), weights, arithmetic, end - begin,
                                  cols);
    });
  });
}
