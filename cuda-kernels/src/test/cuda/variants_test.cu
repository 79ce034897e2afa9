// The table of variants: described, switched off and on; the build of the library.
#include <gtest/gtest.h>
#include <set>
#include <string>
#include "common/variants.h"
#include "wootz/cuda_variants.h"

namespace {

TEST(Variants, EachOperationHasAGenericOneThatStays) {
  std::set<std::string> operations, generic, names;
  ASSERT_GT(wz_cuda_variants(), 0);
  for (int32_t i = 0; i < wz_cuda_variants(); ++i) {
    wz_cuda_variant v;
    ASSERT_EQ(wz_cuda_variant_describe(i, &v), WZ_OK);
    operations.insert(v.operation);
    EXPECT_TRUE(names.insert(std::string(v.operation) + " " + v.name).second) << v.operation << " " << v.name << " twice";
    EXPECT_NE(std::string(v.serves), "");
    EXPECT_GE(v.capability, 80);
    EXPECT_EQ(v.enabled, 1);
    if (v.generic) {
      generic.insert(v.operation);
      EXPECT_EQ(wz_cuda_variant_enable(i, 0), WZ_UNSUPPORTED);
      EXPECT_NE(std::string(wz_cuda_last_error()).find(v.operation), std::string::npos) << wz_cuda_last_error();
    }
  }
  EXPECT_EQ(operations, generic);
}

TEST(Variants, AreSwitchedOffAndOn) {
  for (int32_t i = 0; i < wz_cuda_variants(); ++i) {
    wz_cuda_variant v;
    ASSERT_EQ(wz_cuda_variant_describe(i, &v), WZ_OK);
    if (v.generic) continue;
    for (const int32_t on : {0, 1}) {
      ASSERT_EQ(wz_cuda_variant_enable(i, on), WZ_OK);
      EXPECT_EQ(wz::cuda::enabled(static_cast<wz::cuda::Variant>(i)), on == 1);
      ASSERT_EQ(wz_cuda_variant_describe(i, &v), WZ_OK);
      EXPECT_EQ(v.enabled, on);
    }
  }
}

TEST(Variants, RefusesWhatIsNoVariant) {
  wz_cuda_variant v;
  for (const int32_t i : {-1, wz_cuda_variants()}) {
    EXPECT_EQ(wz_cuda_variant_describe(i, &v), WZ_INVALID_ARGUMENT);
    EXPECT_EQ(wz_cuda_variant_enable(i, 1), WZ_INVALID_ARGUMENT);
  }
  EXPECT_EQ(wz_cuda_variant_describe(0, nullptr), WZ_INVALID_ARGUMENT);
}

TEST(Variants, ABuildHasHexadecimalDigits) {
  const std::string build = wz_cuda_build();
  EXPECT_EQ(build.find_first_not_of("0123456789abcdef"), std::string::npos) << build;
  EXPECT_GE(build.size(), 16u) << "linked without a build id?";
}

}  // namespace
