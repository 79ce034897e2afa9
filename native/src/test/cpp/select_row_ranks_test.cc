// Ranks within rows, against a stable sort: all kinds of rows that the fast paths tell apart.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include "op_test.h"

namespace wz::test {
namespace {

uint32_t bits_of(float v) {
  uint32_t b;
  std::memcpy(&b, &v, 4);
  return b;
}

float bf16(float v) {
  uint16_t h;
  float back;
  EXPECT_EQ(WZ_OK, wz_convert(&h, WZ_BF16, &v, WZ_F32, 1));
  EXPECT_EQ(WZ_OK, wz_convert(&back, WZ_F32, &h, WZ_BF16, 1));
  return back;
}

enum Kind { kAnyBits, kNormal, kTunedBf16, kUnrelatedBf16, kZeros, kFewValues, kHeavyTails, kAscending, kDescending, kOneBucket, kTwoScales, kKinds };

uint32_t key(Kind kind, int64_t i, int64_t n, std::mt19937_64& random) {
  std::normal_distribution<float> normal;
  const auto magnitude = [](float v) { return bits_of(std::fabs(v)); };
  switch (kind) {
    case kAnyBits: return static_cast<uint32_t>(random());
    case kNormal: return magnitude(normal(random));
    case kTunedBf16: {
      const float b = bf16(0.02f * normal(random));
      return magnitude(bf16(b + 0.001f * normal(random)) - b);
    }
    case kUnrelatedBf16: return magnitude(bf16(0.02f * normal(random)) - bf16(0.02f * normal(random)));
    case kZeros: return random() % 8 == 0 ? magnitude(normal(random)) : 0;
    case kFewValues: return bits_of(static_cast<float>(random() % 3));
    case kHeavyTails: return magnitude(std::pow(normal(random), 15.0f));
    case kAscending: return static_cast<uint32_t>(i) * 3;
    case kDescending: return static_cast<uint32_t>(n - i) << 8;
    case kOneBucket: return 0x3F800000u + static_cast<uint32_t>(random() % 512);  // closer together than any bucket is wide, but for one
    default: {  // far apart, on both sides of any window; few bits
      const auto steps = static_cast<float>(random() % 64 + 64);
      return magnitude(random() % 2 == 0 ? steps * 0x1p-100f : steps * 0x1p80f);
    }
  }
}

void expect_ranks(const std::vector<uint32_t>& k, int64_t rows, int64_t cols) {
  Array key(WZ_I32, rows * cols), expected(WZ_I32, rows * cols);
  if (!k.empty()) std::memcpy(key.data(), k.data(), 4 * k.size());
  for (int64_t r = 0; r < rows; ++r) {
    std::vector<uint32_t> order(static_cast<size_t>(cols));
    std::iota(order.begin(), order.end(), 0u);
    const uint32_t* row = k.data() + r * cols;
    std::stable_sort(order.begin(), order.end(), [row](uint32_t a, uint32_t b) { return row[a] < row[b]; });
    for (size_t j = 0; j < order.size(); ++j) expected.as<uint32_t>()[r * cols + order[j]] = static_cast<uint32_t>(j);
  }
  const auto run = [&](void* out) { return wz_select_row_ranks(static_cast<uint32_t*>(out), key.as<uint32_t>(), rows, cols); };
  expect_isas_agree(WZ_I32, rows * cols, run);
  EXPECT_TRUE(same_values(expected, result_of(WZ_I32, rows * cols, run)));
}

TEST(SelectRowRanks, AreThoseOfAStableSort) {
  for (int kind = 0; kind < kKinds; ++kind) {
    for (const auto& [rows, cols] : std::vector<std::pair<int64_t, int64_t>>{{0, 5}, {4, 1}, {3, 2}, {5, 7}, {2, 31}, {3, 63}, {2, 64}, {2, 65},
                                                                             {2, 257}, {3, 1023}, {2, 1024}, {2, 1025}, {2, 3072}, {1, 4097},
                                                                             {1, 9728}, {1, 65535}, {1, 65536}, {1, 70001}}) {
      SCOPED_TRACE("kind " + std::to_string(kind) + ", [" + std::to_string(rows) + ", " + std::to_string(cols) + "]");
      std::mt19937_64 random(static_cast<uint64_t>(cols));
      std::vector<uint32_t> k;
      for (int64_t i = 0; i < rows * cols; ++i) k.push_back(key(static_cast<Kind>(kind), i % cols, cols, random));
      expect_ranks(k, rows, cols);
    }
  }
}

TEST(SelectRowRanks, OutliersAndExtremes) {
  std::mt19937_64 random(1);
  std::vector<uint32_t> k(2048);
  for (uint32_t& v : k) v = bits_of(std::fabs(std::normal_distribution<float>()(random)));
  for (uint32_t extreme : {0u, 1u, 0x00800000u, 0x7F7FFFFFu, 0x7F800000u, 0x7F800001u, 0xFFFFFFFFu}) {
    for (size_t place : {size_t{0}, size_t{1000}, k.size() - 1}) {
      std::vector<uint32_t> with = k;
      with[place] = extreme;
      expect_ranks(with, 1, 2048);
    }
  }
}

TEST(SelectRowRanks, RefusesBadArguments) {
  uint32_t key[4] = {};
  expect_refused(WZ_INVALID_ARGUMENT, wz_select_row_ranks(nullptr, key, 2, 2), {"wz_select_row_ranks", "rank", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_select_row_ranks(key, key, -1, 2), {"rows", "-1"});
}

}  // namespace
}  // namespace wz::test
