// Sampling: every instruction set against the reference, an oracle in float64 that sorts everything, statistics of draws, refusals.
// Long because one oracle and one set of random requests serve all of these.
#include "wootz/sampling.h"
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <set>
#include "op_test.h"

namespace wz::test {
namespace {

constexpr wz_sampling kPlain = {1, 0, 1, 0, 1, 0, 0};

struct Scratch {
  explicit Scratch(int64_t n) : data(std::aligned_alloc(64, static_cast<size_t>((wz_sampling_scratch(n) + 63) / 64 * 64)), std::free) {}
  operator void*() const { return data.get(); }
  std::unique_ptr<void, void (*)(void*)> data;
};

struct Kept {
  std::vector<int32_t> ids;
  std::vector<double> probabilities;
};

Kept distribution(const std::vector<float>& logits, const wz_sampling& sampling, const wz_sampling_context* context = nullptr) {
  const auto n = static_cast<int64_t>(logits.size());
  Array ids(WZ_I32, n), probabilities(WZ_F32, n);
  int64_t count = 0;
  const Scratch scratch(n);
  EXPECT_EQ(WZ_OK, wz_sampling_distribution(ids.as<int32_t>(), probabilities.as<float>(), &count, logits.data(), n, &sampling, context, scratch))
      << wz_last_error();
  EXPECT_TRUE(ids.guards_intact() && probabilities.guards_intact());
  return {{ids.as<int32_t>(), ids.as<int32_t>() + count}, {probabilities.as<float>(), probabilities.as<float>() + count}};
}

// Logits that look like a model's: many small, a few that stand out; ties and masked tokens among them.
std::vector<float> logits_of(int64_t n, uint64_t seed, double spread) {
  std::mt19937_64 random(seed);
  std::normal_distribution<double> normal(0, spread);
  std::vector<float> logits(static_cast<size_t>(n));
  for (float& l : logits) {
    const uint64_t r = random();
    l = r % 13 == 0 ? -INFINITY : r % 7 == 0 ? static_cast<float>(std::round(4 * normal(random)) / 4) : static_cast<float>(normal(random));
  }
  logits[random() % logits.size()] = 1;
  return logits;
}

// Hugging Face's steps on a whole vocabulary, sorted, in float64 from the quotient of logit and temperature on.
Kept oracle(const std::vector<float>& logits, const wz_sampling& s) {
  const size_t n = logits.size();
  std::vector<double> v(n);
  for (size_t i = 0; i < n; ++i) v[i] = static_cast<double>(logits[i] / s.temperature);
  std::vector<int32_t> order;
  for (size_t i = 0; i < n; ++i) {
    if (v[i] > -INFINITY) order.push_back(static_cast<int32_t>(i));
  }
  const auto at = [&](size_t i) { return v[static_cast<size_t>(order[i])]; };
  std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return v[static_cast<size_t>(a)] > v[static_cast<size_t>(b)]; });
  if (s.top_k > 0 && static_cast<size_t>(s.top_k) < order.size()) {
    auto count = static_cast<size_t>(s.top_k);
    while (count < order.size() && at(count) == at(static_cast<size_t>(s.top_k) - 1)) ++count;
    order.resize(count);
  }
  const auto sum = [&] {
    double total = 0;
    for (size_t i = order.size(); i-- > 0;) total += std::exp(at(i) - at(0));
    return total;
  };
  if (s.top_p < 1) {
    const double target = static_cast<double>(s.top_p) * sum();
    double before = 0;
    size_t count = 0;
    while (count < order.size() && (count == 0 || before < target)) before += std::exp(at(count++) - at(0));
    order.resize(count);
  }
  const auto small = [&](int32_t id) { return std::exp(v[static_cast<size_t>(id)] - at(0)) < static_cast<double>(s.min_p); };
  order.erase(std::find_if(order.begin(), order.end(), small), order.end());
  Kept kept{order, {}};
  const double total = sum();
  for (size_t i = 0; i < order.size(); ++i) kept.probabilities.push_back(std::exp(at(i) - at(0)) / total);
  return kept;
}

