#include <cmath>
#include "op_test.h"

namespace wz::test {
namespace {

constexpr double kInf = INFINITY;

// The struct as an array of its fields, so that NaN equals NaN.
wz_status add(void* fields, const Array& a, const Array& b) {
  wz_distance d;
  wz_distance_clear(&d);
  const wz_status status = wz_distance_add(&d, a.data(), a.dtype(), b.data(), b.dtype(), a.size());
  const double values[] = {static_cast<double>(d.count), static_cast<double>(d.different), d.dot,      d.norm_a_squared,
                           d.norm_b_squared,             d.difference_squared,             d.maximum_difference};
  for (size_t i = 0; i < std::size(values); ++i) static_cast<double*>(fields)[i] = values[i];
  return status;
}

TEST(Distance, EveryInstructionSetAgreesWithTheReference) {
  for (int64_t n : kSizes) {
    for (int32_t dtype = 0; dtype <= WZ_I64; ++dtype) {
      const Array a = random_array(dtype, n, 1), b = random_array(WZ_BF16, n, 2), smooth = smooth_array(WZ_F64, n, 3);
      expect_isas_agree(WZ_F64, 7, [&](void* out) { return add(out, a, b); });
      expect_isas_agree(WZ_F64, 7, [&](void* out) { return add(out, smooth, b); });
      expect_isas_agree(WZ_F64, 7, [&](void* out) { return add(out, a, a); });
    }
  }
}

TEST(Distance, ByHand) {
  Array a(WZ_F32, 5), b(WZ_F16, 5);
  const double va[] = {1, 2, -3, std::nan(""), 0}, vb[] = {1, -2, -3.5, std::nan(""), -0.0};
  for (int64_t i = 0; i < 5; ++i) {
    a.set(i, va[i]);
    b.set(i, vb[i]);
  }
  wz_distance d;
  wz_distance_clear(&d);
  ASSERT_EQ(WZ_OK, wz_distance_add(&d, a.data(), WZ_F32, b.data(), WZ_F16, 3));
  EXPECT_EQ(3, d.count);
  EXPECT_EQ(2, d.different);
  EXPECT_EQ(1 - 4 + 10.5, d.dot);
  EXPECT_EQ(14, d.norm_a_squared);
  EXPECT_EQ(1 + 4 + 12.25, d.norm_b_squared);
  EXPECT_EQ(16.25, d.difference_squared);
  EXPECT_EQ(4, d.maximum_difference);
  ASSERT_EQ(WZ_OK, wz_distance_add(&d, a.data(), WZ_F32, b.data(), WZ_F16, 5));
  EXPECT_EQ(8, d.count);
  EXPECT_EQ(4, d.different);
  EXPECT_EQ(32.5, d.difference_squared);
  EXPECT_TRUE(std::isnan(d.dot));
}

TEST(Distance, AnArrayIsNowhereFromItself) {
  Array a(WZ_F32, 4);
  const double v[] = {kInf, -kInf, std::nan(""), 1};
  for (int64_t i = 0; i < 4; ++i) a.set(i, v[i]);
  wz_distance d;
  wz_distance_clear(&d);
  ASSERT_EQ(WZ_OK, wz_distance_add(&d, a.data(), WZ_F32, a.data(), WZ_F32, 4));
  EXPECT_EQ(0, d.different);
  EXPECT_EQ(0, d.difference_squared);
  EXPECT_EQ(0, d.maximum_difference);
}

TEST(Distance, RefusesBadArguments) {
  float v[1] = {};
  wz_distance d;
  wz_distance_clear(nullptr);
  expect_refused(WZ_INVALID_ARGUMENT, wz_distance_add(nullptr, v, WZ_F32, v, WZ_F32, 1), {"wz_distance_add", "distance"});
  expect_refused(WZ_UNSUPPORTED, wz_distance_add(&d, v, WZ_F32, v, -1, 1), {"b_dtype", "-1"});
}

}  // namespace
}  // namespace wz::test
