// Attention against float64 and against itself: every instruction set, chunking, thread count, page order and cache type must give the same bits.
// Long because one set of random caches and batches serves all of these.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <numeric>
#include <random>
#include "op_test.h"

namespace wz::test {
namespace {

constexpr int32_t kPageTokens = 16;
const std::vector<int32_t> kCacheTypes = {WZ_F32, WZ_F16, WZ_BF16, WZ_F8_E4M3, WZ_Q8_0};
constexpr double kInfinity = std::numeric_limits<double>::infinity();

// One layer's cache, full of NaN, between guard bytes.
struct Cache {
  Cache(int32_t dtype, int32_t pages, int32_t kv_heads, int32_t head_dim, int32_t page_tokens = kPageTokens)
      : keys(WZ_U8, bytes(dtype, pages, kv_heads, head_dim, page_tokens)), values(keys.dtype(), keys.size()) {
    std::memset(keys.data(), 0xFF, static_cast<size_t>(keys.bytes()));
    std::memset(values.data(), 0xFF, static_cast<size_t>(values.bytes()));
    view = {keys.data(), values.data(), dtype, pages, page_tokens, kv_heads, head_dim};
  }
  Cache(const Cache&) = delete;

  static int64_t bytes(int32_t dtype, int64_t pages, int64_t kv_heads, int64_t head_dim, int64_t page_tokens) {
    return pages * kv_heads * page_tokens * head_dim / wz_dtype_block(dtype) * wz_dtype_block_bytes(dtype);
  }

  // Element c of the key or value of a head at a page and place of it.
  double get(const Array& of, int64_t page, int64_t head, int64_t place, int64_t c) const {
    const int64_t i = ((page * view.kv_heads + head) * view.page_tokens + place) * view.head_dim + c;
    const UseIsa reference("reference");
    const char* data = of.as<char>();
    double v = 0;
    if (view.dtype != WZ_Q8_0) {
      wz_convert(&v, WZ_F64, data + i * wz_dtype_bytes(view.dtype), view.dtype, 1);
      return v;
    }
    const char* block = data + i / 32 * 34;
    wz_convert(&v, WZ_F64, block, WZ_F16, 1);
    return v * static_cast<signed char>(block[2 + i % 32]);
  }

  Array keys;
  Array values;
  wz_kv_cache view;
};

// Sequences as {first new position, new tokens}; a table of pages for each, in an order that the seed shuffles.
struct Batch {
  Batch(const std::vector<std::pair<int32_t, int32_t>>& sequences, uint64_t seed, int32_t page_tokens = kPageTokens) {
    begin.push_back(0);
    for (const auto& [first, count] : sequences) {
      for (int32_t i = 0; i < count; ++i) positions.push_back(first + i);
      begin.push_back(begin.back() + count);
      stride = std::max(stride, (first + count + page_tokens - 1) / page_tokens);
    }
    stride = std::max(stride, 1);
    pages = stride * static_cast<int32_t>(sequences.size());
    tables.resize(static_cast<size_t>(pages));
    std::iota(tables.begin(), tables.end(), 0);
    std::mt19937_64 random(seed);
    std::shuffle(tables.begin(), tables.end(), random);
  }

  wz_batch view() const {
    return {static_cast<int32_t>(begin.size()) - 1, begin.back(), begin.data(), positions.data(), tables.data(), stride};
  }
  int32_t tokens() const { return begin.back(); }

