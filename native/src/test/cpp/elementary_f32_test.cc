// exp and tanh in float32 against the C library's float64, in units of the last place.
#include "base/elementary_f32.h"
#include <gtest/gtest.h>
#include <cmath>
#include <limits>

namespace wz {
namespace {

double units(float value, double exact) {
  const auto nearest = static_cast<float>(std::fabs(exact));
  const double unit = static_cast<double>(std::nextafter(nearest, INFINITY)) - static_cast<double>(nearest);
  return std::fabs(static_cast<double>(value) - exact) / unit;
}

// Every step-th float between the two.
template <class F>
void for_floats(float least, float most, uint32_t step, F&& f) {
  for (uint32_t bits = bits_of_f32(least); bits <= bits_of_f32(most); bits += step) f(f32_of_bits(bits));
}

TEST(ElementaryF32, ExpIsWithinOneUnit) {
  double worst = 0;
  for_floats(1e-9f, 88.72283f, 491, [&](float x) { worst = std::max(worst, units(exp_f32(x), std::exp(static_cast<double>(x)))); });
  for_floats(1e-9f, 87.3359f, 491, [&](float x) { worst = std::max(worst, units(exp_f32(-x), std::exp(-static_cast<double>(x)))); });
  EXPECT_LT(worst, 1);
}

TEST(ElementaryF32, ExpAtItsEdges) {
  EXPECT_EQ(1, exp_f32(0));
  EXPECT_EQ(1, exp_f32(-0.0f));
  EXPECT_GT(exp_f32(-87.336f), std::numeric_limits<float>::min());
  EXPECT_EQ(0, exp_f32(-87.3361f));
  EXPECT_EQ(0, exp_f32(-1e30f));
  EXPECT_EQ(0, exp_f32(-INFINITY));
  EXPECT_TRUE(std::isfinite(exp_f32(0x1.62e42ep6f)));
  EXPECT_EQ(INFINITY, exp_f32(std::nextafter(0x1.62e42ep6f, INFINITY)));
  EXPECT_EQ(INFINITY, exp_f32(1e30f));
  EXPECT_EQ(INFINITY, exp_f32(INFINITY));
  EXPECT_TRUE(std::isnan(exp_f32(std::nanf(""))));
}

TEST(ElementaryF32, TanhIsWithinThreeUnits) {
  double worst = 0;
  for_floats(1e-30f, 12, 997, [&](float x) {
    worst = std::max(worst, units(tanh_f32(x), std::tanh(static_cast<double>(x))));
    ASSERT_EQ(-tanh_f32(x), tanh_f32(-x));
  });
  EXPECT_LT(worst, 3);
  EXPECT_EQ(0, tanh_f32(0));
  EXPECT_TRUE(std::signbit(tanh_f32(-0.0f)));
  EXPECT_EQ(1e-40f, tanh_f32(1e-40f));
  EXPECT_EQ(1, tanh_f32(50));
  EXPECT_EQ(-1, tanh_f32(-INFINITY));
  EXPECT_TRUE(std::isnan(tanh_f32(std::nanf(""))));
}

}  // namespace
}  // namespace wz
