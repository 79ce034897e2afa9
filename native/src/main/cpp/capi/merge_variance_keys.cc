#include "capi/check.h"
#include "capi/table.h"

wz_status wz_merge_variance_keys(uint32_t* key, const wz_model* x, int32_t models, const wz_model* base, int32_t arithmetic, int64_t n) {
  return wz::guarded("wz_merge_variance_keys", [&](const wz::Check& check) {
    check.count("n", n);
    check.arithmetic(arithmetic);
    check.models("x", x, models, n);
    const wz_model b = check.required_base(base, n);
    check.pointer("key", key, n);
    wz::active().variance_keys(key, x, models, b, arithmetic, n);
  });
}
