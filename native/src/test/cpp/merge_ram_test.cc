#include <cmath>
#include "op_test.h"

namespace wz::test {
namespace {

TEST(MergeRam, EveryInstructionSetAgreesWithTheReference) {
  for (int64_t n : kSizes) {
    for (int models : {1, 2, 3}) {
      std::vector<Array> x;
      for (int k = 0; k < models; ++k) x.push_back(random_array(kInputTypes[static_cast<size_t>(k) + 1], n, static_cast<uint64_t>(50 + k)));
      const Array base = random_array(WZ_F32, n, 2);
      const std::vector<wz_model> m = models_of(x);
      const wz_model b = base.model();
      const double scale[] = {1.1, 0.7, 1.3};
      for (int32_t arithmetic : kArithmetics) {
        for (double epsilon : {0.0, 1.0}) {
          Array counts(WZ_I64, 2 * models);
          for (int64_t i = 0; i < counts.size(); ++i) counts.as<int64_t>()[i] = 100 * i;
          expect_isas_agree_adding(counts, [&](void* out) {
            return wz_merge_ram_counts(static_cast<int64_t*>(out), m.data(), models, &b, epsilon, arithmetic, n);
          });
          for (const double* s : {scale, static_cast<const double*>(nullptr)}) {
            const int32_t out_dtype = kOutputTypes[static_cast<size_t>(n) % 3];
            expect_isas_agree(out_dtype, n, [&](void* out) {
              return wz_merge_ram(out, out_dtype, m.data(), models, &b, epsilon, s, arithmetic, n);
            }, kAnyAlignment);
          }
        }
      }
    }
  }
}

TEST(MergeRam, TakesUniqueChangesAndAveragesSharedOnes) {
  const double deltas[2][4] = {{0.5, 0.005, 1, 0}, {0, 0, 3, -2}};
  Array base(WZ_F32, 4), a(WZ_F32, 4), b(WZ_F32, 4);
  for (int64_t i = 0; i < 4; ++i) {
    base.set(i, 1);
    a.set(i, 1 + deltas[0][i]);
    b.set(i, 1 + deltas[1][i]);
  }
  const std::vector<wz_model> m = {a.model(), b.model()};
  const wz_model from = base.model();
  const double scale[] = {2, 4};
  const Array out = result_of(WZ_F32, 4, [&](void* p) { return wz_merge_ram(p, WZ_F32, m.data(), 2, &from, 0.01, nullptr, 0, 4); });
  const Array scaled = result_of(WZ_F32, 4, [&](void* p) { return wz_merge_ram(p, WZ_F32, m.data(), 2, &from, 0.01, scale, 0, 4); });
  const double expected[] = {1.5, 1, 3, -1}, expected_scaled[] = {2, 1, 3, -7};
  for (int64_t i = 0; i < 4; ++i) {
    EXPECT_EQ(expected[i], out.get(i));
    EXPECT_EQ(expected_scaled[i], scaled.get(i));
  }
  int64_t counts[4] = {};
  ASSERT_EQ(WZ_OK, wz_merge_ram_counts(counts, m.data(), 2, &from, 0.01, 0, 4));
  EXPECT_EQ(1, counts[0]);
  EXPECT_EQ(1, counts[1]);
  EXPECT_EQ(1, counts[2]);
  EXPECT_EQ(1, counts[3]);
}

TEST(MergeRam, RefusesBadArguments) {
  const Array x = smooth_array(WZ_F32, 3, 1);
  Array out(WZ_F32, 3);
  const wz_model m = x.model();
  const double nan = std::nan("");
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_ram(out.data(), WZ_F32, &m, 1, &m, nan, nullptr, 0, 3), {"wz_merge_ram", "epsilon"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_ram(out.data(), WZ_F32, &m, 1, &m, 0, &nan, 0, 3), {"scale[0]", "NaN"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_ram_counts(nullptr, &m, 1, &m, 0, 0, 3), {"wz_merge_ram_counts", "counts"});
}

}  // namespace
}  // namespace wz::test
