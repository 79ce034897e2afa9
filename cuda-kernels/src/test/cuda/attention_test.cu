// Attention on the device against float64, against the CPU, and against itself: splitting, chunks, pages, the rest of the batch must not change a
// bit. Every variant that takes a shape is run. Long because one set of problems serves all of these.
#include "attention_problem.h"
#include "capi/attention_checks.h"

namespace {

using namespace wz::cuda_test;
using wz::cuda::AttentionSplit;
using wz::cuda::AttentionVariant;

constexpr int32_t kTypes[] = {WZ_F32, WZ_F16, WZ_BF16, WZ_F8_E4M3, WZ_Q8_0};

// Logits carry an error of about their own size times the unit roundoff, which e^x makes a relative one of the weights.
constexpr double kTolerance = 4e-6;

class Attention : public OnDevice {
 protected:
  static std::vector<AttentionVariant> variants(const wz_kv_cache& cache) {
    std::vector<AttentionVariant> all;
    for (AttentionVariant v : {AttentionVariant::kGeneric, AttentionVariant::kTensor}) {
      if (wz::cuda::supports(v, cache)) all.push_back(v);
    }
    return all;
  }

  // Everything of a problem on the device.
  struct Loaded {
    Loaded(const Problem& p, wz_cuda_stream* stream, int32_t padding = 0)
        : longer(with_padding(p.batch, padding)), q(padded(p, padding), stream), keys(p.keys, stream), values(p.values, stream), batch(longer, stream),
          cache(p.cache) {
      cache.keys = keys.data();
      cache.values = values.data();
    }
    static Batch with_padding(Batch b, int32_t padding) {
      b.positions.resize(b.positions.size() + static_cast<size_t>(padding), 3);
      return b;
    }
    static std::vector<float> padded(const Problem& p, int32_t padding) {
      std::vector<float> q = p.q;
      q.resize(q.size() + static_cast<size_t>(padding * p.shape.heads * p.shape.head_dim), NAN);
      return q;
    }
    Batch longer;
    Array<float> q;
    Array<unsigned char> keys, values;
    DeviceBatch batch;
    wz_kv_cache cache;
  };

  std::vector<float> run(const Loaded& on, wz_attention_settings settings, AttentionVariant variant, AttentionSplit split, int32_t max_positions) {
    const int32_t tokens = on.batch.view.tokens, heads = settings.heads, dim = on.cache.head_dim;
    Array<float> out(int64_t{tokens} * heads * dim, stream);
    Array<unsigned char> scratch(wz_cuda_attention_scratch(tokens, heads, dim, max_positions), stream);
    Array<float> sinks(settings.sinks != nullptr ? std::vector<float>(settings.sinks, settings.sinks + heads) : std::vector<float>(1), stream);
    if (settings.sinks != nullptr) settings.sinks = sinks;
    ok(wz_cuda_attention_scratch_clear(scratch, stream));
    wz::cuda::AttentionArguments a{};
    a.out = out, a.q = on.q, a.settings = settings, a.batch = on.batch.view, a.cache = on.cache, a.max_positions = max_positions;
    wz::cuda::attention(a, scratch, variant, split, reinterpret_cast<cudaStream_t>(stream));
    const std::vector<float> first = out.values();
    // Arrivals are counted from 0 again.
    wz::cuda::attention(a, scratch, variant, split, reinterpret_cast<cudaStream_t>(stream));
    expect_same(first, out.values(), "the second call");
    (void)scratch.values();  // its guards
    return first;
  }
  std::vector<float> run(const Problem& p, const wz_attention_settings& settings, AttentionVariant variant, AttentionSplit split) {
    return run(Loaded(p, stream), settings, variant, split, p.batch.max_positions);
  }
  std::vector<float> run(const Problem& p, const wz_attention_settings& settings, AttentionVariant variant) {
    return run(p, settings, variant, wz::cuda::best_split(p.batch.tokens(), settings.heads, p.shape.kv_heads));
  }

