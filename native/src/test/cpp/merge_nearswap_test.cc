#include <cmath>
#include "op_test.h"

namespace wz::test {
namespace {

TEST(MergeNearswap, EveryInstructionSetAgreesWithTheReference) {
  for (int64_t n : kSizes) {
    for (int32_t dtype : kInputTypes) {
      for (int32_t arithmetic : kArithmetics) {
        const Array x = random_array(dtype, n, 1), base = random_array(WZ_F32, n, 2);
        const wz_model a = x.model(), b = base.model();
        for (double t : {0.3, 0.0, -0.2, 1e30}) {
          const int32_t out_dtype = kOutputTypes[static_cast<size_t>(n) % 3];
          expect_isas_agree(out_dtype, n, [&](void* out) { return wz_merge_nearswap(out, out_dtype, &a, &b, t, arithmetic, n); }, kAnyAlignment);
        }
      }
    }
  }
}

TEST(MergeNearswap, TakesTheModelWhereItIsNear) {
  Array x(WZ_F32, 3), base(WZ_F32, 3);
  const double apart[] = {0.0, 0.25, 4};
  for (int64_t i = 0; i < 3; ++i) {
    base.set(i, 1);
    x.set(i, 1 + apart[i]);
  }
  const wz_model a = x.model(), b = base.model();
  const Array out = result_of(WZ_F32, 3, [&](void* p) { return wz_merge_nearswap(p, WZ_F32, &a, &b, 1, WZ_ARITHMETIC_F32, 3); });
  EXPECT_EQ(1, out.get(0));
  EXPECT_EQ(1.25, out.get(1));           // nearer than t: the model
  EXPECT_EQ(0.25 * 5 + 0.75, out.get(2));  // weight 1 / 4
}

TEST(MergeNearswap, RefusesBadArguments) {
  const Array x = smooth_array(WZ_F32, 3, 1);
  Array out(WZ_F32, 3);
  const wz_model m = x.model();
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_nearswap(out.data(), WZ_F32, &m, &m, std::nan(""), 0, 3), {"wz_merge_nearswap", "t", "NaN"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_nearswap(out.data(), WZ_F32, &m, nullptr, 1, 0, 3), {"base"});
  expect_refused(WZ_UNSUPPORTED, wz_merge_nearswap(out.data(), WZ_F64, &m, &m, 1, 0, 3), {"out", "f64"});
}

}  // namespace
}  // namespace wz::test
