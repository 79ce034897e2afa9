// Thresholds of keep probabilities.
#include "base/probability.h"
#include <gtest/gtest.h>
#include <cmath>

namespace wz {
namespace {

double probability(uint32_t last) { return (static_cast<double>(last) + 1) * 0x1p-32; }

TEST(Probability, ThresholdIsTheDensity) {
  EXPECT_TRUE(keep_threshold(0).none);
  EXPECT_EQ(0xFFFFFFFFu, keep_threshold(1).last);
  EXPECT_EQ(0x7FFFFFFFu, keep_threshold(0.5).last);
  EXPECT_EQ(0u, keep_threshold(1e-12).last);
  for (double density : {0.1, 0.3, 1 / 3.0, 0.9999999999}) {
    EXPECT_FALSE(keep_threshold(density).none);
    EXPECT_GE(probability(keep_threshold(density).last), density);
    EXPECT_LT(probability(keep_threshold(density).last), density + 0x1p-32);
  }
}

TEST(Probability, RampRunsFromDensityMinusToDensityPlusEpsilon) {
  for (int64_t n : {2LL, 3LL, 1000LL, 65536LL, 1LL << 31}) {
    for (double density : {0.15, 0.5, 0.8}) {
      for (double epsilon : {0.0, 0.1, 0.15, 0.2, 0.5}) {
        if (density - epsilon < 0 || density + epsilon > 1) continue;
        const KeepRamp ramp = keep_ramp(density, epsilon, n);
        // The step is rounded to 2^-48, so the ramp is off by at most n 2^-49 and two units of 2^-32.
        const double tolerance = static_cast<double>(n) * 0x1p-49 + 0x1p-31;
        for (int64_t k : {int64_t{0}, n / 3, n / 2, n - 1}) {
          const double q = density - epsilon + 2 * epsilon * static_cast<double>(k) / static_cast<double>(n - 1);
          EXPECT_NEAR(q, probability(last_word(ramp, static_cast<uint64_t>(k))), tolerance) << density << " " << epsilon << " " << n;
        }
      }
    }
  }
  EXPECT_EQ(keep_threshold(0.3).last, last_word(keep_ramp(0.3, 0.2, 1), 0));
}

TEST(Probability, InverseIsOneOverTheProbability) {
  for (uint32_t last : {0u, 1u, 12345u, 0x7FFFFFFFu, 0xFFFFFFFFu}) {
    EXPECT_DOUBLE_EQ(1 / probability(last), inverse_probability<double>(last));
    EXPECT_FLOAT_EQ(static_cast<float>(1 / probability(last)), inverse_probability<float>(last));
  }
}

}  // namespace
}  // namespace wz
