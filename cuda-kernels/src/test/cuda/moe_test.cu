// Routing, sorting and combining against the CPU's.
#include "on_device.h"
#include "wootz/cuda_transformer.h"
#include "wootz/wootz.h"

namespace {

using namespace wz::cuda_test;

class MixtureOfExperts : public OnDevice {};

// Logits with ties, -infinity and -0.
std::vector<float> logits_of(int64_t n, std::mt19937& random) {
  std::vector<float> v = normal(n, random, 2);
  for (float& f : v) {
    if (random() % 4 == 0) f = std::round(f);
    if (random() % 9 == 0) f = -INFINITY;
    if (random() % 17 == 0) f = random() % 2 == 0 ? -0.0f : 0.0f;
  }
  return v;
}

TEST_F(MixtureOfExperts, RoutesAsTheCpu) {
  std::mt19937 random(3);
  for (const int32_t experts : {1, 2, 7, 31, 32, 33, 65, 128, 257}) {
    for (const int32_t k : {1, 2, 8, 33}) {
      if (k > experts) continue;
      for (const int32_t normalize : {0, 1}) {
        const int64_t tokens = 1 + random() % 9;
        std::vector<float> logits = logits_of(tokens * experts, random);
        for (int64_t t = 0; t < tokens; ++t) logits[static_cast<size_t>(t * experts + random() % experts)] = 1.5f;  // one is finite
        std::vector<int32_t> expert = poisoned<int32_t>(tokens * k);
        std::vector<float> weight = poisoned<float>(tokens * k);
        ASSERT_EQ(wz_moe_route(expert.data(), weight.data(), logits.data(), tokens, experts, k, normalize), WZ_OK) << wz_last_error();
        Array<int32_t> device_expert(tokens * k, stream);
        Array<float> device_weight(tokens * k, stream);
        ok(wz_cuda_moe_route(device_expert, device_weight, Array<float>(logits, stream), tokens, experts, k, normalize, stream));
        const std::string where = std::to_string(experts) + " experts, k " + std::to_string(k);
        expect_same(expert, device_expert.values(), where);
        if (normalize != 0) {
          expect_same(weight, device_weight.values(), where);
        } else {
          // The float64 sum differs by its order, (experts - 1) roundings of 2^-53; the quotient is then rounded to float32.
          expect_near(weight, device_weight.values(), [&](size_t i) { return 2 * kEpsilon32 * static_cast<double>(weight[i]); }, where);
        }
      }
    }
  }
}

TEST_F(MixtureOfExperts, ATokenThatCannotBeRoutedGetsNan) {
  const int32_t experts = 5, k = 3;
  const float inf = INFINITY;
  const std::vector<float> logits = {1, 2, NAN, 0, 0, 1, 2, inf, 0, 0, -inf, -inf, -inf, -inf, -inf, 1, 2, 3, 4, 5};
  Array<int32_t> expert(4 * k, stream);
  Array<float> weight(4 * k, stream);
  ok(wz_cuda_moe_route(expert, weight, Array<float>(logits, stream), 4, experts, k, 1, stream));
  expect_same({0, 1, 2, 0, 1, 2, 0, 1, 2, 4, 3, 2}, expert.values(), "expert");
  const std::vector<float> found = weight.values();
  for (size_t i = 0; i < found.size(); ++i) EXPECT_EQ(std::isnan(found[i]), i < 9) << i;
}

TEST_F(MixtureOfExperts, SortsAsTheCpu) {
  std::mt19937 random(4);
  for (const int32_t experts : {1, 3, 7, 8, 31, 128, 257}) {
    for (const int64_t tokens : {0, 1, 3, 31, 33, 65, 257}) {
      const int32_t k = 1 + static_cast<int32_t>(random() % 8);
      std::vector<int32_t> expert(static_cast<size_t>(tokens * k));
      const uint32_t used = 1 + random() % static_cast<uint32_t>(experts);  // the others get nothing
      for (auto& e : expert) e = static_cast<int32_t>(random() % used);
      std::vector<int32_t> begin = poisoned<int32_t>(experts + 1), row_of = poisoned<int32_t>(tokens * k), place = poisoned<int32_t>(tokens * k);
      ASSERT_EQ(wz_moe_sort(begin.data(), row_of.data(), place.data(), expert.data(), tokens, experts, k), WZ_OK);
      Array<int32_t> device_begin(experts + 1, stream), device_row_of(tokens * k, stream), device_place(tokens * k, stream);
      ok(wz_cuda_moe_sort(device_begin, device_row_of, device_place, Array<int32_t>(expert, stream), tokens, experts, k, stream));
      const std::string where = std::to_string(experts) + " experts, " + std::to_string(tokens) + " tokens, k " + std::to_string(k);
      expect_same(begin, device_begin.values(), "begin: " + where);
      expect_same(row_of, device_row_of.values(), "row_of: " + where);
      expect_same(place, device_place.values(), "place: " + where);
    }
  }
}

TEST_F(MixtureOfExperts, AnUnknownExpertHasNoPlace) {
  const std::vector<int32_t> expert = {1, 7, 0, -3, 1, 2};
  Array<int32_t> begin(4, stream), row_of(6, stream), place(6, stream);
  ok(wz_cuda_moe_sort(begin, row_of, place, Array<int32_t>(expert, stream), 3, 3, 2, stream));
  expect_same({0, 1, 3, 4}, begin.values(), "begin");
  expect_same({1, -1, 0, -1, 2, 3}, place.values(), "place");
  std::vector<int32_t> rows = row_of.values();
  rows.resize(4);
  expect_same({1, 0, 2, 2}, rows, "row_of");
  Array<float> out(std::vector<float>(3, 0.0f), stream);
  ok(wz_cuda_moe_combine(out, Array<float>(std::vector<float>(6, 1.0f), stream), place, Array<float>(std::vector<float>(6, 1.0f), stream), 3, 2, 1, stream));
  const std::vector<float> sums = out.values();
  EXPECT_TRUE(std::isnan(sums[0]) && std::isnan(sums[1]));
  EXPECT_EQ(sums[2], 2);
}

TEST_F(MixtureOfExperts, CombinesAsTheCpu) {
  std::mt19937 random(5);
  for (const int64_t cols : {1, 3, 4, 7, 33, 64, 257, 1028}) {
    for (const int64_t shift : {0, 1}) {
      const int64_t tokens = 1 + random() % 7;
      const int32_t k = 1 + static_cast<int32_t>(random() % 8);
      const std::vector<float> out = normal(tokens * cols, random), y = normal(tokens * k * cols, random), weight = normal(tokens * k, random);
      std::vector<int32_t> place(static_cast<size_t>(tokens * k));
      for (size_t i = 0; i < place.size(); ++i) place[i] = static_cast<int32_t>(i);
      std::shuffle(place.begin(), place.end(), random);
      std::vector<float> expected = out;
      ASSERT_EQ(wz_moe_combine(expected.data(), y.data(), place.data(), weight.data(), tokens, k, cols, nullptr), WZ_OK);
      Array<float> device_out(out, stream, shift);
      ok(wz_cuda_moe_combine(device_out, Array<float>(y, stream, shift), Array<int32_t>(place, stream), Array<float>(weight, stream), tokens, k, cols, stream));
      expect_same(expected, device_out.values(), std::to_string(cols) + " columns");
    }
  }
}

TEST(MixtureOfExpertsArguments, AreChecked) {
  float v[8] = {};
  int32_t i[8] = {};
  EXPECT_EQ(wz_cuda_moe_route(i, v, v, 1, 4, 5, 0, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_moe_route: k: found 5, expected 1 to 4");
  EXPECT_EQ(wz_cuda_moe_route(i, v, v, 1, 0, 1, 0, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_moe_sort(i, i, i, i, 1 << 30, 4, 8, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_moe_combine(v, v, i, v, -1, 1, 1, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_moe_route(i, v, v, 0, 4, 4, 0, nullptr), WZ_OK);
  EXPECT_EQ(wz_cuda_moe_combine(v, v, i, v, 0, 1, 1, nullptr), WZ_OK);
}

}  // namespace
