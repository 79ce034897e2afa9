// wz_cuda_rms_norm against wz_rms_norm and the formula in float64.
#include "on_device.h"
#include "wootz/cuda_transformer.h"
#include "wootz/wootz.h"

namespace {

using namespace wz::cuda_test;

struct Case {
  int64_t rows, cols;
  bool residual;
  bool in_place;
  int64_t shift;
};

class RmsNorm : public OnDevice, public ::testing::WithParamInterface<Case> {};

constexpr double kEpsilon = 1e-6;

TEST_P(RmsNorm, EqualsTheCpu) {
  const Case c = GetParam();
  const int64_t n = c.rows * c.cols;
  std::mt19937 random(static_cast<unsigned>(n * 7 + c.residual));
  std::vector<float> x = normal(n, random, 3), add = normal(n, random), weight = normal(c.cols, random);
  x[0] = 0, x[static_cast<size_t>(n) - 1] = -0.0f;
  if (c.rows > 2) x[static_cast<size_t>(c.cols)] = NAN, x[static_cast<size_t>(2 * c.cols)] = INFINITY;
  Array<float> device_x(x, stream, c.shift), device_add(add, stream, c.shift), device_weight(weight, stream, c.shift), device_out(n, stream, c.shift);
  float* out = c.in_place ? device_x.data() : device_out.data();
  ok(wz_cuda_rms_norm(out, device_x, c.residual ? device_add.data() : nullptr, device_weight, kEpsilon, c.rows, c.cols, stream));
  std::vector<float> cpu_x = x, expected = poisoned<float>(n);
  ASSERT_EQ(wz_rms_norm(c.in_place ? cpu_x.data() : expected.data(), cpu_x.data(), c.residual ? add.data() : nullptr, weight.data(), kEpsilon, c.rows,
                        c.cols, nullptr),
            WZ_OK);
  const std::vector<float> found = (c.in_place ? device_x : device_out).values();
  // The factor is at most one float32 beside the CPU's (2 units of 2^-24), the two products round as the CPU's do.
  const std::vector<float>& from_cpu = c.in_place ? cpu_x : expected;
  expect_near(from_cpu, found, [&](size_t i) { return 4 * kEpsilon32 * std::fabs(static_cast<double>(from_cpu[i])); }, "CPU");
  if (!c.in_place) expect_same(cpu_x, device_x.values(), "x");
  for (int64_t r = 0; r < c.rows; ++r) {
    double squares = 0;
    const auto value = [&](int64_t i) { return c.residual ? x[static_cast<size_t>(i)] + add[static_cast<size_t>(i)] : x[static_cast<size_t>(i)]; };
    for (int64_t i = r * c.cols; i < (r + 1) * c.cols; ++i) squares += std::pow(static_cast<double>(value(i)), 2);
    for (int64_t i = 0; i < c.cols; ++i) {
      const double exact = static_cast<double>(value(r * c.cols + i)) / std::sqrt(squares / static_cast<double>(c.cols) + kEpsilon) *
                           static_cast<double>(weight[static_cast<size_t>(i)]);
      const float f = found[static_cast<size_t>(r * c.cols + i)];
      if (std::isnan(exact)) {
        ASSERT_TRUE(std::isnan(f));
      } else {
        ASSERT_NEAR(exact, f, 4 * kEpsilon32 * std::fabs(exact) + 1e-44) << "row " << r << ", column " << i;  // factor, two products; subnormals
      }
    }
  }
}

using RmsNormRows = OnDevice;

TEST_F(RmsNormRows, OneAloneIsThatOfMany) {
  for (const int64_t cols : {1, 33, 64, 1028, 2560, 4101}) {
    std::mt19937 random(static_cast<unsigned>(cols));
    const std::vector<float> x = normal(3 * cols, random), weight = normal(cols, random);
    Array<float> device_x(x, stream), device_weight(weight, stream), many(3 * cols, stream), one(cols, stream);
    ok(wz_cuda_rms_norm(many, device_x, nullptr, device_weight, kEpsilon, 3, cols, stream));
    Array<float> third(std::vector<float>(x.begin() + 2 * cols, x.end()), stream);
    ok(wz_cuda_rms_norm(one, third, nullptr, device_weight, kEpsilon, 1, cols, stream));
    const std::vector<float> all = many.values();
    expect_same(std::vector<float>(all.begin() + 2 * cols, all.end()), one.values(), std::to_string(cols) + " columns");
  }
}

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const int64_t cols : {1, 3, 7, 31, 32, 33, 65, 128, 257, 1024, 1028, 2560, 4096, 4100, 4104}) {
    all.push_back({cols % 3 + 1, cols, cols % 2 == 0, false, 0});
    all.push_back({3, cols, cols % 2 == 1, true, 0});
  }
  all.push_back({1, 16384, true, false, 0});
  all.push_back({1, 16388, true, false, 0});
  all.push_back({3, 64, true, false, 1});  // no address that a vector could be loaded from
  all.push_back({2, 2560, false, false, 3});
  return all;
}

INSTANTIATE_TEST_SUITE_P(Cases, RmsNorm, ::testing::ValuesIn(cases()));

TEST(RmsNormArguments, AreChecked) {
  float v[8] = {};
  EXPECT_EQ(wz_cuda_rms_norm(v, v, nullptr, v, -1, 1, 8, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_rms_norm(v, v, nullptr, v, NAN, 1, 8, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_rms_norm(v, v, nullptr, v, 0, -1, 8, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_rms_norm: rows: found -1, expected 0 or more");
  EXPECT_EQ(wz_cuda_rms_norm(nullptr, nullptr, nullptr, nullptr, 0, 0, 8, nullptr), WZ_OK);
  EXPECT_EQ(wz_cuda_rms_norm(v, nullptr, nullptr, v, 0, 1, 8, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_rms_norm: x: found NULL, expected device memory");
  EXPECT_NE(wz_cuda_rms_norm(v, v, nullptr, v, 0, 1, 8, nullptr), WZ_OK) << "host memory";
}

}  // namespace
