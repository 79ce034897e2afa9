// Arcee Fusion: importance scores against a float64 computation, and the merge.
#include <cmath>
#include <cstring>
#include "op_test.h"

namespace wz::test {
namespace {

TEST(MergeFusionKeys, EveryInstructionSetAgreesWithTheReference) {
  for (const auto& [rows, cols] : std::vector<std::pair<int64_t, int64_t>>{{0, 3}, {1, 1}, {3, 1}, {2, 7}, {3, 31}, {2, 65}, {2, 257}, {2, 1023},
                                                                           {1, 1025}, {1, 4097}}) {
    const int64_t n = rows * cols;
    for (int32_t dtype : kInputTypes) {
      for (int32_t arithmetic : kArithmetics) {
        for (bool awkward : {false, true}) {
          const Array x = awkward ? random_array(dtype, n, 1) : smooth_array(dtype, n, 1, 0.1);
          const Array base = awkward ? random_array(WZ_F32, n, 2) : smooth_array(WZ_F32, n, 2, 0.1);
          const wz_model a = x.model(), b = base.model();
          const int64_t r = rows, c = cols;
          expect_isas_agree(WZ_I32, n, [&](void* out) { return wz_merge_fusion_keys(static_cast<uint32_t*>(out), &a, &b, arithmetic, r, c); });
        }
      }
    }
  }
}

// The float of a key.
float score(uint32_t key) {
  const uint32_t bits = (key & 0x80000000u) != 0 ? key ^ 0x80000000u : ~key;
  float v;
  std::memcpy(&v, &bits, 4);
  return v;
}

TEST(MergeFusionKeys, IsDeltaTimesDivergence) {
  constexpr int64_t kRows = 3, kCols = 200;
  const Array x = smooth_array(WZ_F32, kRows * kCols, 1), base = smooth_array(WZ_F32, kRows * kCols, 2);
  const wz_model a = x.model(), b = base.model();
  std::vector<uint32_t> key(static_cast<size_t>(kRows * kCols));
  ASSERT_EQ(WZ_OK, wz_merge_fusion_keys(key.data(), &a, &b, WZ_ARITHMETIC_F64, kRows, kCols));
  for (int64_t r = 0; r < kRows; ++r) {
    double sum_x = 0, sum_b = 0, divergence = 0;
    for (int64_t i = r * kCols; i < (r + 1) * kCols; ++i) {
      sum_x += std::exp(x.get(i));
      sum_b += std::exp(base.get(i));
    }
    for (int64_t i = r * kCols; i < (r + 1) * kCols; ++i) {
      const double p = std::exp(x.get(i)) / sum_x + 1e-8, q = std::exp(base.get(i)) / sum_b + 1e-8;
      divergence += p * std::log(p / q);
    }
    for (int64_t i = r * kCols; i < (r + 1) * kCols; ++i) {
      const double expected = std::fabs(x.get(i) - base.get(i)) * divergence;
      EXPECT_NEAR(expected, score(key[static_cast<size_t>(i)]), 1e-7 * expected);
    }
  }
}

TEST(MergeFusion, EveryInstructionSetAgreesWithTheReference) {
  for (int64_t n : kSizes) {
    for (int32_t dtype : kInputTypes) {
      for (int32_t arithmetic : kArithmetics) {
        const Array x = random_array(dtype, n, 1), base = random_array(WZ_F32, n, 2), key = random_array(WZ_I32, n, 3);
        const wz_model a = x.model(), b = base.model();
        for (int32_t out_dtype : kOutputTypes) {
          expect_isas_agree(out_dtype, n, [&](void* out) {
            return wz_merge_fusion(out, out_dtype, &a, &b, key.as<uint32_t>(), 20, arithmetic, n);
          }, kAnyAlignment);
        }
      }
    }
  }
}

TEST(MergeFusion, AddsTheDeltaFromTheThresholdOn) {
  const Array x = smooth_array(WZ_F32, 4, 1), base = smooth_array(WZ_F32, 4, 2);
  const wz_model a = x.model(), b = base.model();
  const uint32_t key[] = {5, 6, 0xFFFFFFFFu, 0};
  const Array out = result_of(WZ_F32, 4, [&](void* p) { return wz_merge_fusion(p, WZ_F32, &a, &b, key, 6, WZ_ARITHMETIC_F64, 4); });
  for (int64_t i = 0; i < 4; ++i) EXPECT_EQ((key[i] >= 6 ? x : base).get(i), out.get(i));
}

TEST(MergeFusion, RefusesBadArguments) {
  const Array x = smooth_array(WZ_F32, 4, 1);
  Array out(WZ_F32, 4);
  const wz_model m = x.model();
  uint32_t key[4] = {};
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_fusion(out.data(), WZ_F32, &m, &m, nullptr, 0, 0, 4), {"wz_merge_fusion", "key"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_fusion_keys(key, &m, &m, 0, 2, -2), {"wz_merge_fusion_keys", "cols", "-2"});
}

}  // namespace
}  // namespace wz::test
