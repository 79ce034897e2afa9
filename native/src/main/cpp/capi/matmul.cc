#include "capi/check.h"
#include "capi/pieces.h"
#include "capi/table.h"

wz_status wz_matmul_f32(float* c, const float* a, const float* b, int64_t m, int64_t n, int64_t k, int32_t transpose_a, wz_threads* pool) {
  return wz::guarded("wz_matmul_f32", [&](const wz::Check& check) {
    check.count("m", m);
    check.count("n", n);
    check.count("k", k);
    check.pointer("c", c, check.shape(m, n));
    check.pointer("a", a, check.shape(m, k));
    check.pointer("b", b, check.shape(k, n));
    constexpr int64_t kRows = 128;
    wz::for_each_range(wz::pool_of(pool), m, kRows,
                       [&](int64_t begin, int64_t end) { wz::active().matmul(c, a, b, m, n, k, transpose_a, begin, end); });
  });
}
