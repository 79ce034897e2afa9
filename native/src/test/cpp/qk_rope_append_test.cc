#include <cmath>
#include <cstring>
#include <random>
#include "base/sine_cosine.h"
#include "op_test.h"

namespace wz::test {
namespace {

TEST(SineCosine, IsNearTheTruth) {
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  for (int i = 0; i < 200000; ++i) {
    const double x = uniform(random) * std::pow(2.0, static_cast<double>(random() % 62) - 30);
    const SineCosine of = sine_cosine(x);
    ASSERT_LT(std::fabs(static_cast<long double>(of.sine) - std::sin(static_cast<long double>(x))), 0x1p-51L) << x;
    ASSERT_LT(std::fabs(static_cast<long double>(of.cosine) - std::cos(static_cast<long double>(x))), 0x1p-51L) << x;
  }
  EXPECT_EQ(0, sine_cosine(0).sine);
  EXPECT_EQ(1, sine_cosine(0).cosine);
  EXPECT_TRUE(std::isnan(sine_cosine(INFINITY).sine) && std::isnan(sine_cosine(std::nan("")).cosine));
}

TEST(RopeTable, IsTheRoundedCosineAndSine) {
  const std::vector<int32_t> positions = {0, 1, 2, 4095, 40000, 1048575};
  const std::vector<double> frequency = {1, 0.3, 1e-3, 1e-6};
  Array table(WZ_F32, 6 * 8);
  ASSERT_EQ(WZ_OK, wz_rope_table(table.as<float>(), positions.data(), frequency.data(), 1.25, 6, 8));
  EXPECT_TRUE(table.guards_intact());
  for (int64_t t = 0; t < 6; ++t) {
    for (int64_t i = 0; i < 4; ++i) {
      const double angle = positions[static_cast<size_t>(t)] * frequency[static_cast<size_t>(i)];
      EXPECT_NEAR(1.25 * std::cos(angle), table.get(t * 8 + i), 8e-8);
      EXPECT_NEAR(1.25 * std::sin(angle), table.get(t * 8 + 4 + i), 8e-8);
    }
  }
  expect_refused(WZ_INVALID_ARGUMENT, wz_rope_table(table.as<float>(), positions.data(), frequency.data(), 1, 6, 7), {"dim: found 7", "even"});
  const std::vector<double> bad = {1, std::nan("")};
  expect_refused(WZ_INVALID_ARGUMENT, wz_rope_table(table.as<float>(), positions.data(), bad.data(), 1, 6, 4), {"frequency[1]", "NaN"});
}

struct Case {
  int32_t dtype;
  int32_t head_dim;
  int32_t rope_dim;  // 0: none
  bool interleaved;
  bool norm;
};

// Two sequences, of 21 tokens from position 10 on and of one at 40; pages of 16 tokens in an order of their own.
struct Step {
  explicit Step(const Case& c)
      : of(c), q(smooth_array(WZ_F32, int64_t{kTokens} * kHeads * c.head_dim, 1)), k(smooth_array(WZ_F32, int64_t{kTokens} * kKvHeads * c.head_dim, 2, 3)),
        v(smooth_array(WZ_F32, k.size(), 3, 200)), q_norm(smooth_array(WZ_F32, c.head_dim, 4)), k_norm(smooth_array(WZ_F32, c.head_dim, 5)),
        table(WZ_F32, int64_t{kTokens} * c.rope_dim) {
    for (int32_t t = 0; t < 21; ++t) positions.push_back(10 + t);
    positions.push_back(40);
    std::vector<double> frequency;
    for (int32_t i = 0; i < c.rope_dim / 2; ++i) frequency.push_back(std::pow(1e4, -2.0 * i / c.rope_dim));
    EXPECT_EQ(WZ_OK, wz_rope_table(table.as<float>(), positions.data(), frequency.data(), 1, kTokens, c.rope_dim));
  }

  int64_t cache_bytes() const {
    return int64_t{kPages} * kKvHeads * 16 * of.head_dim / wz_dtype_block(of.dtype) * wz_dtype_block_bytes(of.dtype);
  }

  wz_batch batch() const { return {2, kTokens, begin, positions.data(), tables, 3}; }

  wz_status run(float* queries, float* new_keys, void* keys, void* values, wz_threads* pool = nullptr) const {
    const wz_batch b = batch();
    const wz_kv_cache cache = {keys, values, of.dtype, kPages, 16, kKvHeads, of.head_dim};
    const wz_rope rope = {table.as<float>(), of.rope_dim, of.interleaved};
    return wz_qk_rope_append(queries, new_keys, v.as<float>(), of.norm ? q_norm.as<float>() : nullptr, of.norm ? k_norm.as<float>() : nullptr, 1e-6,
                             of.rope_dim > 0 ? &rope : nullptr, kHeads, &b, &cache, pool);
  }

