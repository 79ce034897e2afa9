// wz_cuda_linear against the CPU's products: packed weights bit for bit, slice by slice of the columns; float weights within the bound of
// float32 sums, against float64. Odd sizes, misaligned memory, guards around everything, and a row of out that depends on its row of x alone.
#include <algorithm>
#include "linear_weights.h"

namespace {

using namespace wz::cuda_test;

class Linear : public OnDevice, public ::testing::WithParamInterface<int32_t> {
 protected:
  // x W^T on the device, with strides wider than the rows.
  std::vector<float> product(const Weight& w, const std::vector<float>& x, int64_t m, int64_t shift = 0, int64_t widening = 0) {
    const int64_t stride = w.cols() + widening, out_stride = w.rows() + widening;
    std::vector<float> spread(static_cast<size_t>(m * stride), std::numeric_limits<float>::quiet_NaN());
    for (int64_t i = 0; i < m; ++i) std::copy_n(x.begin() + i * w.cols(), w.cols(), spread.begin() + i * stride);
    Array<float> in(spread, stream, shift), out(m * out_stride, stream, shift);
    Array<uint8_t> scratch(wz_cuda_linear_scratch(m, w.cols()), stream);
    const wz_linear_part part = {w.on_device(), nullptr, out, out_stride, 0};
    ok(wz_cuda_linear(&part, 1, in, stride, m, scratch, stream));
    const std::vector<float> wide = out.values();
    scratch.values();
    std::vector<float> narrow, poison = poisoned<float>(1);
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t r = 0; r < out_stride; ++r) {
        const float v = wide[static_cast<size_t>(i * out_stride + r)];
        if (r < w.rows()) narrow.push_back(v);
        else EXPECT_EQ(std::memcmp(&v, poison.data(), sizeof v), 0) << "written between the rows of out";
      }
    }
    return narrow;
  }
};

// The columns are cut into at most four slices of whole units of 128.
std::vector<int64_t> cuts(int64_t cols) {
  const int64_t units = (cols + 127) / 128, slices = std::max<int64_t>(1, std::min<int64_t>(4, units));
  std::vector<int64_t> at;
  for (int64_t s = 0; s <= slices; ++s) at.push_back(std::min(cols, units * s / slices * 128));
  return at;
}

std::vector<int64_t> columns(int32_t dtype) {
  switch (wz_dtype_block(dtype)) {
    case 1: return {1, 3, 7, 8, 16, 33, 65, 120, 257, 264, 640};
    case 32: return {32, 96, 128, 160, 416, 640};
    default: return {256, 512, 1024, 1280};
  }
}

TEST_P(Linear, PackedIsTheSumOfTheCpusSlices) {
  const int32_t dtype = GetParam();
  if (!is_packed(dtype)) GTEST_SKIP() << "a float type";
  for (const int64_t cols : columns(dtype)) {
    const std::vector<int64_t> cut = cuts(cols);
    if (std::any_of(cut.begin(), cut.end(), [&](int64_t c) { return c % wz_dtype_block(dtype) != 0; })) continue;  // the CPU cannot cut there
    for (const int64_t rows : {1, 15, 33}) {
      std::mt19937 random(static_cast<unsigned>(dtype * 10000 + cols + rows));
      Weight w(dtype, rows, cols, random, stream);
      for (const int64_t m : {1, 3, 4, 5, 17}) {
        const std::vector<float> x = normal(m * cols, random);
        std::vector<float> expected = w.cpu_product(x, m, cut[0], cut[1]);
        for (size_t s = 1; s + 1 < cut.size(); ++s) {
          const std::vector<float> slice = w.cpu_product(x, m, cut[s], cut[s + 1]);
          for (size_t i = 0; i < slice.size(); ++i) expected[i] += slice[i];
        }
        expect_same(expected, product(w, x, m, m % 2, m == 5 ? 3 : 0), w.text() + ", m = " + std::to_string(m));
      }
      w.check_guards();
    }
  }
}

