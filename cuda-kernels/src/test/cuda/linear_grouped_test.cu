// wz_cuda_linear_grouped against wz_cuda_linear of each expert's rows, bit for bit: experts without rows, several chunks of rows, rows of x used
// twice, rows that do not exist, types that differ, and room in out that no assignment fills.
#include "linear_weights.h"

namespace {

using namespace wz::cuda_test;

class LinearGrouped : public OnDevice, public ::testing::WithParamInterface<int32_t> {};

TEST_P(LinearGrouped, EqualsTheExpertsOneByOne) {
  const int64_t rows = 19, cols = 256, x_rows = 23;
  const int32_t count = 40;
  std::mt19937 random(static_cast<unsigned>(GetParam()));
  std::vector<std::unique_ptr<Weight>> weights;
  std::vector<wz_weight> experts;
  std::vector<int32_t> begin = {0};
  for (int32_t e = 0; e < count; ++e) {
    weights.push_back(std::make_unique<Weight>(e % 5 == 3 ? WZ_Q6_K : GetParam(), rows, cols, random, stream));
    experts.push_back(weights.back()->on_device());
    const int32_t n = e == 7 ? 20 : e == 39 ? 9 : e % 3 == 0 ? e % 4 : 0;
    begin.push_back(begin.back() + n);
  }
  const int32_t filled = begin.back(), assignments = filled + 6;
  std::vector<int32_t> row_of(static_cast<size_t>(assignments), 0);
  for (auto& r : row_of) r = static_cast<int32_t>(random() % x_rows);
  row_of[3] = -1, row_of[11] = x_rows, row_of[12] = std::numeric_limits<int32_t>::min();
  const std::vector<float> x = normal(x_rows * cols, random);
  for (const bool gathered : {true, false}) {
    std::vector<float> in = x;
    if (!gathered) {
      in.clear();
      for (const int32_t r : row_of) {
        const auto from = x.begin() + std::clamp<int64_t>(r, 0, x_rows - 1) * cols;
        in.insert(in.end(), from, from + cols);
      }
    }
    const int64_t n = gathered ? x_rows : assignments;
    Array<float> device_x(in, stream), out(assignments * rows, stream);
    Array<int32_t> device_begin(begin, stream), device_rows(row_of, stream);
    Array<uint8_t> scratch(wz_cuda_linear_scratch(n, cols), stream);
    ok(wz_cuda_linear_grouped(out, experts.data(), count, device_begin, gathered ? device_rows.data() : nullptr, device_x, n, assignments, scratch, stream));
    const std::vector<float> found = out.values();
    std::vector<float> expected = poisoned<float>(assignments * rows);
    for (int32_t e = 0; e < count; ++e) {
      for (int32_t i = begin[static_cast<size_t>(e)]; i < begin[static_cast<size_t>(e) + 1]; ++i) {
        const int32_t r = gathered ? row_of[static_cast<size_t>(i)] : i;
        if (r < 0 || r >= n) {
          std::fill_n(expected.begin() + i * rows, rows, std::numeric_limits<float>::quiet_NaN());
          continue;
        }
        Array<float> one(rows, stream);
        Array<uint8_t> one_scratch(wz_cuda_linear_scratch(1, cols), stream);
        const wz_linear_part part = {experts[static_cast<size_t>(e)], nullptr, one, rows, 0};
        ok(wz_cuda_linear(&part, 1, device_x.data() + r * cols, cols, 1, one_scratch, stream));
        const std::vector<float> row = one.values();
        std::copy(row.begin(), row.end(), expected.begin() + i * rows);
      }
    }
    expect_same(expected, found, gathered ? "gathered" : "in order");
  }
}

INSTANTIATE_TEST_SUITE_P(Types, LinearGrouped, ::testing::Values(WZ_F32, WZ_F16, WZ_BF16, WZ_Q8_0, WZ_Q4_0, WZ_Q4_K, WZ_Q6_K),
                         [](const auto& info) { return std::string(wz_dtype_name(info.param)); });

TEST(LinearGroupedArguments, AreChecked) {
  float v[64] = {};
  const wz_weight w = {v, WZ_F32, WZ_ROWS, 1, 8};
  EXPECT_EQ(wz_cuda_linear_grouped(v, &w, 0, nullptr, nullptr, v, 1, 1, nullptr, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_linear_grouped(v, &w, WZ_CUDA_EXPERTS + 1, nullptr, nullptr, v, 1, 1, nullptr, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_linear_grouped(v, &w, 1, nullptr, nullptr, v, 1, 2, nullptr, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_linear_grouped: x_rows: found 1, expected 2 or more");
}

}  // namespace
