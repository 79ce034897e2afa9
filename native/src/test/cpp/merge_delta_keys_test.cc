// Keys of deltas: the order of the keys is the order of the magnitudes.
#include <cmath>
#include "op_test.h"

namespace wz::test {
namespace {

TEST(MergeDeltaKeys, EveryInstructionSetAgreesWithTheReference) {
  for (int64_t n : kSizes) {
    for (int32_t dtype : kInputTypes) {
      for (int32_t arithmetic : kArithmetics) {
        const Array x = random_array(dtype, n, 1, static_cast<int>(n % 3));
        const Array base = random_array(kInputTypes[static_cast<size_t>(n) % 4], n, 2);
        const wz_model a = x.model(), b = base.model();
        expect_isas_agree(WZ_I32, n, [&](void* out) { return wz_merge_delta_keys(static_cast<uint32_t*>(out), &a, &b, arithmetic, n); });
      }
    }
  }
}

TEST(MergeDeltaKeys, OrdersAsTheMagnitudesDo) {
  const double deltas[] = {0, -0.0, 1e-45, -3e-45, 1e-3, -1e-2, 0.5, -0.5, 3e38, -INFINITY, std::nan("")};
  const auto n = static_cast<int64_t>(std::size(deltas));
  Array x(WZ_F32, n), base(WZ_F32, n);
  for (int64_t i = 0; i < n; ++i) {
    x.set(i, deltas[i]);
    base.set(i, 0);
  }
  const wz_model a = x.model(), b = base.model();
  std::vector<uint32_t> key(static_cast<size_t>(n));
  ASSERT_EQ(WZ_OK, wz_merge_delta_keys(key.data(), &a, &b, WZ_ARITHMETIC_F32, n));
  for (size_t i = 1; i < key.size(); ++i) {
    if (std::fabs(deltas[i]) == std::fabs(deltas[i - 1])) {
      EXPECT_EQ(key[i - 1], key[i]);
    } else {
      EXPECT_LT(key[i - 1], key[i]);
    }
  }
  EXPECT_EQ(0x7F800001u, key.back());
}

TEST(MergeDeltaKeys, RefusesBadArguments) {
  const Array x = smooth_array(WZ_F32, 3, 1), integers(WZ_I32, 3);
  uint32_t key[3];
  const wz_model a = x.model(), none = {nullptr, WZ_F32}, i = integers.model();
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_delta_keys(key, &a, nullptr, 0, 3), {"wz_merge_delta_keys", "base"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_delta_keys(key, &none, &a, 0, 3), {"x[0]", "NULL"});
  expect_refused(WZ_UNSUPPORTED, wz_merge_delta_keys(key, &i, &a, 0, 3), {"x[0]", "i32"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_delta_keys(nullptr, &a, &a, 0, 3), {"key"});
}

}  // namespace
}  // namespace wz::test
