#include <string>
#include "capi/check.h"
#include "capi/table.h"

using wz::Check;

namespace {

constexpr wz_gta_model kEveryPosition = {nullptr, WZ_F32, WZ_KEEP_ALL, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, nullptr};

const wz_gta_model& checked(const Check& check, const wz_model* x, int32_t models, const wz_gta_model* select, int32_t arithmetic, int64_t n) {
  check.count("n", n);
  check.arithmetic(arithmetic);
  check.models("x", x, models, n);
  if (select == nullptr) return kEveryPosition;
  if (select->sparsifier != WZ_KEEP_ALL && select->sparsifier != WZ_KEEP_RANGE) {
    check.refuse(WZ_UNSUPPORTED, "select.sparsifier: found " + std::to_string(select->sparsifier) + ", expected WZ_KEEP_ALL or WZ_KEEP_RANGE");
  }
  return *select;
}

}  // namespace

wz_status wz_merge_sce_squares(double* sums, const wz_model* x, int32_t models, const wz_model* base, const wz_gta_model* select,
                               int32_t arithmetic, int64_t n) {
  return wz::guarded("wz_merge_sce_squares", [&](const Check& check) {
    const wz_gta_model& selected = checked(check, x, models, select, arithmetic, n);
    const wz_model b = check.required_base(base, n);
    check.pointer("sums", sums, models);
    wz::active().sce_squares(sums, x, models, b, selected, arithmetic, n);
  });
}

wz_status wz_merge_sce(void* out, int32_t out_dtype, const wz_model* x, int32_t models, const wz_model* base, const wz_gta_model* select,
                       const double* weights, int32_t arithmetic, int64_t n) {
  return wz::guarded("wz_merge_sce", [&](const Check& check) {
    const wz_gta_model& selected = checked(check, x, models, select, arithmetic, n);
    const wz_model b = check.required_base(base, n);
    check.output("out", out_dtype);
    check.pointer("out", out, n);
    check.numbers("weights", weights, models);
    wz::active().sce(out, out_dtype, x, models, b, selected, weights, arithmetic, n);
  });
}
