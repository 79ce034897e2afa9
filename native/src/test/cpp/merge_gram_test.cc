// Gram matrices: the fixed order of the sums on every instruction set and for every number of threads; exactness where float64 is exact.
#include <cmath>
#include <cstring>
#include "op_test.h"

namespace wz::test {
namespace {

struct Inputs {
  explicit Inputs(int64_t n)
      : arrays{smooth_array(WZ_BF16, n, 1), smooth_array(WZ_F32, n, 2), smooth_array(WZ_F64, n, 3)},
        base(smooth_array(WZ_F16, n, 4)),
        x(models_of(arrays)),
        b(base.model()) {}
  std::vector<Array> arrays;
  Array base;
  std::vector<wz_model> x;
  wz_model b;
};

// Something to add to.
Array begun(int64_t n) { return smooth_array(WZ_F64, n, 9); }

TEST(MergeGram, InstructionSetsAgree) {
  for (int64_t n : kSizes) {
    const Inputs in(n);
    for (int32_t models : {1, 2, 3}) {
      for (const wz_model* base : {static_cast<const wz_model*>(nullptr), &in.b}) {
        SCOPED_TRACE("n " + std::to_string(n) + ", models " + std::to_string(models) + ", base " + std::to_string(base != nullptr));
        expect_isas_agree_adding(begun(models * models), [&](void* gram) {
          return wz_merge_gram(static_cast<double*>(gram), in.x.data(), models, base, n, nullptr);
        });
      }
    }
  }
}

TEST(MergeGram, AwkwardValues) {
  for (int32_t dtype : kInputTypes) {
    const int64_t n = 1100;
    const Array a = random_array(dtype, n, 5, 1), b = random_array(dtype, n, 6), base = random_array(dtype, n, 7);
    const wz_model x[] = {a.model(), b.model()}, with = base.model();
    for (int64_t row = 4; row <= n; row *= 3) {  // short rows, some without NaN or infinities
      expect_isas_agree_adding(begun(n / row * 4), [&](void* gram) {
        return wz_merge_gram_rows(static_cast<double*>(gram), x, 2, &with, n / row, row, nullptr);
      });
    }
  }
}

TEST(MergeGram, RowsAndColumnsAgree) {
  for (const auto& [r, c] : std::vector<std::pair<int64_t, int64_t>>{{0, 3}, {3, 0}, {1, 1}, {7, 31}, {65, 33}, {3, 1025}, {1025, 3}, {1, 70000}}) {
    const int64_t rows = r, cols = c;
    const Inputs in(rows * cols);
    for (const wz_model* base : {static_cast<const wz_model*>(nullptr), &in.b}) {
      SCOPED_TRACE(std::to_string(rows) + " x " + std::to_string(cols));
      expect_isas_agree_adding(begun(rows * 9), [&](void* gram) {
        return wz_merge_gram_rows(static_cast<double*>(gram), in.x.data(), 3, base, rows, cols, nullptr);
      });
      expect_isas_agree_adding(begun(9 * cols), [&](void* gram) {
        return wz_merge_gram_columns(static_cast<double*>(gram), in.x.data(), 3, base, rows, cols, nullptr);
      });
    }
  }
}

TEST(MergeGram, ThreadsDoNotMatter) {
  const int64_t rows = 311, cols = 1301, n = rows * cols;
  const Inputs in(n);
  const auto run = [&](wz_threads* pool) {
    std::vector<std::vector<double>> grams = {std::vector<double>(9), std::vector<double>(static_cast<size_t>(9 * rows)),
                                              std::vector<double>(static_cast<size_t>(9 * cols)), std::vector<double>(9)};
    EXPECT_EQ(WZ_OK, wz_merge_gram(grams[0].data(), in.x.data(), 3, &in.b, n, pool));
    EXPECT_EQ(WZ_OK, wz_merge_gram_rows(grams[1].data(), in.x.data(), 3, &in.b, rows, cols, pool));
    EXPECT_EQ(WZ_OK, wz_merge_gram_columns(grams[2].data(), in.x.data(), 3, &in.b, rows, cols, pool));
    EXPECT_EQ(WZ_OK, wz_merge_gram_rows(grams[3].data(), in.x.data(), 3, nullptr, 1, n, pool));
    return grams;
  };
  const auto alone = run(nullptr);
  for (int32_t threads : {1, 2, 7}) {
    wz_threads* pool = nullptr;
    ASSERT_EQ(WZ_OK, wz_threads_create(threads, &pool));
    EXPECT_EQ(alone, run(pool)) << threads << " threads";
    wz_threads_free(pool);
  }
}

// Pieces that are multiples of WZ_BLOCK long add up to the bits of the whole.
TEST(MergeGram, PiecesAreTheWhole) {
  const int64_t n = 5 * WZ_BLOCK + 77;
  const Inputs in(n);
  double whole[1] = {}, pieces[1] = {};
  ASSERT_EQ(WZ_OK, wz_merge_gram(whole, in.x.data(), 1, nullptr, n, nullptr));
  for (int64_t i = 0; i < n; i += 2 * WZ_BLOCK) {
    const wz_model piece = {in.arrays[0].as<uint16_t>() + i, WZ_BF16};
    ASSERT_EQ(WZ_OK, wz_merge_gram(pieces, &piece, 1, nullptr, std::min<int64_t>(2 * WZ_BLOCK, n - i), nullptr));
  }
  EXPECT_EQ(whole[0], pieces[0]);
}

TEST(MergeGram, SmallIntegersAreExact) {
  const int64_t n = 3000;
  Array a(WZ_BF16, n), b(WZ_F16, n), base(WZ_F32, n);
  double aa = 0, ab = 0, bb = 0;
  for (int64_t i = 0; i < n; ++i) {
    const double va = static_cast<double>(i % 13), vb = static_cast<double>(i % 7) - 3, v = static_cast<double>(i % 5);
    a.set(i, va);
    b.set(i, vb);
    base.set(i, v);
    aa += (va - v) * (va - v);
    ab += (va - v) * (vb - v);
    bb += (vb - v) * (vb - v);
  }
  const wz_model x[] = {a.model(), b.model()}, with = base.model();
  double gram[4] = {100, 0, 0, 0};
  ASSERT_EQ(WZ_OK, wz_merge_gram(gram, x, 2, &with, n, nullptr));
  EXPECT_EQ(100 + aa, gram[0]);
  EXPECT_EQ(ab, gram[1]);
  EXPECT_EQ(ab, gram[2]);
  EXPECT_EQ(bb, gram[3]);
}

TEST(MergeGram, RefusesWhatItCannotDo) {
  float v[1] = {1};
  double gram[1] = {};
  const wz_model x[] = {{v, WZ_F32}}, integers[] = {{v, WZ_I32}};
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_gram(nullptr, x, 1, nullptr, 1, nullptr), {"wz_merge_gram", "gram", "NULL"});
  expect_refused(WZ_UNSUPPORTED, wz_merge_gram(gram, integers, 1, nullptr, 1, nullptr), {"x[0]", "i32"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_gram_rows(gram, x, 1, nullptr, 1, -2, nullptr), {"wz_merge_gram_rows", "cols", "-2"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_gram_columns(gram, x, -1, nullptr, 1, 1, nullptr), {"wz_merge_gram_columns", "models", "-1"});
}

}  // namespace
}  // namespace wz::test
