#include <cmath>
#include "op_test.h"

namespace wz::test {
namespace {

struct Size {
  int64_t m, n, k;
};

TEST(Matmul, EveryInstructionSetAgreesWithTheReference) {
  for (const auto& [m, n, k] : std::vector<Size>{{0, 3, 2}, {3, 0, 2}, {3, 2, 0}, {1, 1, 1}, {3, 7, 5}, {4, 16, 8}, {5, 17, 31}, {63, 65, 7}, {131, 33, 64},
                                                 {260, 5, 129}}) {
    for (int32_t transpose : {0, 1}) {
      const Array a = random_array(WZ_F32, m * k, 1), b = random_array(WZ_F32, k * n, 2);
      const int64_t rows = m, cols = n, depth = k;
      expect_isas_agree(WZ_F32, m * n, [&](void* out) {
        return wz_matmul_f32(static_cast<float*>(out), a.as<float>(), b.as<float>(), rows, cols, depth, transpose, nullptr);
      });
    }
  }
}

TEST(Matmul, TransposedOrNotAndWithThreads) {
  constexpr int64_t kM = 300, kN = 21, kK = 40;
  const Array a = smooth_array(WZ_F32, kM * kK, 1), b = smooth_array(WZ_F32, kK * kN, 2);
  Array turned(WZ_F32, kM * kK);
  for (int64_t i = 0; i < kM; ++i)
    for (int64_t l = 0; l < kK; ++l) turned.as<float>()[l * kM + i] = a.as<float>()[i * kK + l];
  wz_threads* pool;
  ASSERT_EQ(WZ_OK, wz_threads_create(3, &pool));
  const Array c = result_of(WZ_F32, kM * kN, [&](void* p) { return wz_matmul_f32(static_cast<float*>(p), a.as<float>(), b.as<float>(), kM, kN, kK, 0, nullptr); });
  const Array t = result_of(WZ_F32, kM * kN, [&](void* p) { return wz_matmul_f32(static_cast<float*>(p), turned.as<float>(), b.as<float>(), kM, kN, kK, 1, pool); });
  wz_threads_free(pool);
  EXPECT_TRUE(same_values(c, t));
  for (int64_t i = 0; i < kM; i += 37) {
    double sum = 0;
    for (int64_t l = 0; l < kK; ++l) sum += a.get(i * kK + l) * b.get(l * kN + 3);
    EXPECT_EQ(static_cast<double>(static_cast<float>(sum)), c.get(i * kN + 3));
  }
}

TEST(Matmul, RefusesBadArguments) {
  float v[4] = {};
  expect_refused(WZ_INVALID_ARGUMENT, wz_matmul_f32(v, v, v, 2, -1, 2, 0, nullptr), {"wz_matmul_f32", "n", "-1"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_matmul_f32(v, nullptr, v, 2, 2, 2, 0, nullptr), {"a", "NULL"});
}

}  // namespace
}  // namespace wz::test