// Float weights: no order of n sums of exact products is further off than n eps sum |w x|, and a tensor core cuts off instead of rounding, which
// is two eps. Packed: x within half a step, max |x| of its block / 65278, and a hundredth for the step's own roundings; minima and scaled quants
// cancel within a block, so their sums are up to some ten times the weight's.
TEST_P(Linear, CloseToTheExactProduct) {
  const int32_t dtype = GetParam();
  for (const int64_t cols : columns(dtype)) {
    for (const int64_t rows : {3, 17, 40}) {
      std::mt19937 random(static_cast<unsigned>(dtype * 1000 + cols + rows));
      const Weight w(dtype, rows, cols, random, stream, rows == 3 ? 1 : 0);
      const std::vector<float> values = w.values();
      for (const int64_t m : {1, 2, 9}) {
        const std::vector<float> x = normal(m * cols, random);
        const std::vector<float> y = product(w, x, m, m == 2 ? 1 : 0);
        for (int64_t i = 0; i < m; ++i) {
          for (int64_t r = 0; r < rows; ++r) {
            double exact = 0, norm = 0, step = 0;
            for (int64_t b = 0; b < cols; b += 32) {
              double most = 0, weights = 0;
              for (int64_t c = b; c < std::min(cols, b + 32); ++c) {
                const double xv = static_cast<double>(x[static_cast<size_t>(i * cols + c)]), wv = static_cast<double>(values[static_cast<size_t>(r * cols + c)]);
                exact += wv * xv, norm += std::abs(wv * xv), weights += std::abs(wv);
                most = std::max(most, std::abs(xv));
              }
              step += most / 65278 * weights;
            }
            const double bound = is_packed(dtype) ? 1.01 * step + 16 * kEpsilon32 * static_cast<double>(cols / 32 + 8) * norm
                                                  : 2 * kEpsilon32 * static_cast<double>(cols + 8) * norm;
            const double found = static_cast<double>(y[static_cast<size_t>(i * rows + r)]);
            ASSERT_LE(std::abs(found - exact), bound) << w.text() << ", m = " << m << ", row " << i << ", output " << r << ": found " << found << ", expected " << exact;
          }
        }
      }
    }
  }
}

TEST_P(Linear, ARowOfTheResultDependsOnItsRowOfTheInputAlone) {
  const int32_t dtype = GetParam();
  const int64_t rows = 35;
  for (const int64_t cols : columns(dtype)) {
    if (cols < 33) continue;
    std::mt19937 random(static_cast<unsigned>(dtype + cols));
    const Weight w(dtype, rows, cols, random, stream);
    const std::vector<float> x = normal(41 * cols, random);
    const std::vector<float> all = product(w, x, 41);
    for (const int64_t m : {1, 2, 4, 5, 8, 9, 16, 17, 33}) {
      const int64_t first = 41 - m;
      const std::vector<float> some = product(w, {x.begin() + first * cols, x.end()}, m, m % 3, m % 4);
      expect_same({all.begin() + first * rows, all.end()}, some, w.text() + ", m = " + std::to_string(m));
    }
  }
}

TEST_P(Linear, PartsBiasAdditionAndStrides) {
  const int32_t dtype = GetParam();
  const int64_t cols = 256, m = 5;
  std::mt19937 random(static_cast<unsigned>(dtype));
  const std::vector<float> x = normal(m * cols, random);
  const std::vector<int32_t> types = {dtype, WZ_BF16, dtype, WZ_Q8_0, dtype, dtype, dtype, dtype, dtype, dtype, dtype};
  std::vector<std::unique_ptr<Weight>> weights;
  std::vector<std::unique_ptr<Array<float>>> out, bias;
  std::vector<std::vector<float>> expected;
  std::vector<wz_linear_part> parts;
  for (size_t p = 0; p < types.size(); ++p) {
    const int64_t rows = static_cast<int64_t>(p * 7 % 31), stride = rows + static_cast<int64_t>(p % 3);  // the first has no rows at all
    weights.push_back(std::make_unique<Weight>(types[p], rows, cols, random, stream));
    const std::vector<float> before = normal(m * stride, random), shift = normal(rows, random);
    out.push_back(std::make_unique<Array<float>>(before, stream));
    bias.push_back(std::make_unique<Array<float>>(shift, stream));
    parts.push_back({weights.back()->on_device(), p % 2 == 1 ? bias.back()->data() : nullptr, out.back()->data(), stride, p % 4 > 1});
    std::vector<float> want = before;
    const std::vector<float> alone = product(*weights.back(), x, m);
    for (int64_t i = 0; i < m; ++i) {
      for (int64_t r = 0; r < rows; ++r) {
        float sum = alone[static_cast<size_t>(i * rows + r)];
        if (p % 2 == 1) sum += shift[static_cast<size_t>(r)];
        float& at = want[static_cast<size_t>(i * stride + r)];
        at = p % 4 > 1 ? at + sum : sum;
      }
    }
    expected.push_back(want);
  }
  Array<float> in(x, stream);
  Array<uint8_t> scratch(wz_cuda_linear_scratch(m, cols), stream);
  ok(wz_cuda_linear(parts.data(), static_cast<int32_t>(parts.size()), in, cols, m, scratch, stream));
  for (size_t p = 0; p < types.size(); ++p) expect_same(expected[p], out[p]->values(), "part " + std::to_string(p) + ", " + weights[p]->text());
}

