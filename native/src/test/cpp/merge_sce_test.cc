// SCE: select, calculate, erase.
#include <cmath>
#include <cstring>
#include "op_test.h"

namespace wz::test {
namespace {

wz_gta_model range(float low, float high) {
  wz_gta_model m{};
  m.sparsifier = WZ_KEEP_RANGE;
  std::memcpy(&m.low, &low, 4);
  std::memcpy(&m.high, &high, 4);
  m.low_ties = 2;
  m.high_ties = 1;
  return m;
}

TEST(MergeSce, EveryInstructionSetAgreesWithTheReference) {
  for (int64_t n : kSizes) {
    for (int32_t arithmetic : kArithmetics) {
      for (int models : {1, 2, 4}) {
        std::vector<Array> x;
        for (int k = 0; k < models; ++k) x.push_back(random_array(kInputTypes[static_cast<size_t>(k) % 4], n, static_cast<uint64_t>(30 + k)));
        const Array base = random_array(WZ_F16, n, 2);
        const std::vector<wz_model> m = models_of(x);
        const wz_model b = base.model();
        const wz_gta_model some = range(0.25f, 3), all = {};
        const double weights[] = {0.5, -0.25, 0.3, 1};
        for (const wz_gta_model* select : {&some, &all, static_cast<const wz_gta_model*>(nullptr)}) {
          Array sums(WZ_F64, models);
          for (int k = 0; k < models; ++k) sums.set(k, 0.5);
          expect_isas_agree_adding(sums, [&](void* out) {
            return wz_merge_sce_squares(static_cast<double*>(out), m.data(), models, &b, select, arithmetic, n);
          });
          for (int32_t out_dtype : kOutputTypes) {
            expect_isas_agree(out_dtype, n, [&](void* out) {
              return wz_merge_sce(out, out_dtype, m.data(), models, &b, select, weights, arithmetic, n);
            }, kAnyAlignment);
          }
        }
      }
    }
  }
}

// By hand: deltas (2, 1), (2, -1), (-1, -3), weights 0.75 and 0.25.
TEST(MergeSce, ErasesTheMinority) {
  const double deltas[2][3] = {{2, 2, -1}, {1, -1, -3}};
  Array base(WZ_F32, 3), a(WZ_F32, 3), b(WZ_F32, 3);
  for (int64_t i = 0; i < 3; ++i) {
    base.set(i, 10);
    a.set(i, 10 + deltas[0][i]);
    b.set(i, 10 + deltas[1][i]);
  }
  const std::vector<wz_model> m = {a.model(), b.model()};
  const wz_model from = base.model();
  const double weights[] = {0.75, 0.25};
  const Array out = result_of(WZ_F32, 3, [&](void* p) {
    return wz_merge_sce(p, WZ_F32, m.data(), 2, &from, nullptr, weights, WZ_ARITHMETIC_F32, 3);
  });
  EXPECT_EQ(10 + 0.75 * 2 + 0.25 * 1, out.get(0));
  EXPECT_EQ(10 + 2, out.get(1));  // only a agrees with the sign of 2 - 1
  EXPECT_EQ(10 - 0.75 * 1 - 0.25 * 3, out.get(2));
  double squares[2] = {};
  ASSERT_EQ(WZ_OK, wz_merge_sce_squares(squares, m.data(), 2, &from, nullptr, WZ_ARITHMETIC_F32, 3));
  EXPECT_EQ(9, squares[0]);
  EXPECT_EQ(11, squares[1]);
}

TEST(MergeSce, RefusesBadArguments) {
  const Array x = smooth_array(WZ_F32, 3, 1);
  Array out(WZ_F32, 3);
  const wz_model m = x.model();
  const double weight = 1;
  wz_gta_model select{};
  select.sparsifier = WZ_KEEP_RANDOM;
  expect_refused(WZ_UNSUPPORTED, wz_merge_sce(out.data(), WZ_F32, &m, 1, &m, &select, &weight, 0, 3), {"wz_merge_sce", "select.sparsifier", "2"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_sce(out.data(), WZ_F32, &m, 1, &m, nullptr, nullptr, 0, 3), {"weights"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_sce(out.data(), WZ_F32, &m, 0, &m, nullptr, &weight, 0, 3), {"models", "0"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_sce_squares(nullptr, &m, 1, &m, nullptr, 0, 3), {"wz_merge_sce_squares", "sums"});
}

}  // namespace
}  // namespace wz::test
