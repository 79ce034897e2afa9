// Variance of the deltas over the models.
#include <cmath>
#include <cstring>
#include "op_test.h"

namespace wz::test {
namespace {

TEST(MergeVarianceKeys, EveryInstructionSetAgreesWithTheReference) {
  for (int64_t n : kSizes) {
    for (int models : {1, 2, 5}) {
      for (int32_t arithmetic : kArithmetics) {
        std::vector<Array> x;
        for (int k = 0; k < models; ++k) x.push_back(random_array(kInputTypes[static_cast<size_t>(k) % 4], n, static_cast<uint64_t>(10 + k)));
        const Array base = random_array(WZ_BF16, n, 2);
        const std::vector<wz_model> m = models_of(x);
        const wz_model b = base.model();
        expect_isas_agree(WZ_I32, n, [&](void* out) {
          return wz_merge_variance_keys(static_cast<uint32_t*>(out), m.data(), models, &b, arithmetic, n);
        });
      }
    }
  }
}

TEST(MergeVarianceKeys, IsThePopulationVariance) {
  Array base(WZ_F32, 1), a(WZ_F32, 1), b(WZ_F32, 1), c(WZ_F32, 1);
  base.set(0, 1);
  a.set(0, 2);
  b.set(0, 4);
  c.set(0, 9);
  const std::vector<wz_model> m = {a.model(), b.model(), c.model()};
  const wz_model from = base.model();
  uint32_t key;
  ASSERT_EQ(WZ_OK, wz_merge_variance_keys(&key, m.data(), 3, &from, WZ_ARITHMETIC_F32, 1));
  float variance;
  std::memcpy(&variance, &key, 4);
  EXPECT_FLOAT_EQ(26.0f / 3, variance);
}

}  // namespace
}  // namespace wz::test
