// wz_cuda_embed against wz_embed, bit for bit, for every type of a table.
#include "on_device.h"
#include "wootz/cuda_transformer.h"
#include "wootz/wootz.h"

namespace {

using namespace wz::cuda_test;

class Embed : public OnDevice, public ::testing::WithParamInterface<int32_t> {};

int64_t row_bytes(int32_t dtype, int64_t cols) { return cols / wz_dtype_block(dtype) * wz_dtype_block_bytes(dtype); }

// Random bytes are blocks of every kind; the scales that would be NaN or infinity are among them.
std::vector<uint8_t> table_of(int32_t dtype, int64_t rows, int64_t cols, std::mt19937& random) {
  std::vector<uint8_t> table(static_cast<size_t>(rows * row_bytes(dtype, cols)));
  for (auto& b : table) b = static_cast<uint8_t>(random());
  return table;
}

TEST_P(Embed, EqualsTheCpu) {
  const int32_t dtype = GetParam();
  const int64_t rows = 37, block = wz_dtype_block(dtype);
  for (const int64_t cols : {block, 3 * block, 33 * block, block == 1 ? 257 : 5 * block}) {
    for (const int64_t shift : {0, 2}) {
      std::mt19937 random(static_cast<unsigned>(dtype * 1000 + cols));
      const std::vector<uint8_t> table = table_of(dtype, rows, cols, random);
      const std::vector<int32_t> ids = {36, 0, 17, 17, 5};
      const int64_t tokens = static_cast<int64_t>(ids.size());
      std::vector<float> expected = poisoned<float>(tokens * cols);
      ASSERT_EQ(wz_embed(expected.data(), table.data(), dtype, rows, cols, ids.data(), tokens, nullptr), WZ_OK) << wz_last_error();
      const int64_t bytes = block == 1 ? wz_dtype_bytes(dtype) : 2;
      Array<uint8_t> device(table, stream, shift * bytes);
      Array<float> out(tokens * cols, stream, shift);
      ok(wz_cuda_embed(out, device, dtype, rows, cols, Array<int32_t>(ids, stream), tokens, stream));
      expect_same(expected, out.values(), std::string(wz_dtype_name(dtype)) + ", " + std::to_string(cols) + " columns");
    }
  }
}

TEST_P(Embed, AnUnknownTokenIsNan) {
  const int32_t dtype = GetParam();
  const int64_t rows = 3, cols = wz_dtype_block(dtype) * 3;
  std::mt19937 random(1);
  std::vector<uint8_t> table(static_cast<size_t>(rows * row_bytes(dtype, cols)), 0);  // all rows are 0
  const std::vector<int32_t> ids = {2, 3, -1, 0, std::numeric_limits<int32_t>::min()};
  Array<float> out(5 * cols, stream);
  ok(wz_cuda_embed(out, Array<uint8_t>(table, stream), dtype, rows, cols, Array<int32_t>(ids, stream), 5, stream));
  const std::vector<float> found = out.values();
  for (int64_t t = 0; t < 5; ++t) {
    for (int64_t c = 0; c < cols; ++c) {
      const float f = found[static_cast<size_t>(t * cols + c)];
      ASSERT_EQ(std::isnan(f), t == 1 || t == 2 || t == 4) << "token " << t << ", column " << c;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Types, Embed,
                         ::testing::Values(WZ_F32, WZ_F16, WZ_BF16, WZ_F64, WZ_Q4_0, WZ_Q4_1, WZ_Q5_0, WZ_Q5_1, WZ_Q8_0, WZ_Q4_K, WZ_Q5_K, WZ_Q6_K),
                         [](const auto& info) { return std::string(wz_dtype_name(info.param)); });

TEST(EmbedArguments, AreChecked) {
  float v[32] = {};
  int32_t id = 0;
  EXPECT_EQ(wz_cuda_embed(v, v, WZ_IQ4_XS, 1, 256, &id, 1, nullptr), WZ_UNSUPPORTED);
  EXPECT_EQ(wz_cuda_embed(v, v, WZ_Q8_0, 1, 33, &id, 1, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_embed: cols: found 33, expected a multiple of 32, the block of the table's type");
  EXPECT_EQ(wz_cuda_embed(v, v, WZ_F32, 1, 32, &id, 0, nullptr), WZ_OK);
  EXPECT_NE(wz_cuda_embed(v, v, WZ_F32, 1, 32, &id, 1, nullptr), WZ_OK) << "host memory";
}

}  // namespace