const std::vector<wz_sampling> kSettings = {
    kPlain,
    {0.7f, 0, 1, 0, 1, 0, 0},
    {1, 1, 1, 0, 1, 0, 0},
    {0.6f, 20, 0.95f, 0, 1, 0, 0},
    {1, 50, 1, 0.03f, 1, 0, 0},
    {1.3f, 3000, 0.9f, 0.01f, 1, 0, 0},
    {1, 0, 0.9f, 0, 1, 0, 0},
    {1, 0, 0.0f, 0, 1, 0, 0},
    {1, 0, 0.9999f, 0, 1, 0, 0},
    {0.8f, 0, 0.5f, 0.2f, 1, 0, 0},
    {1, 0, 1, 0.1f, 1, 0, 0},
    {1, 0, 1, 1, 1, 0, 0},
    {1e-3f, 0, 0.9f, 0, 1, 0, 0},
};

std::string text(const wz_sampling& s) {
  return "temperature " + std::to_string(s.temperature) + ", top-k " + std::to_string(s.top_k) + ", top-p " + std::to_string(s.top_p) + ", min-p " +
         std::to_string(s.min_p);
}

TEST(Sampling, KeepsWhatTheOracleKeeps) {
  for (int64_t n : {1, 2, 63, 65, 500, 5000, 40000}) {
    for (double spread : {0.3, 3.0}) {
      const std::vector<float> logits = logits_of(n, static_cast<uint64_t>(n), spread);
      for (const wz_sampling& s : kSettings) {
        SCOPED_TRACE(std::to_string(n) + " tokens, spread " + std::to_string(spread) + ", " + text(s));
        const Kept expected = oracle(logits, s), found = distribution(logits, s);
        EXPECT_EQ(std::set<int32_t>(expected.ids.begin(), expected.ids.end()), std::set<int32_t>(found.ids.begin(), found.ids.end()));
        ASSERT_EQ(expected.ids.size(), found.ids.size());
        std::map<int32_t, double> probability;
        for (size_t i = 0; i < expected.ids.size(); ++i) probability[expected.ids[i]] = expected.probabilities[i];
        // Probabilities that are equal after their rounding alone.
        const auto distinct = [&](int32_t a, int32_t b) { return logits[static_cast<size_t>(a)] != logits[static_cast<size_t>(b)]; };
        for (size_t i = 0; i < found.ids.size(); ++i) {
          // The difference of two logits is rounded: a few half units, times its size.
          const double p = probability[found.ids[i]], bound = p * (4e-7 + 1.3e-7 * std::fabs(std::log(p / found.probabilities[0])));
          ASSERT_NEAR(p, found.probabilities[i], bound + 1e-37) << i;
          if (i == 0) continue;
          ASSERT_GE(found.probabilities[i - 1], found.probabilities[i]);
          if (found.probabilities[i - 1] == found.probabilities[i] && found.probabilities[i] > 1e-30) {
            ASSERT_TRUE(found.ids[i - 1] < found.ids[i] || distinct(found.ids[i - 1], found.ids[i]));
          }
        }
      }
    }
  }
}

TEST(Sampling, DrawsInvertTheDistribution) {
  std::mt19937_64 random(3);
  std::uniform_real_distribution<double> uniform(0, 1);
  for (int64_t n : {1, 65, 5000, 40000}) {
    for (double spread : {0.3, 3.0}) {
      const std::vector<float> logits = logits_of(n, static_cast<uint64_t>(n), spread);
      const Scratch scratch(n);
      for (const wz_sampling& s : kSettings) {
        SCOPED_TRACE(std::to_string(n) + " tokens, spread " + std::to_string(spread) + ", " + text(s));
        const Kept kept = distribution(logits, s);
        std::map<int32_t, size_t> place;
        std::vector<double> cumulative = {0};
        for (size_t i = 0; i < kept.ids.size(); ++i) {
          place[kept.ids[i]] = i;
          cumulative.push_back(cumulative.back() + kept.probabilities[i]);
        }
        for (double u : {0.0, 0.5, uniform(random), uniform(random), 0.999, 1 - 0x1p-53}) {
          int32_t id = -1;
          ASSERT_EQ(WZ_OK, wz_sample(&id, nullptr, logits.data(), n, &s, nullptr, u, scratch)) << wz_last_error();
          ASSERT_EQ(1u, place.count(id));
          ASSERT_LE(cumulative[place[id]], u + 1e-6);
          ASSERT_GE(cumulative[place[id] + 1], u - 1e-6);
        }
      }
    }
  }
}

