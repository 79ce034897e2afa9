// Philox against the known-answer vectors of Random123, MT19937 against those of its authors and of the C++ standard; the normal deviates
// against the library's logarithm and cosine.
#include <cmath>
#include <cstring>
#include <random>
#include "base/philox.h"
#include "op_test.h"

namespace wz::test {
namespace {

TEST(Philox, KnownAnswers) {
  struct Case {
    uint32_t counter[4], key[2], words[4];
  };
  // kat_vectors of Random123, philox4x32 with 10 rounds.
  const Case cases[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}}};
  for (const Case& c : cases) {
    uint32_t words[4];
    philox4x32(words, c.counter, c.key[0], c.key[1]);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(c.words[i], words[i]);
  }
  uint32_t words[4];
  ASSERT_EQ(WZ_OK, wz_philox_words(words, 0, 0, 4));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(cases[0].words[i], words[i]);
}

constexpr uint64_t kKey = 0x9E3779B97F4A7C15u;

TEST(Philox, InstructionSetsAgree) {
  for (int64_t n : kSizes) {
    // Also across the carry from the low to the high word of the counter.
    for (int64_t first : {int64_t{0}, int64_t{1}, int64_t{1026}, (int64_t{1} << 34) - 41, (int64_t{1} << 62) + 3}) {
      SCOPED_TRACE("n " + std::to_string(n) + ", first " + std::to_string(first));
      expect_isas_agree(WZ_I32, n, [&](void* out) { return wz_philox_words(static_cast<uint32_t*>(out), kKey, first, n); });
      expect_isas_agree(WZ_F32, n, [&](void* out) { return wz_philox_uniform(static_cast<float*>(out), kKey, first, n); });
      for (int32_t dtype : kOutputTypes) {
        expect_isas_agree(dtype, n, [&](void* out) { return wz_philox_normal(out, dtype, kKey, first, n, 0.5, 2); }, kAnyAlignment);
      }
    }
  }
}

TEST(Philox, AnyPieceIsThatPieceOfTheSequence) {
  constexpr int64_t n = 3000;
  Array words(WZ_I32, n), normal(WZ_F32, n);
  ASSERT_EQ(WZ_OK, wz_philox_words(words.as<uint32_t>(), kKey, 0, n));
  ASSERT_EQ(WZ_OK, wz_philox_normal(normal.data(), WZ_F32, kKey, 0, n, 0, 1));
  for (int64_t first : {1, 2, 3, 255, 257, 1999}) {
    Array piece(WZ_I32, n - first), normal_piece(WZ_F32, n - first);
    ASSERT_EQ(WZ_OK, wz_philox_words(piece.as<uint32_t>(), kKey, first, n - first));
    ASSERT_EQ(WZ_OK, wz_philox_normal(normal_piece.data(), WZ_F32, kKey, first, n - first, 0, 1));
    EXPECT_EQ(0, std::memcmp(words.as<uint32_t>() + first, piece.data(), static_cast<size_t>(piece.bytes()))) << first;
    EXPECT_EQ(0, std::memcmp(normal.as<float>() + first, normal_piece.data(), static_cast<size_t>(piece.bytes()))) << first;
  }
}

TEST(Philox, UniformAndNormalFromTheirWords) {
  constexpr int64_t n = 100000;
  std::vector<uint32_t> words(n);
  std::vector<float> uniform(n), normal(n);
  ASSERT_EQ(WZ_OK, wz_philox_words(words.data(), kKey, 0, n));
  ASSERT_EQ(WZ_OK, wz_philox_uniform(uniform.data(), kKey, 0, n));
  ASSERT_EQ(WZ_OK, wz_philox_normal(normal.data(), WZ_F32, kKey, 0, n, 0, 1));
  const double pi = std::acos(-1.0);
  double sum = 0, squares = 0;
  for (size_t i = 0; i < n; ++i) {
    ASSERT_EQ(static_cast<float>(words[i] >> 8) / 16777216.0f, uniform[i]);
    const double u = (words[i / 2 * 2] + 1.0) * 0x1p-32, v = words[i / 2 * 2 + 1] * 0x1p-32;
    const double expected = std::sqrt(-2 * std::log(u)) * (i % 2 == 0 ? std::cos(2 * pi * v) : std::sin(2 * pi * v));
    // One rounding to float32, and near zeros of the trigonometric functions the rounding of 2 pi v.
    ASSERT_NEAR(expected, normal[i], std::fabs(expected) * 0x1p-24 + 1e-14) << i;
    sum += normal[i];
    squares += normal[i] * normal[i];
  }
  // Five standard errors.
  EXPECT_NEAR(0, sum / n, 5 / std::sqrt(n));
  EXPECT_NEAR(1, squares / n, 5 * std::sqrt(2.0 / n));
}

TEST(Philox, KeysDifferByNameAndStream) {
  EXPECT_NE(wz_philox_key(1, "a", 0), wz_philox_key(1, "b", 0));
  EXPECT_NE(wz_philox_key(1, "a", 0), wz_philox_key(2, "a", 0));
  EXPECT_EQ(wz_philox_key(1, "a", 3), wz_philox_key(1, "a", 0) + 3 * 0x9E3779B97F4A7C15u);
  EXPECT_EQ(wz_philox_key(7, "", 0), wz_philox_key(7, nullptr, 0));
}

