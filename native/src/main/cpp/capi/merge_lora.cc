#include "capi/check.h"
#include "capi/pieces.h"
#include "capi/table.h"

wz_status wz_merge_lora(void* out, int32_t out_dtype, const void* w, int32_t w_dtype, const float* b, const float* a, double scale,
                        int64_t rows, int64_t cols, int64_t rank, wz_threads* pool) {
  return wz::guarded("wz_merge_lora", [&](const wz::Check& check) {
    const int64_t n = check.shape(rows, cols);
    check.count("rank", rank);
    check.output("out", out_dtype);
    check.input("w", w_dtype);
    check.pointer("out", out, n);
    check.pointer("w", w, n);
    check.pointer("b", b, rows * rank);
    check.pointer("a", a, rank * cols);
    check.number("scale", scale);
    if (n == 0) return;
    // Each piece packs A for itself, which is cheap against the products of this many rows.
    constexpr int64_t kRows = 128;
    wz::for_each_range(wz::pool_of(pool), rows, kRows, [&](int64_t begin, int64_t end) {
      const wz_model from = wz::element(wz_model{w, w_dtype}, begin * cols);
      wz::active().lora(wz::element(out, out_dtype, begin * cols), out_dtype, from.x, from.dtype, b + begin * rank, a, scale, end - begin, cols,
                        rank);
    });
  });
}
