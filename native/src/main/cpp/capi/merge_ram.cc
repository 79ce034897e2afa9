#include "capi/check.h"
#include "capi/table.h"

wz_status wz_merge_ram_counts(int64_t* counts, const wz_model* x, int32_t models, const wz_model* base, double epsilon, int32_t arithmetic,
                              int64_t n) {
  return wz::guarded("wz_merge_ram_counts", [&](const wz::Check& check) {
    check.count("n", n);
    check.arithmetic(arithmetic);
    check.models("x", x, models, n);
    const wz_model b = check.required_base(base, n);
    check.number("epsilon", epsilon);
    check.pointer("counts", counts, 2 * int64_t{models});
    wz::active().ram_counts(counts, x, models, b, epsilon, arithmetic, n);
  });
}

wz_status wz_merge_ram(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base, double epsilon,
                       const double* scale, int32_t arithmetic, int64_t n) {
  return wz::guarded("wz_merge_ram", [&](const wz::Check& check) {
    check.count("n", n);
    check.output("out", out_dtype);
    check.arithmetic(arithmetic);
    check.models("x", x, models, n);
    const wz_model b = check.required_base(base, n);
    check.number("epsilon", epsilon);
    if (scale != nullptr) check.numbers("scale", scale, models);
    check.pointer("out", out, n);
    wz::active().ram(out, out_dtype, x, models, b, epsilon, scale, arithmetic, n);
  });
}