TEST(Philox, RefusesWhatItCannotDo) {
  uint32_t words[1];
  float values[1];
  expect_refused(WZ_INVALID_ARGUMENT, wz_philox_words(nullptr, 0, 0, 1), {"wz_philox_words", "out", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_philox_words(words, 0, -1, 1), {"first", "-1"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_philox_uniform(values, 0, INT64_MAX, 1), {"wz_philox_uniform", "first + n"});
  expect_refused(WZ_UNSUPPORTED, wz_philox_normal(values, WZ_F64, 0, 0, 1, 0, 1), {"wz_philox_normal", "dtype", "f64"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_philox_normal(values, WZ_F32, 0, 0, 1, std::nan(""), 1), {"mean", "NaN"});
}

TEST(Mt19937, KnownAnswers) {
  wz_mt19937* generator = nullptr;
  ASSERT_EQ(WZ_OK, wz_mt19937_create(5489, &generator));
  uint32_t first[3], last[1];
  ASSERT_EQ(WZ_OK, wz_mt19937_words(generator, first, 3));
  EXPECT_EQ(3499211612u, first[0]);
  EXPECT_EQ(581869302u, first[1]);
  EXPECT_EQ(3890346734u, first[2]);
  ASSERT_EQ(WZ_OK, wz_mt19937_skip(generator, 9996));
  ASSERT_EQ(WZ_OK, wz_mt19937_words(generator, last, 1));
  EXPECT_EQ(4123659995u, last[0]);  // [rand.predef]: the 10000th invocation of a default-constructed mt19937
  wz_mt19937_free(generator);
}

TEST(Mt19937, IsTheStandardLibrarysGenerator) {
  for (uint64_t seed : {uint64_t{0}, uint64_t{42}, uint64_t{0xFFFFFFFF}, (uint64_t{7} << 32) + 42}) {
    std::mt19937 standard(static_cast<uint32_t>(seed));
    wz_mt19937 *generator = nullptr, *copy = nullptr;
    ASSERT_EQ(WZ_OK, wz_mt19937_create(seed, &generator));
    for (int64_t n : kSizes) {
      std::vector<uint32_t> words(static_cast<size_t>(n));
      ASSERT_EQ(WZ_OK, wz_mt19937_words(generator, words.data(), n));
      for (uint32_t w : words) ASSERT_EQ(static_cast<uint32_t>(standard()), w);
      ASSERT_EQ(WZ_OK, wz_mt19937_skip(generator, n));
      standard.discard(static_cast<unsigned long long>(n));
    }
    ASSERT_EQ(WZ_OK, wz_mt19937_copy(generator, &copy));
    uint32_t a[700], b[700];
    ASSERT_EQ(WZ_OK, wz_mt19937_words(generator, a, 700));
    ASSERT_EQ(WZ_OK, wz_mt19937_words(copy, b, 700));
    EXPECT_EQ(0, std::memcmp(a, b, sizeof a));
    wz_mt19937_free(generator);
    wz_mt19937_free(copy);
  }
}

// torch.manual_seed(42); torch.bernoulli(torch.full((8,), 0.5)) and (torch.rand(8) < 0.5), PyTorch 2.13 on the CPU.
TEST(Mt19937, KeepsWhatPyTorchKeeps) {
  wz_mt19937* generator = nullptr;
  ASSERT_EQ(WZ_OK, wz_mt19937_create(42, &generator));
  const float p[] = {0.5f};
  uint8_t keep[8];
  ASSERT_EQ(WZ_OK, wz_mt19937_keep(generator, keep, p, 1, 8));
  const uint8_t expected[] = {0, 0, 1, 0, 1, 0, 1, 0};
  EXPECT_EQ(0, std::memcmp(expected, keep, sizeof keep));
  wz_mt19937_free(generator);
}

TEST(Mt19937, KeepComparesEachWithItsProbability) {
  constexpr int64_t n = 2000;
  wz_mt19937 *generator = nullptr, *copy = nullptr;
  ASSERT_EQ(WZ_OK, wz_mt19937_create(1, &generator));
  ASSERT_EQ(WZ_OK, wz_mt19937_copy(generator, &copy));
  std::vector<float> p(n);
  for (size_t i = 0; i < n; ++i) p[i] = static_cast<float>(i % 11) / 10;
  std::vector<uint8_t> keep(n);
  std::vector<uint32_t> words(n);
  ASSERT_EQ(WZ_OK, wz_mt19937_keep(generator, keep.data(), p.data(), n, n));
  ASSERT_EQ(WZ_OK, wz_mt19937_words(copy, words.data(), n));
  for (size_t i = 0; i < n; ++i) ASSERT_EQ((words[i] & 0xFFFFFF) / 16777216.0 < static_cast<double>(p[i]), keep[i] == 1) << i;
  wz_mt19937_free(generator);
  wz_mt19937_free(copy);
}

TEST(Mt19937, RefusesWhatItCannotDo) {
  wz_mt19937* generator = nullptr;
  ASSERT_EQ(WZ_OK, wz_mt19937_create(1, &generator));
  uint8_t keep[3];
  const float p[3] = {};
  expect_refused(WZ_SHAPE_MISMATCH, wz_mt19937_keep(generator, keep, p, 2, 3), {"wz_mt19937_keep", "p_count", "found 2", "n = 3"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_mt19937_words(nullptr, nullptr, 0), {"wz_mt19937_words", "generator", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_mt19937_skip(generator, -1), {"wz_mt19937_skip", "n", "-1"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_mt19937_create(1, nullptr), {"wz_mt19937_create", "generator", "NULL"});
  wz_mt19937_free(generator);
  wz_mt19937_free(nullptr);
}

}  // namespace
}  // namespace wz::test