  std::vector<int32_t> begin, positions, tables;
  int32_t stride = 0;
  int32_t pages = 0;
};

struct Pool {
  explicit Pool(int32_t threads) { EXPECT_EQ(WZ_OK, wz_threads_create(threads, &pool)); }
  ~Pool() { wz_threads_free(pool); }
  Pool(const Pool&) = delete;
  wz_threads* pool = nullptr;
};

struct Shape {
  int32_t heads;
  int32_t kv_heads;
  int32_t head_dim;
};

struct Scratch {
  Scratch(const wz_batch& batch, Shape shape) {
    int32_t last = 0;
    for (int32_t t = 0; t < batch.tokens; ++t) last = std::max(last, batch.positions[t]);
    bytes = std::make_unique<Array>(WZ_U8, wz_attention_scratch(batch.tokens, shape.heads, shape.head_dim, last + 1));
  }
  ~Scratch() { EXPECT_TRUE(bytes->guards_intact()) << "written outside the scratch"; }
  std::unique_ptr<Array> bytes;
};

wz_status attend(void* out, const Array& q, const wz_attention_settings& settings, const Batch& batch, const Cache& cache,
                 wz_threads* pool = nullptr) {
  const wz_batch view = batch.view();
  const Scratch scratch(view, {settings.heads, cache.view.kv_heads, cache.view.head_dim});
  return wz_attention(static_cast<float*>(out), q.as<float>(), &settings, &view, &cache.view, scratch.bytes->data(), pool);
}

wz_attention_settings plain(Shape shape) { return {shape.heads, static_cast<float>(1 / std::sqrt(shape.head_dim)), 0, 0, nullptr}; }

// A problem of sequences that start at position 0, with random queries, keys and values, whose cache is filled by wz_qk_rope_append.
struct Problem {
  Problem(int32_t dtype, Shape s, const std::vector<int32_t>& lengths, uint64_t seed, int32_t page_tokens = kPageTokens, double scale = 1)
      : shape(s), batch(from_zero(lengths), seed, page_tokens), cache(dtype, batch.pages, s.kv_heads, s.head_dim, page_tokens),
        q(smooth_array(WZ_F32, int64_t{batch.tokens()} * s.heads * s.head_dim, seed + 1, scale)),
        k(smooth_array(WZ_F32, int64_t{batch.tokens()} * s.kv_heads * s.head_dim, seed + 2, scale)),
        v(smooth_array(WZ_F32, k.size(), seed + 3)) {
    append(batch, k, v);
  }

  static std::vector<std::pair<int32_t, int32_t>> from_zero(const std::vector<int32_t>& lengths) {
    std::vector<std::pair<int32_t, int32_t>> sequences;
    for (int32_t n : lengths) sequences.emplace_back(0, n);
    return sequences;
  }

  void append(const Batch& to, const Array& keys, const Array& values) {
    const UseIsa reference("reference");
    Array queries = q, copy = keys;
    const wz_batch view = to.view();
    ASSERT_EQ(WZ_OK, wz_qk_rope_append(queries.as<float>(), copy.as<float>(), values.as<float>(), nullptr, nullptr, 0, nullptr, shape.heads,
                                       &view, &cache.view, nullptr))
        << wz_last_error();
    ASSERT_TRUE(cache.keys.guards_intact() && cache.values.guards_intact());
  }

  int64_t outputs() const { return q.size(); }

  // Of token t of sequence s for a head, in float64 on the cache's values.
  std::vector<double> truth(const wz_attention_settings& settings, int32_t s, int32_t t, int32_t head) const {
    const int32_t* table = batch.tables.data() + int64_t{s} * batch.stride;
    const int32_t position = batch.positions[static_cast<size_t>(t)], kv_head = head / (shape.heads / shape.kv_heads);
    const int32_t first = settings.window > 0 ? std::max(0, position - settings.window + 1) : 0;
    const int32_t page_tokens = cache.view.page_tokens;
    std::vector<double> logit, out(static_cast<size_t>(shape.head_dim), 0.0);
    double most = settings.sinks != nullptr ? static_cast<double>(settings.sinks[head]) : -kInfinity;
    for (int32_t n = first; n <= position; ++n) {
      double dot = 0;
      for (int32_t c = 0; c < shape.head_dim; ++c) {
        dot += q.get((int64_t{t} * shape.heads + head) * shape.head_dim + c) *
               cache.get(cache.keys, table[n / page_tokens], kv_head, n % page_tokens, c);
      }
      dot *= static_cast<double>(settings.scale);
      if (settings.soft_cap > 0) dot = static_cast<double>(settings.soft_cap) * std::tanh(dot / static_cast<double>(settings.soft_cap));
      logit.push_back(dot);
      most = std::max(most, dot);
    }
    double sum = settings.sinks != nullptr ? std::exp(static_cast<double>(settings.sinks[head]) - most) : 0;
    for (double l : logit) sum += std::exp(l - most);
    for (int32_t n = first; n <= position; ++n) {
      const double weight = std::exp(logit[static_cast<size_t>(n - first)] - most) / sum;
      for (int32_t c = 0; c < shape.head_dim; ++c)
        out[static_cast<size_t>(c)] += weight * cache.get(cache.values, table[n / page_tokens], kv_head, n % page_tokens, c);
    }
    return out;
  }

