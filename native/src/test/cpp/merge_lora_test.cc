#include <cmath>
#include "op_test.h"

namespace wz::test {
namespace {

struct Size {
  int64_t rows, cols, rank;
};

TEST(MergeLora, EveryInstructionSetAgreesWithTheReference) {
  for (const auto& [rows, cols, rank] : std::vector<Size>{{0, 5, 2}, {1, 1, 1}, {3, 7, 0}, {5, 31, 3}, {4, 16, 16}, {7, 65, 8}, {131, 33, 5}, {2, 1025, 16},
                                                          {3, 4097, 2}}) {
    const Array b = random_array(WZ_F32, rows * rank, 1), a = random_array(WZ_F32, rank * cols, 2);
    for (int32_t dtype : kInputTypes) {
      const Array w = random_array(dtype, rows * cols, 3, 2);
      for (int32_t out_dtype : kOutputTypes) {
        const int64_t r = rows, c = cols, k = rank;
        expect_isas_agree(out_dtype, rows * cols, [&](void* out) {
          return wz_merge_lora(out, out_dtype, w.data(), w.dtype(), b.as<float>(), a.as<float>(), 0.37, r, c, k, nullptr);
        }, kAnyAlignment);
      }
    }
  }
}

TEST(MergeLora, AddsTheScaledProductWithAnyNumberOfThreads) {
  constexpr int64_t kRows = 400, kCols = 50, kRank = 12;
  const Array w = smooth_array(WZ_BF16, kRows * kCols, 3), b = smooth_array(WZ_F32, kRows * kRank, 1), a = smooth_array(WZ_F32, kRank * kCols, 2);
  const auto run = [&](wz_threads* pool) {
    return result_of(WZ_F32, kRows * kCols, [&](void* out) {
      return wz_merge_lora(out, WZ_F32, w.data(), WZ_BF16, b.as<float>(), a.as<float>(), 2, kRows, kCols, kRank, pool);
    });
  };
  wz_threads* pool;
  ASSERT_EQ(WZ_OK, wz_threads_create(3, &pool));
  const Array alone = run(nullptr), together = run(pool);
  wz_threads_free(pool);
  EXPECT_TRUE(same_values(alone, together));
  for (int64_t i = 0; i < kRows; i += 41) {
    double sum = 0;
    for (int64_t r = 0; r < kRank; ++r) sum += b.get(i * kRank + r) * a.get(r * kCols + 7);
    EXPECT_EQ(static_cast<double>(static_cast<float>(w.get(i * kCols + 7) + 2 * sum)), alone.get(i * kCols + 7));
  }
}

TEST(MergeLora, RefusesBadArguments) {
  float v[4] = {};
  expect_refused(WZ_UNSUPPORTED, wz_merge_lora(v, WZ_I32, v, WZ_F32, v, v, 1, 2, 2, 1, nullptr), {"wz_merge_lora", "out", "i32"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_lora(v, WZ_F32, v, WZ_F32, v, nullptr, 1, 2, 2, 1, nullptr), {"a", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_lora(v, WZ_F32, v, WZ_F32, v, v, std::nan(""), 2, 2, 1, nullptr), {"scale", "NaN"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_lora(v, WZ_F32, v, WZ_F32, v, v, 1, 2, 2, -1, nullptr), {"rank", "-1"});
}

}  // namespace
}  // namespace wz::test
