// The small operations of a decoder layer: every instruction set and pool against the reference, float64 truth, refusals.
#include "wootz/transformer.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include "op_test.h"

namespace wz::test {
namespace {

const std::vector<int64_t> kWidths = {1, 3, 31, 32, 33, 80, 1024, 1027};
constexpr double kUnit = 0x1p-24;  // half a unit in the last place, relative

class Pool {
 public:
  explicit Pool(int32_t n) { EXPECT_EQ(WZ_OK, wz_threads_create(n, &threads_)); }
  ~Pool() { wz_threads_free(threads_); }
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  operator wz_threads*() const { return threads_; }

 private:
  wz_threads* threads_ = nullptr;
};

TEST(Transformer, RmsNormAgrees) {
  for (int64_t cols : kWidths) {
    for (bool residual : {false, true}) {
      SCOPED_TRACE("cols " + std::to_string(cols) + (residual ? ", residual" : ""));
      constexpr int64_t kRows = 3;
      const Array x = random_array(WZ_F32, kRows * cols, 1), add = smooth_array(WZ_F32, kRows * cols, 2), w = smooth_array(WZ_F32, cols, 3);
      const float* addend = residual ? add.as<float>() : nullptr;
      expect_isas_agree(WZ_F32, kRows * cols, [&](void* out) {
        Array copy = x;
        return wz_rms_norm(static_cast<float*>(out), copy.as<float>(), addend, w.as<float>(), 1e-6, kRows, cols, nullptr);
      });
      // In place, with what the sum leaves in x.
      expect_isas_agree_adding(x, [&](void* out) {
        return wz_rms_norm(static_cast<float*>(out), static_cast<float*>(out), addend, w.as<float>(), 1e-6, kRows, cols, nullptr);
      });
    }
  }
}

// Three roundings: of the factor, and of two products; the sum of squares has none that counts.
TEST(Transformer, RmsNormIsRight) {
  for (int64_t cols : kWidths) {
    Array x = smooth_array(WZ_F32, 2 * cols, 4, 1e-3), sum = x;
    const Array add = smooth_array(WZ_F32, 2 * cols, 5), w = smooth_array(WZ_F32, cols, 6);
    const Array out = result_of(WZ_F32, 2 * cols, [&](void* p) {
      return wz_rms_norm(static_cast<float*>(p), sum.as<float>(), add.as<float>(), w.as<float>(), 1e-6, 2, cols, nullptr);
    });
    EXPECT_TRUE(sum.guards_intact());
    for (int64_t r = 0; r < 2; ++r) {
      double squares = 0;
      for (int64_t c = 0; c < cols; ++c) {
        const int64_t i = r * cols + c;
        ASSERT_EQ(x.as<float>()[i] + add.as<float>()[i], sum.as<float>()[i]);
        squares += sum.get(i) * sum.get(i);
      }
      for (int64_t c = 0; c < cols; ++c) {
        const double expected = sum.get(r * cols + c) / std::sqrt(squares / static_cast<double>(cols) + 1e-6) * w.get(c);
        ASSERT_NEAR(expected, out.get(r * cols + c), 3.1 * kUnit * std::fabs(expected));
      }
    }
  }
}

TEST(Transformer, RowsAndThreadsDoNotMatter) {
  constexpr int64_t kRows = 70, kCols = 1027;
  const Pool pool(3);
  const Array x = smooth_array(WZ_F32, kRows * kCols, 7), y = smooth_array(WZ_F32, kRows * kCols, 8), w = smooth_array(WZ_F32, kCols, 9);
  for (wz_threads* threads : {static_cast<wz_threads*>(nullptr), static_cast<wz_threads*>(pool)}) {
    Array copy = x;
    const Array norm = result_of(WZ_F32, kRows * kCols, [&](void* out) {
      return wz_rms_norm(static_cast<float*>(out), copy.as<float>(), y.as<float>(), w.as<float>(), 1e-5, kRows, kCols, threads);
    });
    const Array glu = result_of(WZ_F32, kRows * kCols, [&](void* out) {
      return wz_swiglu(static_cast<float*>(out), x.as<float>(), y.as<float>(), kRows, kCols, threads);
    });
    for (int64_t r = 0; r < kRows; ++r) {
      float norm_row[kCols], glu_row[kCols];
      Array one = x;
      ASSERT_EQ(WZ_OK, wz_rms_norm(norm_row, one.as<float>() + r * kCols, y.as<float>() + r * kCols, w.as<float>(), 1e-5, 1, kCols, nullptr));
      ASSERT_EQ(WZ_OK, wz_swiglu(glu_row, x.as<float>() + r * kCols, y.as<float>() + r * kCols, 1, kCols, nullptr));
      ASSERT_EQ(0, std::memcmp(norm_row, norm.as<float>() + r * kCols, sizeof norm_row));
      ASSERT_EQ(0, std::memcmp(glu_row, glu.as<float>() + r * kCols, sizeof glu_row));
    }
  }
}

TEST(Transformer, SwigluAgreesAndIsRight) {
  for (int64_t n : kSizes) {
    const Array gate = random_array(WZ_F32, n, 10), up = random_array(WZ_F32, n, 11);
    const auto run = [&](void* out) { return wz_swiglu(static_cast<float*>(out), gate.as<float>(), up.as<float>(), 1, n, nullptr); };
    expect_isas_agree(WZ_F32, n, run);
    Array in_place = gate;
    ASSERT_EQ(WZ_OK, wz_swiglu(in_place.as<float>(), in_place.as<float>(), up.as<float>(), 1, n, nullptr));
    EXPECT_TRUE(same_values(result_of(WZ_F32, n, run), in_place));
  }
  // An exponential within two half units, a sum, a quotient and a product.
  const Array gate = smooth_array(WZ_F32, 5000, 12, 10), up = smooth_array(WZ_F32, 5000, 13);
  const Array out =
      result_of(WZ_F32, 5000, [&](void* p) { return wz_swiglu(static_cast<float*>(p), gate.as<float>(), up.as<float>(), 1, 5000, nullptr); });
  for (int64_t i = 0; i < 5000; ++i) {
    const double expected = gate.get(i) / (1 + std::exp(-gate.get(i))) * up.get(i);
    ASSERT_NEAR(expected, out.get(i), 5.1 * kUnit * std::fabs(expected)) << gate.get(i);
  }
}

TEST(Transformer, EmbedTakesRowsOfEveryType) {
  constexpr int64_t kRows = 5, kCols = 256;
  const std::vector<int32_t> ids = {4, 0, 4, 3};
  for (int32_t dtype : {WZ_F32, WZ_F16, WZ_BF16, WZ_F64, WZ_Q8_0, WZ_Q4_K, WZ_Q6_K}) {
    SCOPED_TRACE(wz_dtype_name(dtype));
    const int64_t row_bytes = kCols / wz_dtype_block(dtype) * wz_dtype_block_bytes(dtype);
    std::vector<char> table(static_cast<size_t>(kRows * row_bytes));
    if (wz_dtype_block(dtype) == 1) {
      const Array values = smooth_array(dtype, kRows * kCols, 14);
      std::memcpy(table.data(), values.data(), table.size());
    } else {
      // Bytes that are finite as scales whatever their place: both halves of a binary16 below its largest exponent.
      std::mt19937 random(15);
      for (char& byte : table) byte = static_cast<char>(random() % 0x3C);
    }
    const auto run = [&](void* out) {
      return wz_embed(static_cast<float*>(out), table.data(), dtype, kRows, kCols, ids.data(), 4, nullptr);
    };
    expect_isas_agree(WZ_F32, 4 * kCols, run);
    const Array out = result_of(WZ_F32, 4 * kCols, run);
    for (size_t t = 0; t < ids.size(); ++t) {
      float row[kCols];
      const char* from = table.data() + ids[t] * row_bytes;
      ASSERT_EQ(WZ_OK, wz_dtype_block(dtype) == 1 ? wz_convert(row, WZ_F32, from, dtype, kCols) : wz_dequantize(row, from, dtype, kCols, nullptr));
      EXPECT_EQ(0, std::memcmp(row, out.as<float>() + static_cast<int64_t>(t) * kCols, sizeof row));
    }
  }
}

TEST(Transformer, RouteByHand) {
  const float logits[] = {1, 2, 2, 0, 2};
  int32_t expert[3];
  float weight[3];
  ASSERT_EQ(WZ_OK, wz_moe_route(expert, weight, logits, 1, 5, 2, 1));
  EXPECT_EQ(1, expert[0]);
  EXPECT_EQ(2, expert[1]);
  EXPECT_EQ(0.5f, weight[0]);
  EXPECT_EQ(0.5f, weight[1]);
  const float hard[] = {-INFINITY, 3, -INFINITY};
  ASSERT_EQ(WZ_OK, wz_moe_route(expert, weight, hard, 1, 3, 3, 0));
  EXPECT_EQ((std::vector<int32_t>{1, 0, 2}), std::vector<int32_t>(expert, expert + 3));
  EXPECT_EQ((std::vector<float>{1, 0, 0}), std::vector<float>(weight, weight + 3));
}

TEST(Transformer, RouteSortsAndSumsToTheTruth) {
  std::mt19937 random(16);
  for (int32_t experts : {1, 7, 64, 128, 130}) {
    for (int32_t k : {1, 2, std::min(8, experts)}) {
      if (k > experts) continue;
      constexpr int64_t kTokens = 40;
      std::vector<float> logits(static_cast<size_t>(kTokens * experts));
      for (float& l : logits) l = static_cast<float>(static_cast<int>(random() % 41) - 20) / 4;  // many ties
      for (int32_t normalize : {0, 1}) {
        std::vector<int32_t> expert(static_cast<size_t>(kTokens * k));
        std::vector<float> weight(expert.size());
        ASSERT_EQ(WZ_OK, wz_moe_route(expert.data(), weight.data(), logits.data(), kTokens, experts, k, normalize));
        for (int64_t t = 0; t < kTokens; ++t) {
          const float* row = logits.data() + t * experts;
          std::vector<int32_t> order(static_cast<size_t>(experts));
          std::iota(order.begin(), order.end(), 0);
          std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return row[a] > row[b]; });
          double sum = 0;
          for (int32_t e = 0; e < (normalize != 0 ? k : experts); ++e) sum += std::exp(static_cast<double>(row[order[static_cast<size_t>(e)]]));
          for (int32_t j = 0; j < k; ++j) {
            const auto i = static_cast<size_t>(t * k + j);
            ASSERT_EQ(order[static_cast<size_t>(j)], expert[i]);
            const double expected = std::exp(static_cast<double>(row[expert[i]])) / sum;
            ASSERT_NEAR(expected, static_cast<double>(weight[i]), 1.01 * kUnit * expected);
          }
        }
      }
    }
  }
}