  // A few tokens of each sequence, the last among them.
  void expect_near_truth(const Array& out, const wz_attention_settings& settings, double tolerance) const {
    for (int32_t s = 0; s + 1 < static_cast<int32_t>(batch.begin.size()); ++s) {
      const int32_t begin = batch.begin[static_cast<size_t>(s)], end = batch.begin[static_cast<size_t>(s) + 1];
      for (int32_t t = end - 1; t >= begin; t -= 1 + (end - begin) / 3) {
        for (int32_t head = 0; head < shape.heads; head += std::max(1, shape.heads - 1)) {
          const std::vector<double> expected = truth(settings, s, t, head);
          for (int32_t c = 0; c < shape.head_dim; ++c) {
            ASSERT_NEAR(expected[static_cast<size_t>(c)], out.get((int64_t{t} * shape.heads + head) * shape.head_dim + c), tolerance)
                << "token " << t << ", head " << head << ", element " << c;
          }
        }
      }
    }
  }

  Shape shape;
  Batch batch;
  Cache cache;
  Array q;
  Array k;
  Array v;
};

// Logits carry an error of about their own size times the unit roundoff, which e^x makes a relative one of the weights.
constexpr double kTolerance = 4e-6;

TEST(Attention, IsNearTheTruthAndTheSameOnEveryInstructionSet) {
  const std::vector<int32_t> lengths = {1, 3, 15, 16, 17, 0, 37};
  for (int32_t dtype : kCacheTypes) {
    for (const Shape& shape : {Shape{6, 2, 32}, Shape{4, 4, 64}, Shape{8, 1, 128}}) {
      const Problem p(dtype, shape, lengths, 7);
      const wz_attention_settings settings = plain(shape);
      const wz::test::Run run = [&](void* out) { return attend(out, p.q, settings, p.batch, p.cache); };
      expect_isas_agree(WZ_F32, p.outputs(), run);
      p.expect_near_truth(result_of(WZ_F32, p.outputs(), run), settings, kTolerance);
    }
  }
}

TEST(Attention, OverSeveralSpans) {
  for (int32_t dtype : {WZ_F32, WZ_F16, WZ_Q8_0}) {
    const Shape shape{4, 2, 32};
    const Problem p(dtype, shape, {255, 256, 257, 600}, 11);
    const wz_attention_settings settings = plain(shape);
    const wz::test::Run run = [&](void* out) { return attend(out, p.q, settings, p.batch, p.cache); };
    expect_isas_agree(WZ_F32, p.outputs(), run);
    p.expect_near_truth(result_of(WZ_F32, p.outputs(), run), settings, kTolerance);
  }
}

TEST(Attention, OfHeadsThatFillNoRegister) {
  for (int32_t head_dim : {1, 5, 8, 16, 24, 40, 72, 80, 96, 200, 256, 512}) {
    for (int32_t dtype : {WZ_F32, WZ_F16, WZ_F8_E4M3}) {
      const Shape shape{3, 1, head_dim};
      const Problem p(dtype, shape, {40, 2}, 13);
      const wz_attention_settings settings = plain(shape);
      const wz::test::Run run = [&](void* out) { return attend(out, p.q, settings, p.batch, p.cache); };
      expect_isas_agree(WZ_F32, p.outputs(), run);
      p.expect_near_truth(result_of(WZ_F32, p.outputs(), run), settings, kTolerance);
    }
  }
}

TEST(Attention, WithWindowSoftCapAndSinks) {
  const std::vector<float> sinks = {0.5f, -1, 3, -std::numeric_limits<float>::infinity()};
  const Shape shape{4, 2, 32};
  const Problem p(WZ_BF16, shape, {20, 600, 3}, 17);
  for (int32_t window : {0, 1, 5, 100, 256, 300}) {
    for (float cap : {0.0f, 2.0f}) {
      for (const float* sink : {static_cast<const float*>(nullptr), sinks.data()}) {
        const wz_attention_settings settings{4, 0.3f, cap, window, sink};
        const wz::test::Run run = [&](void* out) { return attend(out, p.q, settings, p.batch, p.cache); };
        expect_isas_agree(WZ_F32, p.outputs(), run);
        p.expect_near_truth(result_of(WZ_F32, p.outputs(), run), settings, 2 * kTolerance);
      }
    }
  }
}

// Pages of a sequence before its window, and behind its last token, may be anything.
TEST(Attention, LooksAtNoPageOutsideTheWindow) {
  const Shape shape{2, 1, 16};
  Problem p(WZ_F32, shape, {300}, 19);
  wz_attention_settings settings = plain(shape);
  settings.window = 20;
  const Array whole = result_of(WZ_F32, p.outputs(), [&](void* out) { return attend(out, p.q, settings, p.batch, p.cache); });
  Batch last({{299, 1}}, 1);
  last.tables = p.batch.tables;
  std::fill_n(last.tables.begin(), 17, -1);  // 17 pages hold the positions to 271
  Array q(WZ_F32, 32);
  std::memcpy(q.data(), p.q.as<float>() + 299 * 32, 128);
  const Array one = result_of(WZ_F32, 32, [&](void* out) { return attend(out, q, settings, last, p.cache); });
  EXPECT_EQ(0, std::memcmp(one.data(), whole.as<float>() + 299 * 32, 128));
}

// A step of the given numbers of tokens of one sequence at a time: the same bits as all at once.
void expect_chunks_agree(int32_t dtype, Shape shape, const wz_attention_settings& settings, int32_t length, const std::vector<int32_t>& chunks) {
  const Problem whole(dtype, shape, {length}, 23);
  const int64_t row = int64_t{shape.heads} * shape.head_dim, kv_row = int64_t{shape.kv_heads} * shape.head_dim;
  const Array expected = result_of(WZ_F32, whole.outputs(), [&](void* out) { return attend(out, whole.q, settings, whole.batch, whole.cache); });
  Cache cache(dtype, whole.batch.pages, shape.kv_heads, shape.head_dim);
  int32_t first = 0;
  for (size_t i = 0; first < length; ++i) {
    const int32_t count = std::min(chunks[i % chunks.size()], length - first);
    Batch step({{first, count}}, 5);
    step.tables = whole.batch.tables;
    std::reverse(step.tables.begin(), step.tables.end());  // and other page numbers
    step.stride = whole.batch.stride;
    const auto part = [&](const Array& of, int64_t width) {
      Array a(WZ_F32, count * width);
      std::memcpy(a.data(), of.as<float>() + first * width, static_cast<size_t>(a.bytes()));
      return a;
    };
    Array q = part(whole.q, row), k = part(whole.k, kv_row);
    const Array v = part(whole.v, kv_row);
    const wz_batch view = step.view();
    ASSERT_EQ(WZ_OK, wz_qk_rope_append(q.as<float>(), k.as<float>(), v.as<float>(), nullptr, nullptr, 0, nullptr, shape.heads, &view,
                                       &cache.view, nullptr));
    const Array out = result_of(WZ_F32, count * row, [&](void* p) { return attend(p, q, settings, step, cache); });
    ASSERT_EQ(0, std::memcmp(out.data(), expected.as<float>() + first * row, static_cast<size_t>(out.bytes())))
        << wz_dtype_name(dtype) << ": " << count << " tokens from " << first;
    first += count;
  }
}

TEST(Attention, ChunksDoNotMatter) {
  for (int32_t dtype : kCacheTypes) {
    const Shape shape{6, 2, 64};
    expect_chunks_agree(dtype, shape, plain(shape), 300, {1, 40, 2, 7, 100, 16, 17});
  }
  const Shape shape{2, 2, 48};
  wz_attention_settings settings = plain(shape);
  settings.window = 70;
  expect_chunks_agree(WZ_F16, shape, settings, 600, {300, 33, 1, 1, 64});
  expect_chunks_agree(WZ_BF16, {5, 1, 20}, plain({5, 1, 20}), 270, {1});
}

TEST(Attention, ThreadsAndOtherSequencesDoNotMatter) {
  const Shape shape{4, 2, 32};
  const Problem p(WZ_F16, shape, {520, 1, 3, 90, 16, 17, 5, 8, 2, 0, 30}, 29);
  const wz_attention_settings settings = plain(shape);
  const Array expected = result_of(WZ_F32, p.outputs(), [&](void* out) { return attend(out, p.q, settings, p.batch, p.cache); });
  for (int32_t threads : {1, 2, 3}) {
    const Pool pool(threads);
    for (int repeat = 0; repeat < 3; ++repeat) {
      EXPECT_TRUE(same_values(expected, result_of(WZ_F32, p.outputs(), [&](void* out) {
                                return attend(out, p.q, settings, p.batch, p.cache, pool.pool);
                              })));
    }
  }
  // Each sequence alone.
  const int64_t row = int64_t{shape.heads} * shape.head_dim;
  for (size_t s = 0; s + 1 < p.batch.begin.size(); ++s) {
    const int32_t begin = p.batch.begin[s], count = p.batch.begin[s + 1] - begin;
    Batch alone({{0, count}}, 1);
    alone.stride = p.batch.stride;
    alone.tables.assign(p.batch.tables.begin() + static_cast<int64_t>(s) * alone.stride,
                        p.batch.tables.begin() + static_cast<int64_t>(s + 1) * alone.stride);
    Array q(WZ_F32, count * row);
    if (count > 0) std::memcpy(q.data(), p.q.as<float>() + begin * row, static_cast<size_t>(q.bytes()));
    const Array out = result_of(WZ_F32, count * row, [&](void* o) { return attend(o, q, settings, alone, p.cache); });
    if (count > 0) {
      EXPECT_EQ(0, std::memcmp(out.data(), expected.as<float>() + begin * row, static_cast<size_t>(out.bytes()))) << s;
    }
  }
}

TEST(Attention, PagesOfAnySize) {
  const Shape shape{2, 1, 32};
  const wz_attention_settings settings = plain(shape);
  const Problem p(WZ_F16, shape, {530, 20}, 31);
  const Array expected = result_of(WZ_F32, p.outputs(), [&](void* out) { return attend(out, p.q, settings, p.batch, p.cache); });
  for (int32_t page_tokens : {32, 48, 256, 1024}) {
    const Problem other(WZ_F16, shape, {530, 20}, 31, page_tokens);
    EXPECT_TRUE(same_values(expected, result_of(WZ_F32, p.outputs(), [&](void* out) {
                              return attend(out, other.q, settings, other.batch, other.cache);
                            })));
  }
}

TEST(Attention, OfAwkwardValues) {
  for (int32_t dtype : {WZ_F32, WZ_BF16}) {
    const Shape shape{4, 2, 32};
    // Logits of about ten thousand: one key takes all the weight.
    const Problem large(dtype, shape, {40, 300}, 37, kPageTokens, 45);
    const wz_attention_settings settings = plain(shape);
    const wz::test::Run run = [&](void* out) { return attend(out, large.q, settings, large.batch, large.cache); };
    expect_isas_agree(WZ_F32, large.outputs(), run);
    large.expect_near_truth(result_of(WZ_F32, large.outputs(), run), settings, 1e-2);
    // All kinds of values everywhere.
    Problem p(dtype, shape, {3, 20, 270}, 41);
    const Array k = random_array(WZ_F32, p.k.size(), 42), v = random_array(WZ_F32, p.v.size(), 43);
    p.append(p.batch, k, v);
    const Array q = random_array(WZ_F32, p.q.size(), 44);
    expect_isas_agree(WZ_F32, p.outputs(), [&](void* out) { return attend(out, q, settings, p.batch, p.cache); });
  }
}

// NaN in a value reaches those that see it and nobody else, however tiles lie.
TEST(Attention, NanReachesOnlyThoseWhoSeeIt) {
  const Shape shape{2, 1, 32};
  Problem p(WZ_F32, shape, {100}, 47);
  wz_attention_settings settings = plain(shape);
  settings.window = 10;
  for (int32_t at : {0, 37, 98}) {
    Array v = p.v;
    v.set(at * 32 + 7, std::nan(""));
    p.append(p.batch, p.k, v);
    const Array out = result_of(WZ_F32, p.outputs(), [&](void* o) { return attend(o, p.q, settings, p.batch, p.cache); });
    for (int32_t t = 0; t < 100; ++t) {
      const bool sees = t >= at && t < at + 10;
      for (int64_t c = 0; c < 64; ++c) EXPECT_EQ(sees && c % 32 == 7, std::isnan(out.get(t * 64 + c))) << t << ", element " << c;
    }
  }
}

TEST(Attention, RefusesBadArguments) {
  const Shape shape{4, 2, 32};
  const Problem p(WZ_F32, shape, {20, 3}, 53);
  Array out(WZ_F32, p.outputs()), scratch(WZ_U8, wz_attention_scratch(23, 4, 32, 64));
  const auto refused = [&](wz_status status, const std::vector<std::string>& pieces, const auto& change) {
    wz_attention_settings settings = plain(shape);
    Batch b = p.batch;
    wz_kv_cache cache = p.cache.view;
    wz_batch view{};
    change(settings, b, cache);
    view = b.view();
    expect_refused(status, wz_attention(out.as<float>(), p.q.as<float>(), &settings, &view, &cache, scratch.data(), nullptr), pieces);
  };
  using Settings = wz_attention_settings;
  refused(WZ_INVALID_ARGUMENT, {"heads: found 5", "multiple", "2 kv_heads"}, [](Settings& s, Batch&, wz_kv_cache&) { s.heads = 5; });
  refused(WZ_INVALID_ARGUMENT, {"window", "-1"}, [](Settings& s, Batch&, wz_kv_cache&) { s.window = -1; });
  refused(WZ_INVALID_ARGUMENT, {"soft_cap"}, [](Settings& s, Batch&, wz_kv_cache&) { s.soft_cap = std::nanf(""); });
  refused(WZ_INVALID_ARGUMENT, {"page 1 of sequence 0: found number 4", "4 pages"}, [](Settings&, Batch& b, wz_kv_cache&) { b.tables[1] = 4; });
  refused(WZ_INVALID_ARGUMENT, {"page 0 of sequence 1: found number -1"}, [](Settings&, Batch& b, wz_kv_cache&) { b.tables[2] = -1; });
  refused(WZ_INVALID_ARGUMENT, {"batch.positions[22]: found 32", "32 positions", "sequence 1"},
          [](Settings&, Batch& b, wz_kv_cache&) { b.positions[22] = 32; });
  refused(WZ_INVALID_ARGUMENT, {"batch.positions[21]: found 0", "at least 1"}, [](Settings&, Batch& b, wz_kv_cache&) { b.positions[21] = 0; });
  refused(WZ_INVALID_ARGUMENT, {"batch.begin[1]: found 24"}, [](Settings&, Batch& b, wz_kv_cache&) { b.begin[1] = 24; });
  refused(WZ_INVALID_ARGUMENT, {"page_tokens: found 24", "multiple of 16"}, [](Settings&, Batch&, wz_kv_cache& c) { c.page_tokens = 24; });
  refused(WZ_INVALID_ARGUMENT, {"head_dim: found 513"}, [](Settings&, Batch&, wz_kv_cache& c) { c.head_dim = 513; });
  refused(WZ_INVALID_ARGUMENT, {"head_dim: found 40", "32", "q8_0"}, [](Settings&, Batch&, wz_kv_cache& c) {
    c.dtype = WZ_Q8_0;
    c.head_dim = 40;
  });
  refused(WZ_UNSUPPORTED, {"cache.dtype", "q4_0"}, [](Settings&, Batch&, wz_kv_cache& c) { c.dtype = WZ_Q4_0; });
  refused(WZ_INVALID_ARGUMENT, {"cache.keys"}, [](Settings&, Batch&, wz_kv_cache& c) { c.keys = nullptr; });
  const wz_attention_settings settings = plain(shape);
  const wz_batch view = p.batch.view();
  Array q = p.q;
  expect_refused(WZ_INVALID_ARGUMENT, wz_attention(q.as<float>(), q.as<float>(), &settings, &view, &p.cache.view, scratch.data(), nullptr),
                 {"out: found q"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_attention(out.as<float>(), q.as<float>(), &settings, &view, &p.cache.view, nullptr, nullptr),
                 {"scratch"});
}

}  // namespace
}  // namespace wz::test