TEST(Sampling, InstructionSetsAgree) {
  for (int64_t n : {1, 33, 1000, 20011}) {
    const std::vector<float> logits = logits_of(n, 5, 2);
    const Scratch scratch(n);
    for (const wz_sampling& s : kSettings) {
      SCOPED_TRACE(text(s));
      int64_t count = 0;
      std::vector<int32_t> ids(static_cast<size_t>(n));
      std::vector<float> probabilities(static_cast<size_t>(n));
      expect_isas_agree(WZ_F32, n, [&](void* out) {
        std::fill_n(static_cast<float*>(out), n, 0.0f);
        return wz_sampling_distribution(ids.data(), static_cast<float*>(out), &count, logits.data(), n, &s, nullptr, scratch);
      });
      expect_isas_agree(WZ_I32, n, [&](void* out) {
        std::fill_n(static_cast<int32_t*>(out), n, 0);
        return wz_sampling_distribution(static_cast<int32_t*>(out), probabilities.data(), &count, logits.data(), n, &s, nullptr, scratch);
      });
      for (double u : {0.1, 0.7, 0.99}) {
        int32_t id;
        expect_isas_agree(WZ_F32, 1, [&](void* out) { return wz_sample(&id, static_cast<float*>(out), logits.data(), n, &s, nullptr, u, scratch); });
      }
    }
    const std::vector<int32_t> targets = {0, static_cast<int32_t>(n - 1)};
    expect_isas_agree(WZ_F32, 2, [&](void* out) {
      wz_status status = wz_logprobs(static_cast<float*>(out), logits.data(), targets.data(), 1, n, nullptr);
      return status != WZ_OK ? status : wz_logprobs(static_cast<float*>(out) + 1, logits.data(), targets.data() + 1, 1, n, nullptr);
    });
  }
}

// 100,000 draws of a peaked distribution under top-p: chi-square with 7 degrees of freedom, whose 99.99th percentile is 29.9.
TEST(Sampling, DrawsHaveTheirFrequencies) {
  std::vector<float> logits(3000, -4);
  for (size_t i = 0; i < 8; ++i) logits[301 * i] = 6 - 0.3f * static_cast<float>(i);
  const wz_sampling s = {1, 0, 0.97f, 0.1f, 1, 0, 0};
  const Kept kept = distribution(logits, s);
  ASSERT_EQ(8u, kept.ids.size());
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::map<int32_t, int> drawn;
  const Scratch scratch(3000);
  constexpr int kDraws = 100000;
  for (int i = 0; i < kDraws; ++i) {
    int32_t id = -1;
    ASSERT_EQ(WZ_OK, wz_sample(&id, nullptr, logits.data(), 3000, &s, nullptr, uniform(random), scratch));
    ++drawn[id];
  }
  double chi_square = 0;
  int seen = 0;
  for (size_t i = 0; i < kept.ids.size(); ++i) {
    const double expected = kDraws * kept.probabilities[i], difference = drawn[kept.ids[i]] - expected;
    chi_square += difference * difference / expected;
    seen += drawn[kept.ids[i]];
  }
  EXPECT_EQ(kDraws, seen);
  EXPECT_LT(chi_square, 29.9);
}