// What sort takes apart, combine puts together: y[i] tells the token and the expert of assignment i.
TEST(Transformer, SortAndCombineRoundTrip) {
  constexpr int64_t kTokens = 33, kCols = 1100;
  constexpr int32_t kExperts = 6, kK = 3;
  std::mt19937 random(17);
  std::vector<int32_t> expert;
  for (int64_t t = 0; t < kTokens; ++t) {
    const auto first = static_cast<int32_t>(random() % kExperts);
    for (int32_t j = 0; j < kK; ++j) expert.push_back((first + 2 * j) % (kExperts - 1));  // the last expert gets none
  }
  Array begin(WZ_I32, kExperts + 1), row_of(WZ_I32, kTokens * kK), place(WZ_I32, kTokens * kK);
  ASSERT_EQ(WZ_OK, wz_moe_sort(begin.as<int32_t>(), row_of.as<int32_t>(), place.as<int32_t>(), expert.data(), kTokens, kExperts, kK));
  EXPECT_TRUE(begin.guards_intact() && row_of.guards_intact() && place.guards_intact());
  EXPECT_EQ(0, begin.get(0));
  EXPECT_EQ(kTokens * kK, begin.get(kExperts));
  EXPECT_EQ(begin.get(kExperts - 1), begin.get(kExperts));
  std::vector<float> y(static_cast<size_t>(kTokens * kK * kCols));
  for (int32_t e = 0; e < kExperts; ++e) {
    for (int32_t i = begin.as<int32_t>()[e]; i < begin.as<int32_t>()[e + 1]; ++i) {
      const int32_t token = row_of.as<int32_t>()[i];
      if (i > begin.as<int32_t>()[e]) {
        ASSERT_LE(row_of.as<int32_t>()[i - 1], token) << "not stable";
      }
      for (int64_t c = 0; c < kCols; ++c) y[static_cast<size_t>(i * kCols + c)] = static_cast<float>(1000 * token + 10 * e) + static_cast<float>(c % 7);
    }
  }
  const Array weight = smooth_array(WZ_F32, kTokens * kK, 18), before = smooth_array(WZ_F32, kTokens * kCols, 19);
  const Pool pool(2);
  for (wz_threads* threads : {static_cast<wz_threads*>(nullptr), static_cast<wz_threads*>(pool)}) {
    const auto run = [&](void* out) {
      return wz_moe_combine(static_cast<float*>(out), y.data(), place.as<int32_t>(), weight.as<float>(), kTokens, kK, kCols, threads);
    };
    expect_isas_agree_adding(before, run);
    Array out = before;
    ASSERT_EQ(WZ_OK, run(out.data()));
    for (int64_t t = 0; t < kTokens; ++t) {
      for (int64_t c = 0; c < kCols; ++c) {
        float sum = 0;
        for (int64_t j = t * kK; j < (t + 1) * kK; ++j) {
          const float product = weight.as<float>()[j] * (static_cast<float>(1000 * t + 10 * expert[static_cast<size_t>(j)]) + static_cast<float>(c % 7));
          sum += product;
        }
        const double expected = before.get(t * kCols + c) + static_cast<double>(sum);
        ASSERT_NEAR(expected, out.get(t * kCols + c), 8 * kUnit * (std::fabs(static_cast<double>(sum)) + 1e5));
      }
    }
  }
}

