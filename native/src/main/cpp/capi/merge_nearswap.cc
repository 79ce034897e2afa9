#include "capi/check.h"
#include "capi/table.h"

wz_status wz_merge_nearswap(void* out, int32_t out_dtype, const wz_model* x, const wz_model* base, double t, int32_t arithmetic, int64_t n) {
  return wz::guarded("wz_merge_nearswap", [&](const wz::Check& check) {
    check.count("n", n);
    check.output("out", out_dtype);
    check.arithmetic(arithmetic);
    check.models("x", x, 1, n);
    const wz_model b = check.required_base(base, n);
    check.number("t", t);
    check.pointer("out", out, n);
    wz::active().nearswap(out, out_dtype, *x, b, t, arithmetic, n);
  });
}