TEST_P(Linear, ANumberThatIsNoneStaysInItsRow) {
  const int32_t dtype = GetParam();
  const int64_t cols = 256, rows = 20, m = 6;
  std::mt19937 random(static_cast<unsigned>(dtype));
  const Weight w(dtype, rows, cols, random, stream);
  std::vector<float> x = normal(m * cols, random);
  const std::vector<float> before = product(w, x, m);
  x[static_cast<size_t>(2 * cols + 77)] = std::numeric_limits<float>::quiet_NaN();
  x[static_cast<size_t>(4 * cols + 200)] = std::numeric_limits<float>::infinity();
  std::fill_n(x.begin() + 5 * cols, cols, 0.0f);
  const std::vector<float> after = product(w, x, m);
  for (int64_t i = 0; i < m * rows; ++i) {
    const float v = after[static_cast<size_t>(i)];
    switch (i / rows) {
      case 2: ASSERT_TRUE(std::isnan(v)) << i; break;
      case 4: ASSERT_FALSE(std::isfinite(v)) << i; break;
      case 5: ASSERT_EQ(v, 0) << i; break;
      default: ASSERT_EQ(v, before[static_cast<size_t>(i)]) << i;
    }
  }
}

std::vector<int32_t> types() {
  std::vector<int32_t> all = kRowTypes;
  all.insert(all.end(), kPackedTypes.begin(), kPackedTypes.end());
  return all;
}
INSTANTIATE_TEST_SUITE_P(Types, Linear, ::testing::ValuesIn(types()), [](const auto& info) { return std::string(wz_dtype_name(info.param)); });

TEST(LinearArguments, AreChecked) {
  int64_t bytes = 0;
  EXPECT_EQ(wz_cuda_packed_bytes(&bytes, WZ_BF16, 1, 32), WZ_UNSUPPORTED);
  EXPECT_EQ(wz_cuda_packed_bytes(&bytes, WZ_Q4_K, 1, 128), WZ_SHAPE_MISMATCH);
  EXPECT_EQ(wz_cuda_packed_bytes(&bytes, WZ_Q4_0, -1, 32), WZ_INVALID_ARGUMENT);
  ASSERT_EQ(wz_cuda_packed_bytes(&bytes, WZ_Q4_K, 32, 512), WZ_OK);
  EXPECT_EQ(bytes, 32 * 2 * 144);
  float v[64] = {};
  wz_linear_part part = {{v, WZ_F64, WZ_ROWS, 1, 8}, nullptr, v, 1, 0};
  EXPECT_EQ(wz_cuda_linear(&part, 1, v, 8, 1, nullptr, nullptr), WZ_UNSUPPORTED);
  part.weight.dtype = WZ_F32;
  part.out_stride = 0;
  EXPECT_EQ(wz_cuda_linear(&part, 1, v, 8, 1, nullptr, nullptr), wz_cuda_device_count() > 0 ? WZ_INVALID_ARGUMENT : WZ_DEVICE);
  EXPECT_EQ(wz_cuda_linear(nullptr, -1, v, 8, 1, nullptr, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_linear: count: found -1, expected 0 or more");
  EXPECT_EQ(wz_cuda_linear(nullptr, 1, v, 8, 1, nullptr, nullptr), WZ_INVALID_ARGUMENT);
}

}  // namespace
