#include "capi/check.h"
#include "capi/table.h"

wz_status wz_merge_delta_keys(uint32_t* key, const wz_model* x, const wz_model* base, int32_t arithmetic, int64_t n) {
  return wz::guarded("wz_merge_delta_keys", [&](const wz::Check& check) {
    check.count("n", n);
    check.arithmetic(arithmetic);
    check.models("x", x, 1, n);
    const wz_model b = check.required_base(base, n);
    check.pointer("key", key, n);
    wz::active().delta_keys(key, *x, b, arithmetic, n);
  });
}