TEST(Sampling, GreedyTakesTheLowestOfEquals) {
  std::vector<float> logits(10000, -3);
  logits[4095] = 0.0f;
  logits[4096] = -0.0f;
  logits[9999] = 0.0f;
  const wz_sampling greedy = {0, 5, 0.5f, 0.5f, 1, 0, 0};
  const Scratch scratch(10000);
  int32_t id = -1;
  float logprob = 0;
  ASSERT_EQ(WZ_OK, wz_sample(&id, &logprob, logits.data(), 10000, &greedy, nullptr, 0.9, scratch));
  EXPECT_EQ(4095, id);
  EXPECT_NEAR(-std::log(3 + 9997 * std::exp(-3.0)), static_cast<double>(logprob), 1e-6);
  std::swap(logits[4095], logits[4000]);
  logits[4000] = -0.0f;
  ASSERT_EQ(WZ_OK, wz_sample(&id, nullptr, logits.data(), 10000, &greedy, nullptr, 0, scratch));
  EXPECT_EQ(4000, id);
  const Kept kept = distribution(logits, greedy);
  EXPECT_EQ(std::vector<int32_t>{4000}, kept.ids);
  EXPECT_EQ(std::vector<double>{1}, kept.probabilities);
  // A bias takes the way through the processed logits.
  const int32_t bias_id[] = {7};
  const float bias[] = {3};
  wz_sampling_context context{};
  context.bias_ids = bias_id;
  context.bias = bias;
  context.bias_count = 1;
  ASSERT_EQ(WZ_OK, wz_sample(&id, nullptr, logits.data(), 10000, &greedy, &context, 0, scratch));
  EXPECT_EQ(7, id);
}

TEST(Sampling, PenaltiesBiasAndMask) {
  const std::vector<float> logits = {2, -2, 2, 0, 1, 5};
  const int32_t history[] = {0, 0, 1, 3}, generated[] = {2, 2, 4}, bias_ids[] = {3, 3};
  const float bias[] = {0.5f, 0.25f};
  const uint32_t mask[] = {0b011111};
  wz_sampling_context context = {history, 4, generated, 3, bias_ids, bias, 2, mask};
  const wz_sampling s = {1, 0, 1, 0, 2, 0.5f, 0.25f};
  // Seen once, however often: 2 / 2, -2 * 2; presence and frequency: 2 - 0.25 * 2 - 0.5, 1 - 0.25 - 0.5; bias twice.
  const std::vector<double> expected = {1, -4, 1, 0.75, 0.25};
  const Kept kept = distribution(logits, s, &context);
  ASSERT_EQ((std::vector<int32_t>{0, 2, 3, 4, 1}), kept.ids);
  double sum = 0;
  for (double v : expected) sum += std::exp(v);
  for (size_t i = 0; i < 5; ++i) EXPECT_NEAR(std::exp(expected[static_cast<size_t>(kept.ids[i])]) / sum, kept.probabilities[i], 1e-7);
  context.mask = nullptr;
  const float banned[] = {-INFINITY, 0};
  context.bias = banned;
  EXPECT_EQ((std::vector<int32_t>{5, 0, 2, 4, 1}), distribution(logits, s, &context).ids);
}

TEST(Sampling, EqualLogits) {
  const std::vector<float> logits(2000, 1.5f);
  EXPECT_EQ(2000u, distribution(logits, {1, 20, 1, 0, 1, 0, 0}).ids.size());  // ties with the k-th
  const Kept half = distribution(logits, {1, 0, 0.5f, 0, 1, 0, 0});
  ASSERT_EQ(1000u, half.ids.size());
  for (int32_t i = 0; i < 1000; ++i) ASSERT_EQ(i, half.ids[static_cast<size_t>(i)]);
  const Scratch scratch(2000);
  int32_t id = -1;
  ASSERT_EQ(WZ_OK, wz_sample(&id, nullptr, logits.data(), 2000, &kPlain, nullptr, 0.25, scratch));
  EXPECT_EQ(500, id);
}

