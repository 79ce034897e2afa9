#include "capi/check.h"
#include "capi/table.h"

wz_status wz_merge_fusion_keys(uint32_t* key, const wz_model* x, const wz_model* base, int32_t arithmetic, int64_t rows, int64_t cols) {
  return wz::guarded("wz_merge_fusion_keys", [&](const wz::Check& check) {
    const int64_t n = check.shape(rows, cols);
    check.arithmetic(arithmetic);
    check.models("x", x, 1, n);
    const wz_model b = check.required_base(base, n);
    check.pointer("key", key, n);
    if (n > 0) wz::active().fusion_keys(key, *x, b, arithmetic, rows, cols);
  });
}

wz_status wz_merge_fusion(void* out, int32_t out_dtype, const wz_model* x, const wz_model* base, const uint32_t* key, uint32_t threshold,
                          int32_t arithmetic, int64_t n) {
  return wz::guarded("wz_merge_fusion", [&](const wz::Check& check) {
    check.count("n", n);
    check.output("out", out_dtype);
    check.arithmetic(arithmetic);
    check.models("x", x, 1, n);
    const wz_model b = check.required_base(base, n);
    check.pointer("key", key, n);
    check.pointer("out", out, n);
    wz::active().fusion(out, out_dtype, *x, b, key, threshold, arithmetic, n);
  });
}