TEST(Transformer, NothingToDo) {
  float x[1] = {1};
  EXPECT_EQ(WZ_OK, wz_rms_norm(nullptr, nullptr, nullptr, nullptr, 1e-6, 0, 8, nullptr));
  EXPECT_EQ(WZ_OK, wz_rms_norm(nullptr, nullptr, nullptr, nullptr, 1e-6, 8, 0, nullptr));
  EXPECT_EQ(WZ_OK, wz_swiglu(nullptr, nullptr, nullptr, 0, 5, nullptr));
  EXPECT_EQ(WZ_OK, wz_embed(nullptr, x, WZ_F32, 1, 1, nullptr, 0, nullptr));
  EXPECT_EQ(WZ_OK, wz_moe_route(nullptr, nullptr, nullptr, 0, 4, 2, 1));
  EXPECT_EQ(WZ_OK, wz_moe_combine(nullptr, nullptr, nullptr, nullptr, 0, 2, 16, nullptr));
}

TEST(Transformer, RefusesWhatItCannotDo) {
  float x[64] = {};
  const float nan[] = {0, std::nanf("")}, infinite[] = {INFINITY, 0}, masked[] = {-INFINITY, -INFINITY};
  int32_t ids[] = {0, 2};
  float w[2];
  int32_t e[2];
  const int32_t k32 = 32;
  expect_refused(WZ_INVALID_ARGUMENT, wz_embed(x, x, WZ_F32, 2, 2, ids, 2, nullptr), {"wz_embed", "ids[1]", "found 2", "0 to 1"});
  expect_refused(WZ_UNSUPPORTED, wz_embed(x, x, WZ_I32, 2, 2, ids, 1, nullptr), {"wz_embed", "table", "i32"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_embed(x, x, WZ_Q8_0, 1, k32 + 1, ids, 1, nullptr), {"wz_embed", "cols", "33", "multiple of 32", "q8_0"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_embed(nullptr, x, WZ_F32, 1, 1, ids, 1, nullptr), {"wz_embed", "out", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_rms_norm(x, x, nullptr, x, -1, 1, 4, nullptr), {"wz_rms_norm", "epsilon", "-1"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_rms_norm(x, x, nullptr, x, std::nan(""), 1, 4, nullptr), {"epsilon", "nan"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_rms_norm(x, x, nullptr, nullptr, 0, 1, 4, nullptr), {"weight", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_swiglu(x, x, x, -1, 4, nullptr), {"wz_swiglu", "rows", "-1"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_swiglu(x, x, x, INT64_MAX, 4, nullptr), {"wz_swiglu", "shape"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_moe_route(e, w, nan, 1, 2, 1, 0), {"wz_moe_route", "logits[0, 1]", "NaN"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_moe_route(e, w, infinite, 1, 2, 1, 0), {"logits[0, 0]", "infinity"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_moe_route(e, w, masked, 1, 2, 1, 0), {"logits of token 0", "-infinity"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_moe_route(e, w, x, 1, 2, 3, 0), {"k", "found 3", "1 to 2"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_moe_route(e, w, x, int64_t{1} << 31, 2, 2, 0), {"tokens"});
  int32_t begin[3], row_of[2], place[2];
  expect_refused(WZ_INVALID_ARGUMENT, wz_moe_sort(begin, row_of, place, ids, 1, 2, 2), {"wz_moe_sort", "expert[1]", "found 2"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_moe_combine(x, x, ids, w, 1, 2, 4, nullptr), {"wz_moe_combine", "place[1]", "found 2"});
}

}  // namespace
}  // namespace wz::test
