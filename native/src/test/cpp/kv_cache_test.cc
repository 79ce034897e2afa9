#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <random>
#include "op_test.h"

namespace wz::test {
namespace {

constexpr int32_t kPages = 9, kPageTokens = 16, kLayers = 3;

struct Type {
  int32_t dtype;
  int32_t head_dim;
};
const std::vector<Type> kTypes = {{WZ_F32, 5}, {WZ_F32, 64}, {WZ_F16, 20}, {WZ_BF16, 96}, {WZ_BF16, 128}, {WZ_F8_E4M3, 48}, {WZ_Q8_0, 96}};

// Keys and values of kLayers layers, the second of which has another number of heads.
struct Caches {
  // awkward: with infinities, NaN and so on
  Caches(const Type& type, uint64_t seed, bool awkward = true) : of(type) {
    for (int32_t l = 0; l < kLayers; ++l) {
      for (int i = 0; i < 2; ++i) {
        const int64_t n = int64_t{kPages} * heads(l) * kPageTokens * of.head_dim;
        const uint64_t s = seed + static_cast<uint64_t>(2 * l + i);
        const Array x = awkward ? random_array(WZ_F32, n, s) : smooth_array(WZ_F32, n, s, 3);
        Array cells(WZ_U8, n / wz_dtype_block(of.dtype) * wz_dtype_block_bytes(of.dtype));
        if (of.dtype == WZ_Q8_0) {
          EXPECT_EQ(WZ_OK, wz_quantize(cells.data(), WZ_Q8_0, smooth_array(WZ_F32, n, s, 3).as<float>(), nullptr, n / 32, 32, nullptr));
        } else {
          EXPECT_EQ(WZ_OK, wz_convert(cells.data(), of.dtype, x.data(), WZ_F32, n));
        }
        data.push_back(cells);
      }
    }
  }

  static int32_t heads(int32_t layer) { return layer == 1 ? 1 : 2; }
  int64_t row_bytes() const { return int64_t{of.head_dim} / wz_dtype_block(of.dtype) * wz_dtype_block_bytes(of.dtype); }
  std::vector<wz_kv_cache> structs() {
    std::vector<wz_kv_cache> all;
    for (int32_t l = 0; l < kLayers; ++l) {
      all.push_back({data[static_cast<size_t>(2 * l)].data(), data[static_cast<size_t>(2 * l + 1)].data(), of.dtype, kPages, kPageTokens, heads(l), of.head_dim});
    }
    return all;
  }
  // array: keys of layer 0, its values, keys of layer 1, ...
  char* row(size_t array, int32_t head, int32_t page, int32_t place) {
    return data[array].as<char>() + ((int64_t{page} * heads(static_cast<int32_t>(array / 2)) + head) * kPageTokens + place) * row_bytes();
  }
  bool guards_intact() const {
    return std::all_of(data.begin(), data.end(), [](const Array& a) { return a.guards_intact(); });
  }