  // Row number `row` of x [.., head_dim] after norm and rotation, in float64.
  std::vector<double> truth(const Array& x, const Array& weight, int64_t row, int64_t token) const {
    std::vector<double> y;
    double squares = 0;
    for (int64_t c = 0; c < of.head_dim; ++c) {
      y.push_back(x.get(row * of.head_dim + c));
      squares += y.back() * y.back();
    }
    for (int64_t c = 0; of.norm && c < of.head_dim; ++c) {
      y[static_cast<size_t>(c)] *= weight.get(c) / std::sqrt(squares / of.head_dim + 1e-6);
    }
    for (int32_t i = 0; i < of.rope_dim / 2; ++i) {
      double& a = y[static_cast<size_t>(of.interleaved ? 2 * i : i)];
      double& b = y[static_cast<size_t>(of.interleaved ? 2 * i + 1 : i + of.rope_dim / 2)];
      const double angle = positions[static_cast<size_t>(token)] * std::pow(1e4, -2.0 * i / of.rope_dim);
      const double first = a * std::cos(angle) - b * std::sin(angle);
      b = b * std::cos(angle) + a * std::sin(angle);
      a = first;
    }
    return y;
  }

  // Where a token's key row lies, in rows of head_dim.
  int64_t place(int64_t token, int64_t head) const {
    const int32_t position = positions[static_cast<size_t>(token)];
    return (int64_t{tables[(token < 21 ? 0 : 3) + position / 16]} * kKvHeads + head) * 16 + position % 16;
  }

