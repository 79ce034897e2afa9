// Selection by the magnitude of deltas, against its two halves.
#include <algorithm>
#include <cstring>
#include "op_test.h"

namespace wz::test {
namespace {

TEST(MergeDeltaBetween, DoesWhatKeysAndSelectionDo) {
  for (int64_t n : kSizes) {
    for (int32_t dtype : kInputTypes) {
      for (int32_t arithmetic : kArithmetics) {
        SCOPED_TRACE("n = " + std::to_string(n) + ", dtype " + std::to_string(dtype) + ", arithmetic " + std::to_string(arithmetic));
        const Array x = random_array(dtype, n, 1), base = random_array(kInputTypes[static_cast<size_t>(n) % 4], n, 2);
        const wz_model a = x.model(), b = base.model();
        std::vector<uint32_t> key(static_cast<size_t>(n));
        ASSERT_EQ(WZ_OK, wz_merge_delta_keys(key.data(), &a, &b, arithmetic, n));
        std::vector<uint32_t> sorted = key;
        std::sort(sorted.begin(), sorted.end());
        const uint32_t low = n == 0 ? 0 : sorted[sorted.size() / 3], high = n == 0 ? 0 : sorted[2 * sorted.size() / 3];
        for (int64_t capacity : {n, n / 5, int64_t{0}}) {
          std::vector<std::string> isas = fast_isas();
          isas.push_back("reference");
          for (const std::string& isa : isas) {
            const UseIsa use(isa);
            Array expected(WZ_I32, capacity), found(WZ_I32, capacity);
            int64_t halves[] = {1, 2, 3, 4, 5}, counts[] = {1, 2, 3, 4, 5};
            ASSERT_EQ(WZ_OK, wz_select_between(expected.as<uint32_t>(), capacity, halves, key.data(), n, low, high));
            ASSERT_EQ(WZ_OK, wz_merge_delta_between(found.as<uint32_t>(), capacity, counts, &a, &b, arithmetic, n, low, high));
            EXPECT_TRUE(found.guards_intact()) << isa << " has written past the capacity";
            for (int c = 0; c < 5; ++c) EXPECT_EQ(halves[c], counts[c]) << isa << " count " << c;
            const size_t written = static_cast<size_t>(std::min(capacity, counts[2] - 3));
            EXPECT_TRUE(written == 0 || std::memcmp(expected.data(), found.data(), 4 * written) == 0) << isa;
          }
        }
      }
    }
  }
}

TEST(MergeDeltaBetween, RefusesBadArguments) {
  const Array x = smooth_array(WZ_F32, 3, 1);
  uint32_t found[3];
  int64_t counts[5] = {};
  const wz_model a = x.model();
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_delta_between(found, 3, counts, &a, nullptr, 0, 3, 0, 1), {"wz_merge_delta_between", "base"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_delta_between(found, 3, counts, &a, &a, 0, 3, 5, 4), {"low", "5", "4"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_delta_between(nullptr, 1, counts, &a, &a, 0, 3, 4, 5), {"found", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_delta_between(found, 3, nullptr, &a, &a, 0, 3, 4, 5), {"counts", "NULL"});
}

}  // namespace
}  // namespace wz::test
