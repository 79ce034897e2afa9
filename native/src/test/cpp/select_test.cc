// Order statistics over keys, against sorting and counting.
#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>
#include "op_test.h"

namespace wz::test {
namespace {

// Keys of several kinds: any 32 bits; few different ones; one only; ascending; those of bf16 differences.
std::vector<uint32_t> keys(int kind, int64_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint32_t> k(static_cast<size_t>(n));
  for (size_t i = 0; i < k.size(); ++i) {
    const auto r = static_cast<uint32_t>(random());
    const uint32_t kinds[] = {r, r % 7 * 0x00810000u, 0x3F800000u, static_cast<uint32_t>(i) * 65537u, (r % 64 + 0x3A00u) << 16 | (r >> 20 & 3u) << 14};
    k[i] = kinds[kind];
  }
  return k;
}
constexpr int kKinds = 5;

Array array_of(const std::vector<uint32_t>& k) {
  Array a(WZ_I32, static_cast<int64_t>(k.size()));
  if (!k.empty()) std::memcpy(a.data(), k.data(), 4 * k.size());
  return a;
}

void each(const std::function<void(const std::vector<uint32_t>& key, const Array& array, uint32_t some)>& f) {
  for (int kind = 0; kind < kKinds; ++kind) {
    for (int64_t n : {0, 1, 3, 7, 31, 63, 65, 257, 1023, 1025, 4097, 100003}) {
      SCOPED_TRACE("kind " + std::to_string(kind) + ", n = " + std::to_string(n));
      const std::vector<uint32_t> k = keys(kind, n, static_cast<uint64_t>(n) + 1);
      f(k, array_of(k), k.empty() ? 0 : k[k.size() / 2]);
    }
  }
}

TEST(SelectHistogram, CountsBothLevels) {
  each([](const std::vector<uint32_t>& key, const Array& array, uint32_t some) {
    const auto n = static_cast<int64_t>(key.size());
    for (int32_t level : {0, 1}) {
      Array histogram(WZ_I64, 65536);
      std::vector<int64_t> expected(65536);
      for (size_t b = 0; b < expected.size(); ++b) histogram.as<int64_t>()[b] = expected[b] = static_cast<int64_t>(b % 3);
      for (uint32_t k : key) {
        if (level == 0) ++expected[k >> 16];
        if (level == 1 && k >> 16 == some >> 16) ++expected[k & 0xFFFF];
      }
      const auto run = [&](void* out) { return wz_select_histogram(static_cast<int64_t*>(out), array.as<uint32_t>(), n, level, some >> 16); };
      expect_isas_agree_adding(histogram, run);
      Array counted = histogram;
      ASSERT_EQ(WZ_OK, run(counted.data()));
      EXPECT_EQ(0, std::memcmp(counted.data(), expected.data(), 8 * expected.size()));
    }
  });
}

TEST(SelectCount, CountsBelowEqualAbove) {
  each([](const std::vector<uint32_t>& key, const Array& array, uint32_t some) {
    for (uint32_t value : {some, 0u, 0xFFFFFFFFu, 0x80000000u}) {
      Array counts(WZ_I64, 3);
      const int64_t expected[] = {5 + std::count_if(key.begin(), key.end(), [&](uint32_t k) { return k < value; }),
                                  6 + std::count(key.begin(), key.end(), value),
                                  7 + std::count_if(key.begin(), key.end(), [&](uint32_t k) { return k > value; })};
      for (int64_t i = 0; i < 3; ++i) counts.as<int64_t>()[i] = 5 + i;
      const auto run = [&](void* out) {
        return wz_select_count(static_cast<int64_t*>(out), array.as<uint32_t>(), static_cast<int64_t>(key.size()), value);
      };
      expect_isas_agree_adding(counts, run);
      ASSERT_EQ(WZ_OK, run(counts.data()));
      EXPECT_EQ(0, std::memcmp(counts.data(), expected, sizeof expected));
    }
  });
}

TEST(SelectBetween, FindsTheKeysInOrderAndCountsTheOthers) {
  each([](const std::vector<uint32_t>& key, const Array& array, uint32_t some) {
    const uint32_t bounds[][2] = {{0, 0xFFFFFFFFu}, {0, 0},     {0xFFFFFFFFu, 0xFFFFFFFFu}, {some, some}, {some, some + 1},
                                  {some / 2, some}, {some, 0xFFFFFFFFu}, {0x3A000000u, 0x3A100000u}};
    for (const auto& [low, high] : bounds) {
      if (low > high) continue;
      std::vector<uint32_t> expected;
      int64_t counted[5] = {1, 2, 3, 4, 5};
      for (uint32_t k : key) {
        if (k > low && k < high) expected.push_back(k);
        ++counted[k < low ? 0 : k == low ? 1 : k < high ? 2 : k == high ? 3 : 4];
      }
      const auto inside = static_cast<int64_t>(expected.size());
      for (int64_t capacity : {inside + 100, inside, inside / 2, int64_t{0}}) {
        std::vector<std::string> isas = fast_isas();
        isas.push_back("reference");
        for (const std::string& isa : isas) {
          const UseIsa use(isa);
          Array found(WZ_I32, capacity);
          int64_t counts[] = {1, 2, 3, 4, 5};
          ASSERT_EQ(WZ_OK, wz_select_between(found.as<uint32_t>(), capacity, counts, array.as<uint32_t>(), array.size(), low, high));
          EXPECT_TRUE(found.guards_intact()) << isa << " has written past the capacity";
          for (int c = 0; c < 5; ++c) EXPECT_EQ(counted[c], counts[c]) << isa << " count " << c;
          const size_t written = static_cast<size_t>(std::min(capacity, inside));
          EXPECT_TRUE(std::equal(expected.begin(), expected.begin() + static_cast<int64_t>(written), found.as<uint32_t>())) << isa;
        }
      }
    }
  });
}

TEST(SelectRank, FindsTheKeyAndCountsInEveryPiece) {
  each([](const std::vector<uint32_t>& key, const Array& array, uint32_t) {
    const auto n = static_cast<int64_t>(key.size());
    if (n == 0) return;
    std::vector<uint32_t> sorted = key;
    std::sort(sorted.begin(), sorted.end());
    const std::vector<int64_t> lengths = {n / 3, 0, n / 2, n - n / 3 - n / 2};
    std::vector<std::string> isas = fast_isas();
    isas.push_back("reference");
    for (int64_t rank : {int64_t{0}, n / 3, n / 2, n - 1}) {
      const uint32_t expected = sorted[static_cast<size_t>(rank)];
      for (const std::string& isa : isas) {
        const UseIsa use(isa);
        uint32_t found = ~expected;
        int64_t below[] = {-1, -1, -1, -1};
        int64_t equal[] = {-1, -1, -1, -1};
        ASSERT_EQ(WZ_OK, wz_select_rank(&found, below, equal, array.as<uint32_t>(), lengths.data(), 4, rank));
        EXPECT_EQ(expected, found) << isa << " rank " << rank;
        auto from = key.begin();
        for (size_t p = 0; p < lengths.size(); from += lengths[p++]) {
          EXPECT_EQ(std::count(from, from + lengths[p], expected), equal[p]) << isa << " piece " << p;
          EXPECT_EQ(std::count_if(from, from + lengths[p], [&](uint32_t k) { return k < expected; }), below[p]) << isa << " piece " << p;
        }
      }
    }
  });
}

TEST(Select, RefusesBadArguments) {
  const uint32_t key[] = {1, 2, 3};
  int64_t counts[5] = {};
  std::vector<int64_t> histogram(65536);
  expect_refused(WZ_INVALID_ARGUMENT, wz_select_histogram(histogram.data(), key, 3, 2, 0), {"wz_select_histogram", "level", "2"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_select_histogram(nullptr, key, 3, 0, 0), {"histogram", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_select_count(counts, nullptr, 3, 0), {"wz_select_count", "key", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_select_count(counts, key, -3, 0), {"n", "-3"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_select_between(nullptr, 0, counts, key, 3, 5, 4), {"wz_select_between", "low", "5", "4"});
  uint32_t found = 0;
  const int64_t lengths[] = {2, 1};
  const int64_t negative[] = {2, -1};
  expect_refused(WZ_INVALID_ARGUMENT, wz_select_rank(&found, counts, counts + 2, key, lengths, 2, 3), {"wz_select_rank", "rank", "3"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_select_rank(&found, counts, counts + 2, key, lengths, 2, -1), {"wz_select_rank", "rank", "-1"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_select_rank(&found, counts, counts + 2, key, negative, 2, 0), {"wz_select_rank", "lengths", "-1"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_select_rank(&found, counts, nullptr, key, lengths, 2, 0), {"wz_select_rank", "equal", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_select_between(nullptr, 1, counts, key, 3, 4, 5), {"found", "NULL"});
}

}  // namespace
}  // namespace wz::test