  static constexpr int32_t kTokens = 22, kHeads = 4, kKvHeads = 2, kPages = 6;
  Case of;
  Array q, k, v, q_norm, k_norm, table;
  std::vector<int32_t> positions;
  const int32_t begin[3] = {0, 21, 22};
  const int32_t tables[6] = {4, 2, -1, 0, 1, 5};
};

const std::vector<Case> kCases = {{WZ_F32, 64, 64, false, true},  {WZ_F32, 64, 64, true, false}, {WZ_F16, 128, 128, false, true},
                                  {WZ_BF16, 96, 32, false, false}, {WZ_BF16, 20, 10, true, true}, {WZ_F8_E4M3, 64, 64, false, true},
                                  {WZ_Q8_0, 64, 64, false, true},  {WZ_F16, 5, 0, false, true},   {WZ_F32, 16, 0, false, false}};

TEST(QkRopeAppend, IsNearTheTruth) {
  for (const Case& c : kCases) {
    const Step s(c);
    Array q = s.q, k = s.k, keys(WZ_U8, s.cache_bytes()), values(WZ_U8, s.cache_bytes());
    ASSERT_EQ(WZ_OK, s.run(q.as<float>(), k.as<float>(), keys.data(), values.data())) << wz_last_error();
    EXPECT_TRUE(q.guards_intact() && k.guards_intact() && keys.guards_intact() && values.guards_intact());
    for (int64_t t = 0; t < Step::kTokens; ++t) {
      for (int64_t h = 0; h < Step::kHeads; ++h) {
        const std::vector<double> y = s.truth(s.q, s.q_norm, t * Step::kHeads + h, t);
        for (size_t i = 0; i < y.size(); ++i) {
          ASSERT_NEAR(y[i], q.get((t * Step::kHeads + h) * c.head_dim + static_cast<int64_t>(i)), 2e-6) << t << " " << h << " " << i;
        }
      }
      for (int64_t h = 0; h < Step::kKvHeads; ++h) {
        const std::vector<double> y = s.truth(s.k, s.k_norm, t * Step::kKvHeads + h, t);
        for (size_t i = 0; i < y.size(); ++i) ASSERT_NEAR(y[i], k.get((t * Step::kKvHeads + h) * c.head_dim + static_cast<int64_t>(i)), 4e-6);
        if (c.dtype == WZ_Q8_0) continue;
        // The cache holds k and v as wz_convert rounds them; e4m3 saturates.
        for (int64_t i = 0; i < c.head_dim; ++i) {
          const int64_t from = (t * Step::kKvHeads + h) * c.head_dim + i, to = s.place(t, h) * c.head_dim + i;
          const auto expect_rounded = [&](double x, const Array& cache) {
            Array one(c.dtype, 1);
            one.set(0, c.dtype == WZ_F8_E4M3 ? std::fmin(std::fmax(x, -448), 448) : x);
            EXPECT_EQ(0, std::memcmp(one.data(), cache.as<char>() + to * wz_dtype_bytes(c.dtype), static_cast<size_t>(one.bytes())));
          };
          expect_rounded(k.get(from), keys);
          expect_rounded(s.v.get(from), values);
        }
      }
    }
  }
}

TEST(QkRopeAppend, EveryInstructionSetAndAnyNumberOfThreadsGiveTheSame) {
  for (const Case& c : kCases) {
    const Step s(c);
    for (int32_t threads : {1, 2, 3}) {
      wz_threads* pool = nullptr;
      ASSERT_EQ(WZ_OK, wz_threads_create(threads, &pool));
      Array other(WZ_U8, s.cache_bytes());
      std::memset(other.data(), 0, static_cast<size_t>(other.bytes()));
      Array q = s.q, k = s.k;
      expect_isas_agree_adding(s.q, [&](void* out) { k = s.k; return s.run(static_cast<float*>(out), k.as<float>(), other.data(), other.data(), pool); });
      expect_isas_agree_adding(s.k, [&](void* out) { q = s.q; return s.run(q.as<float>(), static_cast<float*>(out), other.data(), other.data(), pool); });
      Array poisoned(WZ_U8, s.cache_bytes());
      expect_isas_agree_adding(poisoned, [&](void* out) { q = s.q; k = s.k; return s.run(q.as<float>(), k.as<float>(), out, other.data(), pool); });
      expect_isas_agree_adding(poisoned, [&](void* out) { q = s.q; k = s.k; return s.run(q.as<float>(), k.as<float>(), other.data(), out, pool); });
      wz_threads_free(pool);
    }
  }
}

// The largest error of a block is half a step of its scale, which is a 127th of the largest value (rounded to binary16).
TEST(QkRopeAppend, Q8RoundsToTheNearestStep) {
  const Step s({WZ_Q8_0, 32, 0, false, false});
  Array q = s.q, k = s.k, keys(WZ_U8, s.cache_bytes()), values(WZ_U8, s.cache_bytes());
  k.set(0, 1e9);       // token 0, head 0: beyond what a binary16 scale reaches
  k.set(32, std::nan(""));  // head 1
  for (int64_t i = 64; i < 96; ++i) k.set(i, 0);
  ASSERT_EQ(WZ_OK, s.run(q.as<float>(), k.as<float>(), keys.data(), values.data()));
  for (int64_t t = 0; t < Step::kTokens; ++t) {
    for (int64_t h = 0; h < 2; ++h) {
      const char* block = values.as<char>() + s.place(t, h) * 34;
      Array scale(WZ_F16, 1);
      std::memcpy(scale.data(), block, 2);
      double largest = 0;
      for (int64_t i = 0; i < 32; ++i) {
        const double x = s.v.get((t * 2 + h) * 32 + i);
        largest = std::max(largest, std::fabs(x));
        EXPECT_LE(std::fabs(x - scale.get(0) * static_cast<signed char>(block[2 + i])), 0.51 * scale.get(0));
      }
      EXPECT_NEAR(largest / 127, scale.get(0), largest / 127 * 0x1p-11);
    }
  }
  Array scale(WZ_F16, 1);
  const char* block = keys.as<char>() + s.place(0, 0) * 34;
  std::memcpy(scale.data(), block, 2);
  EXPECT_EQ(65504, scale.get(0));
  EXPECT_EQ(127, block[2]);
  std::memcpy(scale.data(), keys.as<char>() + s.place(0, 1) * 34, 2);
  EXPECT_TRUE(std::isnan(scale.get(0)));
  block = keys.as<char>() + s.place(1, 0) * 34;
  for (int i = 0; i < 34; ++i) EXPECT_EQ(0, block[i]);
}

TEST(QkRopeAppend, NormOfAwkwardValues) {
  Step s({WZ_F32, 64, 64, false, true});
  s.q = random_array(WZ_F32, s.q.size(), 9);
  s.k = random_array(WZ_F32, s.k.size(), 10);
  Array k = s.k, cache(WZ_U8, s.cache_bytes());
  expect_isas_agree_adding(s.q, [&](void* out) { k = s.k; return s.run(static_cast<float*>(out), k.as<float>(), cache.data(), cache.data()); });
  for (int32_t dtype : {WZ_F16, WZ_BF16, WZ_F8_E4M3, WZ_Q8_0}) {
    s.of.dtype = dtype;
    Array q = s.q, poisoned(WZ_U8, s.cache_bytes());
    expect_isas_agree_adding(poisoned, [&](void* out) { q = s.q; k = s.k; return s.run(q.as<float>(), k.as<float>(), out, cache.data()); });
  }
}

TEST(QkRopeAppend, RefusesBadArguments) {
  const Step s({WZ_F32, 64, 64, false, true});
  Array q = s.q, k = s.k, keys(WZ_U8, s.cache_bytes()), values(WZ_U8, s.cache_bytes());
  const wz_batch batch = s.batch();
  const wz_kv_cache cache = {keys.data(), values.data(), WZ_F32, 2, 16, 2, 64};
  const auto run = [&](const wz_rope* rope, const wz_kv_cache& c) {
    return wz_qk_rope_append(q.as<float>(), k.as<float>(), s.v.as<float>(), nullptr, nullptr, 0, rope, 4, &batch, &c, nullptr);
  };
  expect_refused(WZ_INVALID_ARGUMENT, run(nullptr, cache), {"wz_qk_rope_append", "page 0 of sequence 0: found number 4", "2 pages"});
  wz_rope rope = {s.table.as<float>(), 66, 0};
  expect_refused(WZ_INVALID_ARGUMENT, run(&rope, cache), {"rope.dim: found 66", "0 to 64"});
  rope.dim = 33;
  expect_refused(WZ_INVALID_ARGUMENT, run(&rope, cache), {"rope.dim: found 33", "even"});
  rope = {nullptr, 64, 0};
  expect_refused(WZ_INVALID_ARGUMENT, run(&rope, cache), {"rope.table"});
  EXPECT_TRUE(same_values(s.q, q));
}

}  // namespace
}  // namespace wz::test
