#include <cmath>
#include "op_test.h"

namespace wz::test {
namespace {

constexpr int64_t kWords = sizeof(wz_statistics) / 8;
static_assert(kWords == 8);

TEST(Statistics, EveryInstructionSetAgreesWithTheReference) {
  for (int64_t n : kSizes) {
    for (int32_t dtype = 0; dtype <= WZ_I64; ++dtype) {
      const Array x = random_array(dtype, n, 9, static_cast<int>(n % 3));
      Array before(WZ_I64, kWords);
      wz_statistics_clear(before.as<wz_statistics>());
      before.as<wz_statistics>()->sum = 0.1;
      expect_isas_agree_adding(before, [&](void* s) { return wz_statistics_add(static_cast<wz_statistics*>(s), x.data(), dtype, n); });
    }
  }
}

TEST(Statistics, CountsAndSumsByHand) {
  const double values[] = {1, -2, 0, -0.0, INFINITY, -INFINITY, std::nan(""), 0.5};
  Array x(WZ_BF16, 8);
  for (int64_t i = 0; i < 8; ++i) x.set(i, values[i]);
  wz_statistics s;
  wz_statistics_clear(&s);
  EXPECT_EQ(INFINITY, s.minimum);
  EXPECT_EQ(-INFINITY, s.maximum);
  ASSERT_EQ(WZ_OK, wz_statistics_add(&s, x.data(), WZ_BF16, 8));
  ASSERT_EQ(WZ_OK, wz_statistics_add(&s, x.data(), WZ_BF16, 2));
  EXPECT_EQ(10, s.count);
  EXPECT_EQ(2, s.zeros);
  EXPECT_EQ(1, s.nans);
  EXPECT_EQ(2, s.infinities);
  EXPECT_EQ(-2, s.minimum);
  EXPECT_EQ(1, s.maximum);
  EXPECT_EQ(-1.5, s.sum);
  EXPECT_EQ(10.25, s.sum_squares);
}

TEST(Statistics, RefusesBadArguments) {
  wz_statistics s;
  wz_statistics_clear(&s);
  wz_statistics_clear(nullptr);
  expect_refused(WZ_INVALID_ARGUMENT, wz_statistics_add(&s, nullptr, WZ_F32, 1), {"wz_statistics_add", "x", "NULL"});
  expect_refused(WZ_UNSUPPORTED, wz_statistics_add(&s, &s, 77, 1), {"dtype", "77"});
}

}  // namespace
}  // namespace wz::test