  Type of;
  std::vector<Array> data;
};

::testing::AssertionResult same(const Caches& expected, const Caches& actual) {
  // Float types as numbers: whose NaN survives an operation is the processor's choice.
  for (size_t i = 0; i < expected.data.size(); ++i) {
    const int32_t dtype = expected.of.dtype == WZ_Q8_0 ? int32_t{WZ_U8} : expected.of.dtype;
    const auto typed = [&](const Array& bytes) {
      Array x(dtype, bytes.bytes() / wz_dtype_bytes(dtype));
      std::memcpy(x.data(), bytes.data(), static_cast<size_t>(bytes.bytes()));
      return x;
    };
    auto result = same_values(typed(expected.data[i]), typed(actual.data[i]));
    if (!result) return result << " in array " << i;
  }
  return ::testing::AssertionSuccess();
}

struct Move {
  std::vector<int32_t> to_table;
  int32_t to;
  std::vector<int32_t> from_table;
  int32_t from;
  int32_t count;
  wz_kv_span target() const { return {to_table.data(), static_cast<int32_t>(to_table.size()), to}; }
  wz_kv_span source() const { return {from_table.data(), static_cast<int32_t>(from_table.size()), from}; }
};

// Apart; the same pages in the same order, up and down; in another order, where neither direction alone is right; a page twice in from.
const std::vector<Move> kMoves = {{{4, 2}, 0, {7, 8}, 0, 0},
                                  {{4, 2}, 5, {7, 8}, 3, 1},
                                  {{4, 2}, 0, {7, 8}, 0, 16},
                                  {{4, 2, 0}, 3, {7, 8, 1}, 10, 38},
                                  {{3, 1, 6, 0}, 0, {3, 1, 6, 0}, 7, 57},
                                  {{3, 1, 6, 0}, 16, {3, 1, 6, 0}, 0, 48},
                                  {{3, 1, 6, 0}, 9, {3, 1, 6, 0}, 2, 40},
                                  {{3, 1, 6, 0}, 2, {3, 1, 6, 0}, 2, 40},
                                  {{-1, 1, 6, 0}, 20, {0, 6, 1, 3}, 1, 44},
                                  {{0, 1, 2, 3, 4, 5, 6}, 5, {6, 4, 2, 0, 1, 3, 5}, 0, 107},
                                  {{5, 6, 7}, 0, {5, 5, 6}, 8, 40},
                                  {{6, 5, 7}, 3, {5, 5, 6}, 8, 40}};

// One row of cosines and sines.
struct Delta {
  Delta(int32_t position, int32_t dim, bool interleaved) : table(WZ_F32, dim) {
    std::vector<double> frequency;
    for (int32_t i = 0; i < dim / 2; ++i) frequency.push_back(std::pow(1e4, -2.0 * i / dim));
    EXPECT_EQ(WZ_OK, wz_rope_table(table.as<float>(), &position, frequency.data(), 1, 1, dim));
    rope = {table.as<float>(), dim, interleaved ? 1 : 0};
  }
  Array table;
  wz_rope rope;
};

// Where token i of a span lies.
struct Place {
  int32_t page, place;
};
Place place_of(const wz_kv_span& span, int32_t i) {
  return {span.table[(span.first + i) / kPageTokens], (span.first + i) % kPageTokens};
}

TEST(KvMove, IsACopyOfTheSource) {
  for (const Type& type : kTypes) {
    Caches before(type, 1);
    for (const Move& m : kMoves) {
      for (int32_t threads : {1, 3}) {
        wz_threads* pool = nullptr;
        ASSERT_EQ(WZ_OK, wz_threads_create(threads, &pool));
        Caches expected = before, moved = before;
        const wz_kv_span to = m.target(), from = m.source();
        for (size_t a = 0; a < expected.data.size(); ++a) {
          for (int32_t h = 0; h < Caches::heads(static_cast<int32_t>(a / 2)); ++h) {
            for (int32_t i = 0; i < m.count; ++i) {
              const Place p = place_of(to, i), q = place_of(from, i);
              std::memcpy(expected.row(a, h, p.page, p.place), before.row(a, h, q.page, q.place), static_cast<size_t>(before.row_bytes()));
            }
          }
        }
        const std::vector<wz_kv_cache> caches = moved.structs();
        ASSERT_EQ(WZ_OK, wz_kv_move(caches.data(), kLayers, &to, &from, m.count, nullptr, pool)) << wz_last_error();
        EXPECT_TRUE(moved.guards_intact());
        for (size_t a = 0; a < expected.data.size(); ++a) {
          ASSERT_EQ(0, std::memcmp(expected.data[a].data(), moved.data[a].data(), static_cast<size_t>(moved.data[a].bytes())))
              << type.dtype << " to " << m.to << " from " << m.from << " array " << a;
        }
        wz_threads_free(pool);
      }
    }
  }
}

// Leading elements that turn: all, some, in q8_0 a part of a block; none.
std::vector<int32_t> dims_of(int32_t head_dim) { return {head_dim / 2 * 2, head_dim / 4 * 2, 2, 0}; }

// Values of one row as the tests of the other operations read them: through wz_convert and the definition of q8_0.
std::vector<double> values_of(const Type& type, const char* row) {
  std::vector<double> v;
  for (int32_t i = 0; i < type.head_dim; ++i) {
    Array one(type.dtype == WZ_Q8_0 ? int32_t{WZ_F16} : type.dtype, 1);
    if (type.dtype == WZ_Q8_0) {
      std::memcpy(one.data(), row + i / 32 * 34, 2);
      v.push_back(one.get(0) * static_cast<signed char>(row[i / 32 * 34 + 2 + i % 32]));
    } else {
      std::memcpy(one.data(), row + i * wz_dtype_bytes(type.dtype), static_cast<size_t>(one.bytes()));
      v.push_back(one.get(0));
    }
  }
  return v;
}

// The largest error of rounding v once to the type. largest: of the block of q8_0, which half a step and the rounding of the scale may miss.
double rounding(int32_t dtype, double v, double largest) {
  const auto half_ulp = [&](int digits, int least) { return std::ldexp(0.5, std::max(std::ilogb(std::max(std::fabs(v), 1e-300)), least) - digits); };
  switch (dtype) {
    case WZ_F32: return half_ulp(23, -126);
    case WZ_F16: return half_ulp(10, -14);
    case WZ_BF16: return half_ulp(7, -126);
    case WZ_F8_E4M3: return half_ulp(3, -6);
    default: return largest / 127 * 0.5 * (1 + 0x1p-10) + std::fabs(v) * 0x1p-11 + 0x1p-25 * 127;
  }
}

TEST(KvMove, TurnsKeysAndLeavesTheRest) {
  for (const Type& type : kTypes) {
    Caches before(type, 2, false);
    for (int32_t dim : dims_of(type.head_dim)) {
      for (bool interleaved : {false, true}) {
        const Delta delta(-37, dim, interleaved);
        const Move& m = kMoves[3];
        Caches moved = before;
        const wz_kv_span to = m.target(), from = m.source();
        const std::vector<wz_kv_cache> caches = moved.structs();
        ASSERT_EQ(WZ_OK, wz_kv_move(caches.data(), kLayers, &to, &from, m.count, &delta.rope, nullptr)) << wz_last_error();
        for (size_t a = 0; a < before.data.size(); ++a) {
          for (int32_t h = 0; h < Caches::heads(static_cast<int32_t>(a / 2)); ++h) {
            for (int32_t i = 0; i < m.count; ++i) {
              const Place p = place_of(to, i), q = place_of(from, i);
              const char *now = moved.row(a, h, p.page, p.place), *was = before.row(a, h, q.page, q.place);
              if (a % 2 == 1) {
                ASSERT_EQ(0, std::memcmp(now, was, static_cast<size_t>(before.row_bytes())));
                continue;
              }
              std::vector<double> x = values_of(type, was);
              for (int32_t k = 0; k < dim / 2; ++k) {
                double& u = x[static_cast<size_t>(interleaved ? 2 * k : k)];
                double& v = x[static_cast<size_t>(interleaved ? 2 * k + 1 : k + dim / 2)];
                const double angle = -37 * std::pow(1e4, -2.0 * k / dim), first = u * std::cos(angle) - v * std::sin(angle);
                v = v * std::cos(angle) + u * std::sin(angle);
                u = first;
              }
              const std::vector<double> y = values_of(type, now);
              for (size_t c = 0; c < x.size(); ++c) {
                double largest = 0;
                for (size_t b = c / 32 * 32; b < std::min(x.size(), c / 32 * 32 + 32); ++b) largest = std::max(largest, std::fabs(x[b]));
                // The rotation itself: three roundings of float32 and those of cosine and sine, against a pair of at most 2 * 15.
                ASSERT_NEAR(x[c], y[c], rounding(type.dtype, x[c], largest) + 30 * 0x1p-22) << type.dtype << " " << dim << " " << c;
              }
              const size_t kept = static_cast<size_t>(type.dtype == WZ_Q8_0 ? (dim + 31) / 32 * 34 : dim * wz_dtype_bytes(type.dtype));
              ASSERT_EQ(0, std::memcmp(now + kept, was + kept, static_cast<size_t>(before.row_bytes()) - kept));
            }
          }
        }
      }
    }
  }
}

TEST(KvMove, EveryInstructionSetAndAnyNumberOfThreadsGiveTheSame) {
  wz_threads* pool = nullptr;
  ASSERT_EQ(WZ_OK, wz_threads_create(2, &pool));
  for (const Type& type : kTypes) {
    const Caches before(type, 3);
    for (int32_t dim : dims_of(type.head_dim)) {
      for (bool interleaved : {false, true}) {
        const Delta delta(1234, dim, interleaved);
        for (const Move& m : kMoves) {
          const wz_kv_span to = m.target(), from = m.source();
          const auto result = [&](const std::string& isa, wz_threads* threads) {
            const UseIsa use(isa);
            Caches moved = before;
            const std::vector<wz_kv_cache> caches = moved.structs();
            EXPECT_EQ(WZ_OK, wz_kv_move(caches.data(), kLayers, &to, &from, m.count, &delta.rope, threads)) << wz_last_error();
            EXPECT_TRUE(moved.guards_intact());
            return moved;
          };
          const Caches expected = result("reference", nullptr);
          ASSERT_TRUE(same(expected, result("reference", pool)));
          for (const std::string& isa : fast_isas()) {
            for (wz_threads* threads : {static_cast<wz_threads*>(nullptr), pool}) ASSERT_TRUE(same(expected, result(isa, threads))) << isa << " dtype " << type.dtype << " dim " << dim;
          }
        }
      }
    }
  }
  wz_threads_free(pool);
}

// Overlapping or not: where the source lies must not matter.
TEST(KvMove, TurnsInPlaceAsItTurnsApart) {
  for (const Type& type : kTypes) {
    const Delta delta(-3, type.head_dim / 2 * 2, false);
    Caches before(type, 4);
    for (const Move& m : kMoves) {
      Caches moved = before, turned = before;
      const wz_kv_span to = m.target(), from = m.source();
      const std::vector<wz_kv_cache> caches = moved.structs(), apart = turned.structs();
      ASSERT_EQ(WZ_OK, wz_kv_move(caches.data(), kLayers, &to, &from, m.count, &delta.rope, nullptr)) << wz_last_error();
      std::vector<int32_t> all(kPages);
      std::iota(all.begin(), all.end(), 0);
      const wz_kv_span whole = {all.data(), kPages, 0};
      ASSERT_EQ(WZ_OK, wz_kv_move(apart.data(), kLayers, &whole, &whole, kPages * kPageTokens, &delta.rope, nullptr)) << wz_last_error();
      Caches expected = before;
      for (size_t a = 0; a < before.data.size(); ++a) {
        for (int32_t h = 0; h < Caches::heads(static_cast<int32_t>(a / 2)); ++h) {
          for (int32_t i = 0; i < m.count; ++i) {
            const Place p = place_of(to, i), q = place_of(from, i);
            std::memcpy(expected.row(a, h, p.page, p.place), turned.row(a, h, q.page, q.place), static_cast<size_t>(before.row_bytes()));
          }
        }
      }
      ASSERT_TRUE(same(expected, moved)) << type.dtype << " to " << m.to << " from " << m.from;
    }
  }
}

// Each turn rounds an element by half a unit at most, whose size the pair's length decides. What float32 computes adds nothing that the 16-bit types
// would see; in f32 itself it is 3 sqrt(2) roundings for each turn.
TEST(KvMove, ThereAndBackIsNearTheStart) {
  for (const Type& type : {Type{WZ_F32, 64}, Type{WZ_F16, 64}, Type{WZ_BF16, 128}}) {
    for (int32_t position : {1, -7, 7700, 131072}) {
      for (bool interleaved : {false, true}) {
        const Delta there(position, type.head_dim, interleaved), back(-position, type.head_dim, interleaved);
        Caches moved(type, 5, false), before = moved;
        const std::vector<int32_t> table = {5, 3, 4, 0};
        const wz_kv_span span = {table.data(), 4, 1};
        const std::vector<wz_kv_cache> caches = moved.structs();
        ASSERT_EQ(WZ_OK, wz_kv_move(caches.data(), kLayers, &span, &span, 50, &there.rope, nullptr));
        ASSERT_EQ(WZ_OK, wz_kv_move(caches.data(), kLayers, &span, &span, 50, &back.rope, nullptr));
        for (int32_t i = 0; i < 50; ++i) {
          const Place p = place_of(span, i);
          const std::vector<double> x = values_of(type, before.row(0, 1, p.page, p.place)), y = values_of(type, moved.row(0, 1, p.page, p.place));
          for (int32_t k = 0; k < type.head_dim / 2; ++k) {
            const size_t a = static_cast<size_t>(interleaved ? 2 * k : k), b = static_cast<size_t>(interleaved ? 2 * k + 1 : k + type.head_dim / 2);
            const double ulp = 2 * rounding(type.dtype, std::max(std::fabs(x[a]), std::fabs(x[b])), 0);
            const double most = (type.dtype == WZ_F32 ? 9 : 1.5) * ulp;
            ASSERT_NEAR(x[a], y[a], most) << type.dtype << " " << position;
            ASSERT_NEAR(x[b], y[b], most) << type.dtype << " " << position;
          }
        }
      }
    }
  }
}

TEST(KvMove, RefusesBadArguments) {
  Caches moved({WZ_F32, 64}, 6), before = moved;
  std::vector<wz_kv_cache> caches = moved.structs();
  const std::vector<int32_t> good = {0, 1}, bad = {1, 9}, twice = {2, 3, 2}, negative = {-1, 4};
  const wz_kv_span from = {good.data(), 2, 0};
  const auto run = [&](const wz_kv_span& to, const wz_kv_span& source, int32_t count, const wz_rope* delta = nullptr) {
    return wz_kv_move(caches.data(), kLayers, &to, &source, count, delta, nullptr);
  };
  expect_refused(WZ_INVALID_ARGUMENT, run({bad.data(), 2, 0}, from, 17), {"wz_kv_move", "page 1 of to: found number 9", "9 pages"});
  expect_refused(WZ_INVALID_ARGUMENT, run(from, {negative.data(), 2, 0}, 1), {"page 0 of from: found number -1"});
  expect_refused(WZ_INVALID_ARGUMENT, run({good.data(), 2, 30}, from, 3), {"to.first: found 30 for 3 tokens", "32 positions"});
  expect_refused(WZ_INVALID_ARGUMENT, run({good.data(), 2, -1}, from, 1), {"to.first: found -1"});
  expect_refused(WZ_INVALID_ARGUMENT, run({good.data(), -2, 0}, from, 1), {"to.pages: found -2"});
  expect_refused(WZ_INVALID_ARGUMENT, run({nullptr, 2, 0}, from, 1), {"to.table"});
  expect_refused(WZ_INVALID_ARGUMENT, run(from, {good.data(), 2, 2147483647}, 2), {"from.first: found 2147483647 for 2 tokens"});
  expect_refused(WZ_INVALID_ARGUMENT, run({twice.data(), 3, 0}, {good.data(), 2, 0}, 33), {"from.first"});
  expect_refused(WZ_INVALID_ARGUMENT, run({twice.data(), 3, 15}, from, 18), {"page 2 of to: found number 2, which is also page 0"});
  expect_refused(WZ_INVALID_ARGUMENT, run(from, from, -1), {"count: found -1"});
  Delta delta(3, 64, false);
  delta.rope.dim = 66;
  expect_refused(WZ_INVALID_ARGUMENT, run(from, from, 1, &delta.rope), {"delta.dim: found 66", "0 to 64"});
  delta.rope.dim = 63;
  expect_refused(WZ_INVALID_ARGUMENT, run(from, from, 1, &delta.rope), {"delta.dim: found 63", "even"});
  delta.rope = {nullptr, 64, 0};
  expect_refused(WZ_INVALID_ARGUMENT, run(from, from, 1, &delta.rope), {"delta.table"});
  Delta scaled(3, 64, false);
  scaled.table.set(33, 1.25 * scaled.table.get(33));
  scaled.table.set(1, 1.25 * scaled.table.get(1));
  expect_refused(WZ_INVALID_ARGUMENT, run(from, from, 1, &scaled.rope), {"delta.table: found a cosine and a sine of pair 1 with length 1.25"});
  scaled.table.set(0, std::nan(""));
  expect_refused(WZ_INVALID_ARGUMENT, run(from, from, 1, &scaled.rope), {"delta.table", "pair 0"});
  caches[2].pages = 8;
  expect_refused(WZ_INVALID_ARGUMENT, run(from, from, 1), {"caches[2]: found 8 pages of 16 tokens, expected 9 of 16"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_kv_move(caches.data(), 0, &from, &from, 1, nullptr, nullptr), {"layers: found 0"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_kv_move(caches.data(), 1, nullptr, &from, 1, nullptr, nullptr), {"to"});
  for (size_t a = 0; a < before.data.size(); ++a) EXPECT_TRUE(same_values(before.data[a], moved.data[a]));
}

TEST(KvClear, ClearsWholePagesInAllLayers) {
  for (const Type& type : kTypes) {
    for (int32_t threads : {1, 2}) {
      wz_threads* pool = nullptr;
      ASSERT_EQ(WZ_OK, wz_threads_create(threads, &pool));
      Caches cleared(type, 7), expected = cleared;
      const std::vector<int32_t> pages = {8, 0, 5, 0};
      for (size_t a = 0; a < expected.data.size(); ++a) {
        for (int32_t page : pages) {
          const int64_t bytes = expected.row_bytes() * kPageTokens * Caches::heads(static_cast<int32_t>(a / 2));
          std::memset(expected.row(a, 0, page, 0), 0, static_cast<size_t>(bytes));
        }
      }
      const std::vector<wz_kv_cache> caches = cleared.structs();
      ASSERT_EQ(WZ_OK, wz_kv_clear(caches.data(), kLayers, pages.data(), 0, pool));
      ASSERT_EQ(WZ_OK, wz_kv_clear(caches.data(), kLayers, pages.data(), 4, pool));
      EXPECT_TRUE(cleared.guards_intact());
      for (size_t a = 0; a < expected.data.size(); ++a) {
        ASSERT_EQ(0, std::memcmp(expected.data[a].data(), cleared.data[a].data(), static_cast<size_t>(cleared.data[a].bytes())));
      }
      const std::vector<int32_t> outside = {1, 9};
      expect_refused(WZ_INVALID_ARGUMENT, wz_kv_clear(caches.data(), kLayers, outside.data(), 2, pool),
                     {"wz_kv_clear", "pages[1]: found number 9", "9 pages"});
      for (size_t a = 0; a < expected.data.size(); ++a) EXPECT_TRUE(same_values(expected.data[a], cleared.data[a]));
      wz_threads_free(pool);
    }
  }
}

}  // namespace
}  // namespace wz::test