TEST(Sampling, TopLogits) {
  for (int64_t n : {1, 64, 1000, 20000}) {
    const std::vector<float> logits = logits_of(n, 11, 2);
    std::vector<int32_t> order(static_cast<size_t>(n));
    std::iota(order.begin(), order.end(), 0);
    const auto at = [&](int32_t id) { return logits[static_cast<size_t>(id)]; };
    std::stable_sort(order.begin(), order.end(), [&](int32_t a, int32_t b) { return at(a) > at(b); });
    const Scratch scratch(n);
    double sum = 0;
    for (float l : logits) sum += std::exp(static_cast<double>(l) - static_cast<double>(at(order[0])));
    for (int64_t k : {int64_t{1}, std::min<int64_t>(20, n), n}) {
      Array ids(WZ_I32, k), logprobs(WZ_F32, k);
      ASSERT_EQ(WZ_OK, wz_top_logits(ids.as<int32_t>(), logprobs.as<float>(), logits.data(), n, k, scratch));
      EXPECT_TRUE(ids.guards_intact() && logprobs.guards_intact());
      for (int64_t i = 0; i < k; ++i) {
        ASSERT_EQ(order[static_cast<size_t>(i)], ids.as<int32_t>()[i]) << i << " of " << k;
        const double expected = static_cast<double>(at(order[static_cast<size_t>(i)])) - static_cast<double>(at(order[0])) - std::log(sum);
        if (std::isfinite(expected)) {
          ASSERT_NEAR(expected, logprobs.get(i), 1e-6 * std::max(1.0, std::fabs(expected)));
        } else {
          ASSERT_EQ(expected, logprobs.get(i));
        }
      }
      ASSERT_EQ(WZ_OK, wz_top_logits(ids.as<int32_t>(), nullptr, logits.data(), n, k, scratch));
    }
  }
}

TEST(Sampling, LogprobsAreRightWithAnyThreads) {
  constexpr int64_t kRows = 9, kVocabulary = 32003;
  Array logits = smooth_array(WZ_F32, kRows * kVocabulary, 13, 4);
  for (int64_t c = 0; c < kVocabulary; ++c) logits.as<float>()[c] += 3e4f;  // needs the largest subtracted
  std::vector<int32_t> ids;
  for (int64_t r = 0; r < kRows; ++r) ids.push_back(static_cast<int32_t>(r * 3511));
  wz_threads* threads = nullptr;
  ASSERT_EQ(WZ_OK, wz_threads_create(3, &threads));
  const Array alone = result_of(WZ_F32, kRows, [&](void* p) { return wz_logprobs(static_cast<float*>(p), logits.as<float>(), ids.data(), kRows, kVocabulary, nullptr); });
  const Array pooled = result_of(WZ_F32, kRows, [&](void* p) { return wz_logprobs(static_cast<float*>(p), logits.as<float>(), ids.data(), kRows, kVocabulary, threads); });
  wz_threads_free(threads);
  EXPECT_TRUE(same_values(alone, pooled));
  for (int64_t r = 0; r < kRows; ++r) {
    const float* row = logits.as<float>() + r * kVocabulary;
    const double most = static_cast<double>(*std::max_element(row, row + kVocabulary));
    double sum = 0;
    for (int64_t c = 0; c < kVocabulary; ++c) sum += std::exp(static_cast<double>(row[c]) - most);
    const double expected = static_cast<double>(row[ids[static_cast<size_t>(r)]]) - most - std::log(sum);
    EXPECT_NEAR(expected, alone.get(r), 1e-6 * std::fabs(expected));
  }
}

