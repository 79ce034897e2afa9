// Linear combinations: every instruction set against the reference, thread counts, values by hand, refusals.
#include <cmath>
#include "op_test.h"

namespace wz::test {
namespace {

constexpr double kWeights[] = {0.3, -1.25, 0.1};

// Three models of different types, and a base.
struct Inputs {
  explicit Inputs(int64_t n, uint64_t seed = 1)
      : arrays{random_array(WZ_BF16, n, seed, 1), random_array(WZ_F32, n, seed + 1), random_array(WZ_F16, n, seed + 2, 1)},
        base(random_array(WZ_BF16, n, seed + 3)),
        x(models_of(arrays)),
        b(base.model()) {}
  std::vector<Array> arrays;
  Array base;
  std::vector<wz_model> x;
  wz_model b;
};

TEST(MergeLinear, InstructionSetsAgree) {
  for (int64_t n : kSizes) {
    const Inputs in(n);
    for (int32_t out_dtype : kOutputTypes) {
      for (int32_t arithmetic : kArithmetics) {
        for (int32_t models : {1, 2, 3}) {
          for (const wz_model* base : {static_cast<const wz_model*>(nullptr), &in.b}) {
            for (double divisor : {1.0, 0.7}) {
              SCOPED_TRACE("n " + std::to_string(n) + ", models " + std::to_string(models) + ", arithmetic " + std::to_string(arithmetic) +
                           ", base " + std::to_string(base != nullptr) + ", divisor " + std::to_string(divisor));
              expect_isas_agree(
                  out_dtype, n,
                  [&](void* out) {
                    return wz_merge_linear(out, out_dtype, in.x.data(), models, base, kWeights, divisor, arithmetic, n, nullptr);
                  },
                  kAnyAlignment);
            }
          }
        }
      }
    }
  }
}

// Everything bfloat16 has a path of its own for up to four models.
TEST(MergeLinear, AllBfloat16) {
  constexpr double kMore[] = {0.3, -1.25, 0.1, 2, -0.7};
  for (int64_t n : kSizes) {
    std::vector<Array> arrays;
    for (uint64_t k = 0; k < 5; ++k) arrays.push_back(random_array(WZ_BF16, n, 10 + k, static_cast<int>(k % 2)));
    const Array base_array = random_array(WZ_BF16, n, 20, 1);
    const std::vector<wz_model> x = models_of(arrays);
    const wz_model b = base_array.model();
    for (int32_t arithmetic : kArithmetics) {
      for (int32_t models : {1, 2, 3, 4, 5}) {
        for (const wz_model* base : {static_cast<const wz_model*>(nullptr), &b}) {
          for (double divisor : {1.0, 0.7}) {
            SCOPED_TRACE("n " + std::to_string(n) + ", models " + std::to_string(models) + ", arithmetic " + std::to_string(arithmetic) +
                         ", base " + std::to_string(base != nullptr) + ", divisor " + std::to_string(divisor));
            const auto run = [&](void* out) {
              return wz_merge_linear(out, WZ_BF16, x.data(), models, base, kMore, divisor, arithmetic, n, nullptr);
            };
            expect_isas_agree(WZ_BF16, n, run, kAnyAlignment);
            std::vector<Array> in_place = arrays;
            const std::vector<wz_model> y = models_of(in_place);
            ASSERT_EQ(WZ_OK, wz_merge_linear(in_place[0].data(), WZ_BF16, y.data(), models, base, kMore, divisor, arithmetic, n, nullptr));
            EXPECT_TRUE(same_values(result_of(WZ_BF16, n, run), in_place[0]));
          }
        }
      }
    }
  }
}

TEST(MergeLinear, EveryInputType) {
  for (int32_t dtype : kInputTypes) {
    for (int32_t base_dtype : kInputTypes) {
      for (int32_t arithmetic : kArithmetics) {
        constexpr int64_t n = 1041;
        const Array a = random_array(dtype, n, 5, 1), b = random_array(dtype, n, 6), base = random_array(base_dtype, n, 7);
        const wz_model x[] = {a.model(), b.model()}, with = base.model();
        expect_isas_agree(WZ_F32, n, [&](void* out) { return wz_merge_linear(out, WZ_F32, x, 2, &with, kWeights, 1, arithmetic, n, nullptr); });
      }
    }
  }
}

TEST(MergeLinear, RowsAndColumnsAgree) {
  for (const auto& [rows, cols] : std::vector<std::pair<int64_t, int64_t>>{{0, 5}, {5, 0}, {1, 1}, {3, 7}, {31, 65}, {2, 1025}, {257, 3}, {1, 70000}}) {
    const int64_t n = rows * cols;
    const Inputs in(n);
    std::vector<double> weights(static_cast<size_t>(3 * (rows + cols)));
    for (size_t i = 0; i < weights.size(); ++i) weights[i] = std::sin(static_cast<double>(i));
    for (int32_t arithmetic : kArithmetics) {
      for (const wz_model* base : {static_cast<const wz_model*>(nullptr), &in.b}) {
        SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(cols) + ", arithmetic " + std::to_string(arithmetic));
        expect_isas_agree(WZ_BF16, n, [&, r = rows, c = cols](void* out) {
          return wz_merge_linear_rows(out, WZ_BF16, in.x.data(), 3, base, weights.data(), arithmetic, r, c, nullptr);
        });
        expect_isas_agree(WZ_F32, n, [&, r = rows, c = cols](void* out) {
          return wz_merge_linear_columns(out, WZ_F32, in.x.data(), 3, base, weights.data(), arithmetic, r, c, nullptr);
        });
      }
    }
  }
}

// What one row (column) has in common with the operation on all elements.
TEST(MergeLinear, RowsAndColumnsAreLinearWithTheirWeights) {
  constexpr int64_t rows = 5, cols = 1030, n = rows * cols;
  const Inputs in(n);
  std::vector<double> by_row, by_column;
  for (int64_t r = 0; r < rows; ++r) by_row.insert(by_row.end(), kWeights, kWeights + 3);
  for (double w : kWeights) by_column.insert(by_column.end(), cols, w);
  const Array all = result_of(WZ_F16, n, [&](void* out) {
    return wz_merge_linear(out, WZ_F16, in.x.data(), 3, &in.b, kWeights, 1, WZ_ARITHMETIC_F32, n, nullptr);
  });
  EXPECT_TRUE(same_values(all, result_of(WZ_F16, n, [&](void* out) {
    return wz_merge_linear_rows(out, WZ_F16, in.x.data(), 3, &in.b, by_row.data(), WZ_ARITHMETIC_F32, rows, cols, nullptr);
  })));
  EXPECT_TRUE(same_values(all, result_of(WZ_F16, n, [&](void* out) {
    return wz_merge_linear_columns(out, WZ_F16, in.x.data(), 3, &in.b, by_column.data(), WZ_ARITHMETIC_F32, rows, cols, nullptr);
  })));
}

TEST(MergeLinear, ThreadsDoNotMatter) {
  constexpr int64_t rows = 331, cols = 1201, n = rows * cols;
  const Inputs in(n);
  std::vector<double> weights(static_cast<size_t>(3 * cols));
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = std::cos(static_cast<double>(i));
  const auto run = [&](wz_threads* pool) {
    std::vector<Array> results;
    results.push_back(result_of(WZ_BF16, n, [&](void* out) {
      return wz_merge_linear(out, WZ_BF16, in.x.data(), 3, &in.b, kWeights, 3, WZ_ARITHMETIC_F32, n, pool);
    }));
    results.push_back(result_of(WZ_F32, n, [&](void* out) {
      return wz_merge_linear_rows(out, WZ_F32, in.x.data(), 3, &in.b, weights.data(), WZ_ARITHMETIC_BF16, rows, cols, pool);
    }));
    results.push_back(result_of(WZ_F16, n, [&](void* out) {
      return wz_merge_linear_columns(out, WZ_F16, in.x.data(), 3, nullptr, weights.data(), WZ_ARITHMETIC_F64, rows, cols, pool);
    }));
    return results;
  };
  const std::vector<Array> alone = run(nullptr);
  for (int32_t threads : {1, 2, 7}) {
    wz_threads* pool = nullptr;
    ASSERT_EQ(WZ_OK, wz_threads_create(threads, &pool));
    const std::vector<Array> together = run(pool);
    for (size_t i = 0; i < alone.size(); ++i) EXPECT_TRUE(same_values(alone[i], together[i])) << threads << " threads, operation " << i;
    wz_threads_free(pool);
  }
}

TEST(MergeLinear, ByHand) {
  const float x0[] = {1, 2, 3}, x1[] = {10, 20, 30}, base[] = {1, 1, 1};
  const wz_model x[] = {{x0, WZ_F32}, {x1, WZ_F32}}, b = {base, WZ_F32};
  const double w[] = {2, 0.5};
  float out[3];
  ASSERT_EQ(WZ_OK, wz_merge_linear(out, WZ_F32, x, 2, nullptr, w, 1, WZ_ARITHMETIC_F32, 3, nullptr));
  EXPECT_EQ(7, out[0]);
  EXPECT_EQ(21, out[2]);
  ASSERT_EQ(WZ_OK, wz_merge_linear(out, WZ_F32, x, 2, &b, w, 2.5, WZ_ARITHMETIC_F32, 3, nullptr));
  EXPECT_EQ(1 + 4.5f / 2.5f, out[0]);  // 2 * 0 + 0.5 * 9
  // bfloat16 keeps 8 bits: 1 + 2^-8 is a tie and goes to 1; the sum of three is taken before it is rounded.
  const float y0[] = {1}, y1[] = {0x1p-8f}, y2[] = {0x1p-8f};
  const wz_model y[] = {{y0, WZ_F32}, {y1, WZ_F32}, {y2, WZ_F32}};
  const double ones[] = {1, 1, 1};
  ASSERT_EQ(WZ_OK, wz_merge_linear(out, WZ_F32, y, 2, nullptr, ones, 1, WZ_ARITHMETIC_BF16, 1, nullptr));
  EXPECT_EQ(1, out[0]);
  ASSERT_EQ(WZ_OK, wz_merge_linear(out, WZ_F32, y, 3, nullptr, ones, 1, WZ_ARITHMETIC_BF16, 1, nullptr));
  EXPECT_EQ(1 + 0x1p-7f, out[0]);
}

TEST(MergeLinear, OutputMayBeAnInput) {
  for (int32_t arithmetic : kArithmetics) {
    constexpr int64_t n = 4097;
    Inputs in(n);
    const auto run = [&](void* out) { return wz_merge_linear(out, WZ_F32, in.x.data(), 3, &in.b, kWeights, 2, arithmetic, n, nullptr); };
    const Array expected = result_of(WZ_F32, n, run);
    ASSERT_EQ(WZ_OK, run(in.arrays[1].data()));
    EXPECT_TRUE(same_values(expected, in.arrays[1]));
  }
}

TEST(MergeLinear, RefusesWhatItCannotDo) {
  float x0[1] = {1}, out[1];
  const wz_model x[] = {{x0, WZ_F32}, {x0, WZ_I8}}, missing[] = {{x0, WZ_F32}, {nullptr, WZ_F32}};
  const double w[] = {1, std::nan("")};
  const auto call = [&](void* o, int32_t dtype, const wz_model* models, int32_t count, const double* weights, double divisor, int32_t arithmetic,
                        int64_t n) { return wz_merge_linear(o, dtype, models, count, nullptr, weights, divisor, arithmetic, n, nullptr); };
  expect_refused(WZ_UNSUPPORTED, call(out, WZ_I32, x, 1, w, 1, 0, 1), {"wz_merge_linear", "out", "i32", "f32, f16 or bf16"});
  expect_refused(WZ_UNSUPPORTED, call(out, WZ_F32, x, 2, w, 1, 0, 1), {"x[1]", "i8", "f32, f16, bf16 or f64"});
  expect_refused(WZ_INVALID_ARGUMENT, call(out, WZ_F32, missing, 2, w, 1, 0, 1), {"x[1]", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, call(nullptr, WZ_F32, x, 1, w, 1, 0, 1), {"out", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, call(out, WZ_F32, x, 0, w, 1, 0, 1), {"models", "found 0", "at least 1"});
  expect_refused(WZ_INVALID_ARGUMENT, call(out, WZ_F32, missing, 2, w, 1, 0, 0), {"weights[1]", "NaN"});
  expect_refused(WZ_INVALID_ARGUMENT, call(out, WZ_F32, x, 1, nullptr, 1, 0, 1), {"weights", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, call(out, WZ_F32, x, 1, w, 0, 0, 1), {"divisor", "found 0"});
  expect_refused(WZ_INVALID_ARGUMENT, call(out, WZ_F32, x, 1, w, std::nan(""), 0, 1), {"divisor", "NaN"});
  expect_refused(WZ_INVALID_ARGUMENT, call(out, WZ_F32, x, 1, w, 1, 4, 1), {"arithmetic", "found 4", "0 to 3"});
  expect_refused(WZ_INVALID_ARGUMENT, call(out, WZ_F32, x, 1, w, 1, 0, -1), {"n", "found -1"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_linear_rows(out, WZ_F32, x, 1, nullptr, w, 0, -1, 1, nullptr), {"wz_merge_linear_rows", "rows", "-1"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_linear_columns(out, WZ_F32, x, 1, nullptr, w, 0, int64_t{1} << 40, int64_t{1} << 40, nullptr),
                 {"wz_merge_linear_columns", "shape", "2^63"});
  const wz_model bad_base = {x0, WZ_U8};
  expect_refused(WZ_UNSUPPORTED, wz_merge_linear(out, WZ_F32, x, 1, &bad_base, w, 1, 0, 1, nullptr), {"base", "u8"});
}

}  // namespace
}  // namespace wz::test
