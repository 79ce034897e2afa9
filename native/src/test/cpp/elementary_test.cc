// exp and log against the C library's long double, in units of the last place.
#include "base/elementary.h"
#include <gtest/gtest.h>
#include <cmath>
#include <random>

namespace wz {
namespace {

double units(double value, long double exact) {
  const auto nearest = static_cast<double>(std::fabs(exact));
  const double unit = std::nextafter(nearest, INFINITY) - nearest;
  return static_cast<double>(std::fabs(static_cast<long double>(value) - exact)) / unit;
}

TEST(Elementary, ExpIsWithinTwoUnits) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(0, 1);
  double worst = 0;
  for (int i = 0; i < 300000; ++i) {
    const double x = -uniform(random) * (i % 3 == 0 ? 708 : i % 3 == 1 ? 1 : 1e-6);
    worst = std::max(worst, units(exp_of_negative(x), std::exp(static_cast<long double>(x))));
  }
  EXPECT_LT(worst, 2);
  EXPECT_EQ(1, exp_of_negative(0));
  EXPECT_EQ(1, exp_of_negative(-0.0));
  EXPECT_EQ(0, exp_of_negative(-709));
  EXPECT_EQ(0, exp_of_negative(-INFINITY));
  EXPECT_TRUE(std::isnan(exp_of_negative(std::nan(""))));
}

TEST(Elementary, LogIsWithinTwoUnits) {
  std::mt19937_64 random(2);
  std::uniform_real_distribution<double> uniform(-1, 1);
  double worst = 0;
  for (int i = 0; i < 300000; ++i) {
    const double y = std::exp(uniform(random) * (i % 3 == 0 ? 700 : i % 3 == 1 ? 1 : 1e-6));
    worst = std::max(worst, units(log_of_positive(y), std::log(static_cast<long double>(y))));
  }
  EXPECT_LT(worst, 2);
  EXPECT_EQ(0, log_of_positive(1));
  EXPECT_EQ(-INFINITY, log_of_positive(0));
  EXPECT_EQ(INFINITY, log_of_positive(INFINITY));
  EXPECT_TRUE(std::isnan(log_of_positive(-1)));
  EXPECT_TRUE(std::isnan(log_of_positive(std::nan(""))));
}

}  // namespace
}  // namespace wz