  // A few tokens of each sequence, the last among them.
  static void expect_near_truth(const Problem& p, const wz_attention_settings& settings, AttentionVariant variant, const std::vector<float>& out) {
    const int32_t low = p.dtype == WZ_BF16 ? WZ_BF16 : WZ_F16;
    double worst = 0, worst_plain = 0;
    for (int32_t s = 0; s < p.batch.sequences(); ++s) {
      const int32_t begin = p.batch.begin[static_cast<size_t>(s)], end = p.batch.begin[static_cast<size_t>(s) + 1];
      for (int32_t t = end - 1; t >= begin; t -= 1 + (end - begin) / 3) {
        for (int32_t head = 0; head < p.shape.heads; head += std::max(1, p.shape.heads - 1)) {
          const std::vector<double> truth = p.attend(settings, s, t, head), plain_result = p.attend(settings, s, t, head, low);
          for (int32_t c = 0; c < p.shape.head_dim; ++c) {
            const double found = out[static_cast<size_t>((int64_t{t} * p.shape.heads + head) * p.shape.head_dim + c)];
            const double error = std::fabs(found - truth[static_cast<size_t>(c)]);
            if (variant == AttentionVariant::kGeneric) ASSERT_LE(error, kTolerance) << "token " << t << ", head " << head << ", element " << c << ": " << found;
            ASSERT_FALSE(std::isnan(found)) << "token " << t << ", head " << head << ", element " << c;
            worst = std::max(worst, error);
            worst_plain = std::max(worst_plain, std::fabs(plain_result[static_cast<size_t>(c)] - truth[static_cast<size_t>(c)]));
          }
        }
      }
    }
    // Twice the error of a plain computation in low precision.
    if (variant != AttentionVariant::kGeneric) EXPECT_LE(worst, 2 * worst_plain + kTolerance);
  }
};

TEST_F(Attention, OfEveryTypeIsNearTheTruth) {
  for (int32_t dtype : kTypes) {
    for (const Shape& s : {Shape{6, 2, 32}, Shape{4, 4, 64}, Shape{8, 1, 128}, Shape{9, 1, 64}, Shape{4, 2, 96}}) {
      const Problem p(dtype, s, {{0, 1}, {0, 3}, {12, 4}, {15, 1}, {16, 0}, {30, 7}}, 7);
      for (AttentionVariant v : variants(p.cache)) expect_near_truth(p, plain(s), v, run(p, plain(s), v));
    }
  }
}

TEST_F(Attention, OverSeveralSpans) {
  for (int32_t dtype : kTypes) {
    for (const Shape& s : {Shape{4, 2, 64}, Shape{4, 1, 128}}) {
      const Problem p(dtype, s, {{254, 1}, {255, 1}, {256, 1}, {599, 2}, {1100, 1}}, 11, 32);
      for (AttentionVariant v : variants(p.cache)) {
        const std::vector<float> out = run(p, plain(s), v);
        expect_near_truth(p, plain(s), v, out);
        expect_same(out, run(p, plain(s), v, AttentionSplit::kNone), "one block for all spans");
      }
    }
  }
}

TEST_F(Attention, OfUnusualHeads) {
  for (int32_t head_dim : {1, 5, 31, 33, 80, 200, 256, 512}) {
    for (int32_t dtype : {WZ_F32, WZ_F16, WZ_F8_E4M3}) {
      const Shape s{3, 1, head_dim};
      const Problem p(dtype, s, {{38, 2}, {0, 2}, {258, 1}}, 13);
      for (AttentionVariant v : variants(p.cache)) {
        const std::vector<float> out = run(p, plain(s), v);
        expect_near_truth(p, plain(s), v, out);
        expect_same(out, run(p, plain(s), v, AttentionSplit::kNone), "one block for all spans");
      }
    }
  }
}

TEST_F(Attention, WithWindowSoftCapAndSinks) {
  const std::vector<float> sinks = {0.5f, -1, 3, -std::numeric_limits<float>::infinity()};
  const Shape s{4, 2, 64};
  for (int32_t dtype : {WZ_F32, WZ_BF16, WZ_Q8_0}) {
    const Problem p(dtype, s, {{17, 3}, {599, 1}, {700, 2}}, 17);
    for (int32_t window : {0, 1, 100, 256, 300}) {
      for (const auto& [cap, sink] : {std::pair<float, const float*>{0, sinks.data()}, {2, sinks.data()}, {2, nullptr}}) {
        const wz_attention_settings settings{4, 0.3f, cap, window, sink};
        for (AttentionVariant v : variants(p.cache)) {
          const std::vector<float> out = run(p, settings, v);
          expect_near_truth(p, settings, v, out);
          expect_same(out, run(p, settings, v, AttentionSplit::kNone), "one block for all spans");
        }
      }
    }
  }
}

TEST_F(Attention, OfLargeNumbersStaysFinite) {
  const Shape s{2, 1, 64};
  for (float scale : {1e-3f, 30.0f}) {
    for (int32_t dtype : {WZ_F16, WZ_BF16, WZ_F8_E4M3}) {
      const Problem p(dtype, s, {{40, 1}, {300, 1}}, 19, 16, scale);
      for (AttentionVariant v : variants(p.cache)) expect_near_truth(p, plain(s), v, run(p, plain(s), v));
    }
  }
  const Problem p(WZ_F16, s, {{40, 1}}, 19);
  Problem large = p;
  for (float& x : large.q) x *= 1e6f;  // beyond f16
  wz_attention_settings settings = plain(s);
  settings.scale *= 1e-6f;
  for (AttentionVariant v : variants(large.cache)) expect_near_truth(p, plain(s), v, run(large, settings, v));
}

// The sum of the weights is the sum that a column of ones gets.
TEST_F(Attention, OfConstantValuesIsTheConstant) {
  for (int32_t dtype : {WZ_F16, WZ_BF16, WZ_F8_E4M3}) {
    for (int32_t head_dim : {64, 128}) {
      const Shape s{4, 2, head_dim};
      Problem p(dtype, s, {{5, 1}, {299, 1}, {700, 1}}, 23);
      const std::vector<float> ones(p.values.size(), 1.0f);
      const auto bytes = static_cast<size_t>(wz_dtype_bytes(dtype));
      ASSERT_EQ(WZ_OK, wz_convert(p.values.data(), dtype, ones.data(), WZ_F32, static_cast<int64_t>(p.values.size() / bytes)));
      for (AttentionVariant v : variants(p.cache)) {
        if (v == AttentionVariant::kGeneric) continue;
        for (AttentionSplit split : {AttentionSplit::kSpans, AttentionSplit::kNone}) {
          for (float x : run(p, plain(s), v, split)) ASSERT_EQ(1.0f, x) << wz_dtype_name(dtype) << " " << head_dim;
        }
      }
    }
  }
}

TEST_F(Attention, ChunksPagesAndNeighboursDoNotMatter) {
  for (int32_t dtype : kTypes) {
    const Shape s{4, 2, 64};
    const int64_t row = int64_t{s.heads} * s.head_dim;
    constexpr int32_t kFirst = 240;
    const Problem whole(dtype, s, {{kFirst, 50}}, 29);  // 65 tokens or more would not be split
    const Problem others(dtype, s, {{3, 2}, {0, 0}, {280, 10}, {600, 1}, {17, 3}}, 31, 48);
    for (AttentionVariant v : variants(whole.cache)) {
      const std::vector<float> expected = run(whole, plain(s), v);
      const auto expect_tail = [&](const std::vector<float>& out, int64_t at, int32_t first, int32_t count, const std::string& where) {
        const std::vector<float> part(expected.begin() + (first - kFirst) * row, expected.begin() + (first - kFirst + count) * row);
        expect_same(part, {out.begin() + at * row, out.begin() + (at + count) * row}, where);
      };
      expect_tail(run(Problem(dtype, s, {{289, 1}}, 37), plain(s), v), 0, 289, 1, "one token");
      const Loaded padded(others, stream, 5);
      expect_tail(run(padded, plain(s), v, AttentionSplit::kSpans, 601), 2, 280, 10, "among others");
      expect_tail(run(padded, plain(s), v, AttentionSplit::kSpans, 1601), 2, 280, 10, "with a larger grid");
      expect_tail(run(padded, plain(s), v, AttentionSplit::kNone, 601), 2, 280, 10, "without splitting");
    }
  }
}

TEST_F(Attention, ChecksWhatOnlyTheDeviceSees) {
  const Shape s{2, 1, 64};
  for (int32_t dtype : {WZ_F32, WZ_F16}) {
    Problem p(dtype, s, {{299, 1}, {40, 1}, {50, 1}, {20, 1}}, 41);
    wz_attention_settings settings = plain(s);
    settings.window = 20;
    for (AttentionVariant v : variants(p.cache)) {
      const std::vector<float> expected = run(p, settings, v);
      Problem other = p;
      // Pages before the window may be anything; a position beyond its table or max_positions gives NaN.
      for (int32_t i = 0; i < 17; ++i) other.batch.tables[static_cast<size_t>(i)] = i % 2 == 0 ? -1 : 1 << 30;
      other.batch.positions[1] = other.batch.stride * 16;
      other.batch.positions[2] = -5;
      const std::vector<float> out = run(other, settings, v);
      const auto row = [&](const std::vector<float>& of, int64_t t) { return std::vector<float>(of.begin() + t * 128, of.begin() + (t + 1) * 128); };
      expect_same(row(expected, 0), row(out, 0), "window");
      expect_same(row(expected, 3), row(out, 3), "neighbour");
      for (float x : row(out, 1)) ASSERT_TRUE(std::isnan(x));
      for (float x : row(out, 2)) ASSERT_TRUE(std::isnan(x));
      for (float x : row(run(Loaded(p, stream), settings, v, AttentionSplit::kSpans, 299), 0)) ASSERT_TRUE(std::isnan(x));
      // A page that does not exist is as if its tokens were not seen: here the first 4 of the window of 20.
      other = p;
      other.batch.tables[17] = p.cache.pages;
      wz_attention_settings shorter = settings;
      shorter.window = 299 - 288 + 1;
      expect_same(row(run(p, shorter, v), 0), row(run(other, settings, v), 0), "no such page");
    }
  }
}

TEST_F(Attention, IsTheCpus) {
  const Shape s{8, 2, 64};
  const Problem p(WZ_F16, s, {{0, 5}, {333, 2}}, 43);
  const wz_batch view = p.batch.view();
  std::vector<float> expected(p.q.size());
  std::vector<char> cpu_scratch(static_cast<size_t>(wz_attention_scratch(view.tokens, s.heads, s.head_dim, p.batch.max_positions)));
  const wz_attention_settings settings = plain(s);
  ASSERT_EQ(WZ_OK, wz_attention(expected.data(), p.q.data(), &settings, &view, &p.cache, cpu_scratch.data(), nullptr)) << wz_last_error();
  const Loaded on(p, stream);
  Array<float> out(p.outputs(), stream);
  Array<unsigned char> scratch(wz_cuda_attention_scratch(view.tokens, s.heads, s.head_dim, p.batch.max_positions), stream);
  ok(wz_cuda_attention_scratch_clear(scratch, stream));
  ok(wz_cuda_attention(out, on.q, &settings, &on.batch.view, &on.cache, scratch, p.batch.max_positions, stream));
  const std::vector<float> found = out.values();
  // Weights of 11 bits: their errors, 2^-12 each, are averaged over values of about 1.
  for (size_t i = 0; i < found.size(); ++i) ASSERT_NEAR(expected[i], found[i], 0x1p-11) << i;
  expect_same(run(p, settings, wz::cuda::best_variant(p.cache)), found, "the C function");
}

TEST(AttentionArguments, AreChecked) {
  const int32_t begin[] = {0, 1};
  wz_batch batch = {1, 1, begin, begin, begin, 1};
  float x[32] = {}, y[32] = {};
  wz_kv_cache cache = {nullptr, nullptr, WZ_F16, 0, 16, 2, 32};
  wz_attention_settings settings = {3, 1, 0, 0, nullptr};
  const auto refused = [&](const std::string& message) {
    EXPECT_NE(wz_cuda_attention(y, x, &settings, &batch, &cache, x, 16, nullptr), WZ_OK);
    EXPECT_EQ(std::string(wz_cuda_last_error()).substr(0, message.size() + 19), "wz_cuda_attention: " + message);
  };
  batch = {};
  refused("batch.begin: found NULL, expected device memory");
  batch.sequences = -1;
  refused("batch.sequences: found -1, expected 0 or more");
  cache.page_tokens = 24;
  refused("cache.page_tokens: found 24, expected a multiple of 16");
  cache.head_dim = 513;
  EXPECT_EQ(wz_cuda_attention_scratch(1, 2, 513, 16), 0);
  EXPECT_EQ(wz_cuda_attention_scratch(-1, 2, 64, 16), 0);
  EXPECT_NE(wz_cuda_attention_scratch_clear(x, nullptr), WZ_OK) << "host memory";
}

}  // namespace