TEST(Sampling, RefusesWhatItCannotDo) {
  std::vector<float> logits = {0, 1, 2};
  const Scratch scratch(3);
  int32_t ids[3];
  float p[3];
  int64_t count = 0;
  const auto run = [&](wz_sampling s, const wz_sampling_context* context = nullptr) {
    return wz_sampling_distribution(ids, p, &count, logits.data(), 3, &s, context, scratch);
  };
  const auto with = [](auto field, auto value) {
    wz_sampling s = kPlain;
    s.*field = value;
    return s;
  };
  const float nan = std::nanf(""), inf = INFINITY;
  for (float t : {-1.0f, nan, inf}) expect_refused(WZ_INVALID_ARGUMENT, run(with(&wz_sampling::temperature, t)), {"temperature", "0 or more"});
  for (float v : {-0.1f, 1.1f, nan}) {
    expect_refused(WZ_INVALID_ARGUMENT, run(with(&wz_sampling::top_p, v)), {"top_p", "0 to 1"});
    expect_refused(WZ_INVALID_ARGUMENT, run(with(&wz_sampling::min_p, v)), {"min_p", "0 to 1"});
  }
  expect_refused(WZ_INVALID_ARGUMENT, run(with(&wz_sampling::top_k, -1)), {"top_k", "found -1"});
  for (float v : {0.0f, -1.0f, nan, inf}) expect_refused(WZ_INVALID_ARGUMENT, run(with(&wz_sampling::repetition_penalty, v)), {"repetition_penalty"});
  expect_refused(WZ_INVALID_ARGUMENT, run(with(&wz_sampling::presence_penalty, nan)), {"presence_penalty"});
  expect_refused(WZ_INVALID_ARGUMENT, run(with(&wz_sampling::frequency_penalty, inf)), {"frequency_penalty"});
  expect_refused(WZ_INVALID_ARGUMENT, run(with(&wz_sampling::temperature, 1e-45f)), {"temperature", "overflow"});

  const int32_t bad[] = {0, 3};
  const float bias[] = {0, 0}, infinite[] = {inf};
  wz_sampling_context context{};
  context.history = bad;
  context.history_count = 2;
  expect_refused(WZ_INVALID_ARGUMENT, run(with(&wz_sampling::repetition_penalty, 2.0f), &context), {"history[1]", "found 3", "0 to 2"});
  context = {};
  context.generated = bad;
  context.generated_count = 2;
  expect_refused(WZ_INVALID_ARGUMENT, run(with(&wz_sampling::presence_penalty, 2.0f), &context), {"generated[1]", "found 3"});
  context = {};
  context.bias_ids = bad;
  context.bias = bias;
  context.bias_count = 2;
  expect_refused(WZ_INVALID_ARGUMENT, run(kPlain, &context), {"bias_ids[1]", "found 3"});
  context.bias = infinite;
  context.bias_count = 1;
  expect_refused(WZ_INVALID_ARGUMENT, run(kPlain, &context), {"bias"});
  context = {};
  context.history_count = 1;
  expect_refused(WZ_INVALID_ARGUMENT, run(kPlain, &context), {"history", "NULL"});
  const uint32_t nothing[] = {0b1000};
  context = {};
  context.mask = nothing;
  expect_refused(WZ_INVALID_ARGUMENT, run(kPlain, &context), {"mask", "no token"});
  const int32_t first[] = {2};
  context = {};
  context.history = first;
  context.history_count = 1;
  expect_refused(WZ_INVALID_ARGUMENT, run(with(&wz_sampling::repetition_penalty, 1e-39f), &context), {"token 2", "overflows"});

  logits[1] = nan;
  expect_refused(WZ_INVALID_ARGUMENT, run(kPlain), {"wz_sampling_distribution", "logits[1]", "NaN"});
  logits[1] = -nan;
  expect_refused(WZ_INVALID_ARGUMENT, run(kPlain), {"logits[1]", "NaN"});
  logits[1] = inf;
  expect_refused(WZ_INVALID_ARGUMENT, run(kPlain), {"logits[1]", "infinity"});
  std::fill(logits.begin(), logits.end(), -inf);
  expect_refused(WZ_INVALID_ARGUMENT, run(kPlain), {"logits", "all are -infinity"});
  const int32_t row_ids[] = {1, 3};
  const float rows[] = {0, 0, 0, 0, nan, 0};
  expect_refused(WZ_INVALID_ARGUMENT, wz_logprobs(p, rows, row_ids, 2, 3, nullptr), {"wz_logprobs", "ids[1]", "found 3"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_logprobs(p, rows, row_ids, 1, 0, nullptr), {"vocabulary"});
  const int32_t good_ids[] = {1, 1};
  expect_refused(WZ_INVALID_ARGUMENT, wz_logprobs(p, rows, good_ids, 2, 3, nullptr), {"logits[1, 1]", "NaN"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_sample(ids, p, rows, 3, &kPlain, nullptr, 1.0, scratch), {"wz_sample", "uniform"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_sample(ids, p, rows, 3, nullptr, nullptr, 0.5, scratch), {"sampling", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_sample(ids, p, rows, 3, &kPlain, nullptr, 0.5, nullptr), {"scratch", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_sample(ids, p, rows, 0, &kPlain, nullptr, 0.5, scratch), {"vocabulary", "found 0"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_top_logits(ids, p, rows, 3, 4, scratch), {"wz_top_logits", "k", "found 4", "1 to 3"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_sample(ids, p, rows, 3, &kPlain, nullptr, 0.5, static_cast<char*>(static_cast<void*>(scratch)) + 4),
                 {"scratch", "64"});
}

}  // namespace
}  // namespace wz::test
