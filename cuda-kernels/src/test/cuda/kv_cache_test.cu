// wz_cuda_kv_move and wz_cuda_kv_clear against the CPU's, bit for bit (NaN against NaN).
#include <memory>
#include "on_device.h"
#include "wootz/cuda_kv_cache.h"
#include "wootz/wootz.h"

namespace {

using namespace wz::cuda_test;
using Bytes = std::vector<unsigned char>;

constexpr int32_t kPages = 9, kPageTokens = 16, kLayers = 3;

struct Type {
  int32_t dtype;
  int32_t head_dim;
};
constexpr Type kTypes[] = {{WZ_F32, 5}, {WZ_F32, 64}, {WZ_F16, 20}, {WZ_BF16, 96}, {WZ_BF16, 256}, {WZ_F8_E4M3, 48}, {WZ_F8_E4M3, 3}, {WZ_Q8_0, 96}};

int32_t heads_of(int32_t layer) { return layer == 1 ? 1 : 2; }

// Keys and values of each layer, one after the other.
std::vector<Bytes> random_caches(const Type& type, std::mt19937& random) {
  std::vector<Bytes> all;
  for (int32_t i = 0; i < 2 * kLayers; ++i) {
    const int64_t n = int64_t{kPages} * heads_of(i / 2) * kPageTokens * type.head_dim;
    std::vector<float> x = normal(n, random, 3);
    Bytes cells(static_cast<size_t>(n / wz_dtype_block(type.dtype) * wz_dtype_block_bytes(type.dtype)));
    if (type.dtype == WZ_Q8_0) {
      EXPECT_EQ(WZ_OK, wz_quantize(cells.data(), WZ_Q8_0, x.data(), nullptr, n / 32, 32, nullptr));
    } else {
      for (size_t k = 0; k < x.size(); k += 97) x[k] = k % 3 == 0 ? NAN : k % 3 == 1 ? INFINITY : -0.0f;
      EXPECT_EQ(WZ_OK, wz_convert(cells.data(), type.dtype, x.data(), WZ_F32, n));
    }
    all.push_back(cells);
  }
  return all;
}

template <class Data>
std::vector<wz_kv_cache> structs(const Type& type, Data&& data) {
  std::vector<wz_kv_cache> all;
  for (int32_t l = 0; l < kLayers; ++l) all.push_back({data(2 * l), data(2 * l + 1), type.dtype, kPages, kPageTokens, heads_of(l), type.head_dim});
  return all;
}

struct OnCard {
  OnCard(const Type& type, const std::vector<Bytes>& bytes, wz_cuda_stream* stream) {
    for (const Bytes& b : bytes) data.push_back(std::make_unique<Array<unsigned char>>(b, stream));
    caches = structs(type, [&](int32_t i) { return data[static_cast<size_t>(i)]->data(); });
  }
  std::vector<std::unique_ptr<Array<unsigned char>>> data;
  std::vector<wz_kv_cache> caches;
};

// Float types as numbers: NaN has several bit patterns.
void expect_same_cells(const Type& type, const Bytes& expected, const Bytes& found, const std::string& where) {
  if (type.dtype == WZ_Q8_0) return expect_same(expected, found, where);
  const auto decoded = [&](const Bytes& of) {
    std::vector<float> x(of.size() / static_cast<size_t>(wz_dtype_bytes(type.dtype)));
    EXPECT_EQ(WZ_OK, wz_convert(x.data(), WZ_F32, of.data(), type.dtype, static_cast<int64_t>(x.size())));
    return x;
  };
  expect_same(decoded(expected), decoded(found), where);
}

struct Move {
  std::vector<int32_t> to_table;
  int32_t to;
  std::vector<int32_t> from_table;
  int32_t from;
  int32_t count;
  bool straight;  // without scratch

  std::string name() const { return "to " + std::to_string(to) + " from " + std::to_string(from) + ", " + std::to_string(count) + " tokens"; }
};

// Apart; the same pages in the same order, up and down and in place; in another order, where neither direction alone is right; a page twice in from.
const std::vector<Move> kMoves = {{{4, 2}, 0, {7, 8}, 0, 0, true},
                                  {{4, 2}, 5, {7, 8}, 3, 1, true},
                                  {{4, 2, 0}, 3, {7, 8, 1}, 10, 38, true},
                                  {{3, 1, 6, 0}, 0, {3, 1, 6, 0}, 7, 57, false},
                                  {{3, 1, 6, 0}, 16, {3, 1, 6, 0}, 0, 48, false},
                                  {{3, 1, 6, 0}, 9, {3, 1, 6, 0}, 2, 40, false},
                                  {{3, 1, 6, 0}, 2, {3, 1, 6, 0}, 2, 40, true},
                                  {{-1, 1, 6, 0}, 20, {0, 6, 1, 3}, 1, 44, false},
                                  {{0, 1, 2, 3, 4, 5, 6}, 5, {6, 4, 2, 0, 1, 3, 5}, 0, 107, false},
                                  {{6, 5, 7}, 3, {5, 5, 6}, 8, 40, false}};

class KvCache : public OnDevice {
 protected:
  void expect_moved(const Type& type, const Move& m, int32_t dim, bool interleaved) {
    std::mt19937 random(static_cast<unsigned>(type.head_dim + dim));
    std::vector<Bytes> bytes = random_caches(type, random);
    std::vector<double> frequency;
    for (int32_t i = 0; i < dim / 2; ++i) frequency.push_back(std::pow(1e4, -2.0 * i / dim));
    std::vector<float> table(static_cast<size_t>(std::max(dim, 1)));
    const int32_t position = -37;
    ASSERT_EQ(WZ_OK, wz_rope_table(table.data(), &position, frequency.data(), 1, 1, dim));
    Array<float> device_table(table, stream);
    Array<int32_t> to_table(m.to_table, stream), from_table(m.from_table, stream);
    const auto pages = [](const std::vector<int32_t>& of) { return static_cast<int32_t>(of.size()); };
    const wz_kv_span to = {to_table, pages(m.to_table), m.to}, from = {from_table, pages(m.from_table), m.from};
    const wz_rope device_delta = {device_table, dim, interleaved}, delta = {table.data(), dim, interleaved};

    std::vector<Bytes> expected = bytes;
    const std::vector<wz_kv_cache> host = structs(type, [&](int32_t i) { return expected[static_cast<size_t>(i)].data(); });
    const wz_kv_span host_to = {m.to_table.data(), to.pages, m.to}, host_from = {m.from_table.data(), from.pages, m.from};
    ASSERT_EQ(WZ_OK, wz_kv_move(host.data(), kLayers, &host_to, &host_from, m.count, dim < 0 ? nullptr : &delta, nullptr)) << wz_last_error();
    for (bool straight : {false, true}) {
      if (straight && !m.straight) continue;
      OnCard on(type, bytes, stream);
      Array<unsigned char> scratch(wz_cuda_kv_move_scratch(on.caches.data(), kLayers, m.count), stream);
      ok(wz_cuda_kv_move(on.caches.data(), kLayers, &to, &from, m.count, dim < 0 ? nullptr : &device_delta, straight ? nullptr : scratch.data(), stream));
      for (size_t i = 0; i < expected.size(); ++i) {
        expect_same_cells(type, expected[i], on.data[i]->values(),
                          std::string(wz_dtype_name(type.dtype)) + " " + m.name() + ", dim " + std::to_string(dim) + ", array " + std::to_string(i));
      }
      (void)scratch.values();  // its guards
    }
  }
};

TEST_F(KvCache, MovesAsTheCpu) {
  for (const Type& type : kTypes) {
    for (const Move& m : kMoves) {
      expect_moved(type, m, 0, false);
      expect_moved(type, m, type.head_dim / 2 * 2, m.count % 2 == 0);
    }
    expect_moved(type, kMoves[2], type.head_dim / 4 * 2, true);
    expect_moved(type, kMoves[6], 2, false);
  }
}

TEST_F(KvCache, LeavesAloneTokensOfPagesThatDoNotExist) {
  const Type type{WZ_F16, 20};
  std::mt19937 random(3);
  const std::vector<Bytes> bytes = random_caches(type, random);
  Array<int32_t> bad(std::vector<int32_t>{-1, kPages}, stream), good(std::vector<int32_t>{2, 3}, stream);
  for (bool straight : {false, true}) {
    OnCard on(type, bytes, stream);
    Array<unsigned char> scratch(wz_cuda_kv_move_scratch(on.caches.data(), kLayers, 32), stream);
    const wz_kv_span nowhere = {bad, 2, 0}, somewhere = {good, 2, 0};
    ok(wz_cuda_kv_move(on.caches.data(), kLayers, &nowhere, &somewhere, 32, nullptr, straight ? nullptr : scratch.data(), stream));
    ok(wz_cuda_kv_move(on.caches.data(), kLayers, &somewhere, &nowhere, 32, nullptr, straight ? nullptr : scratch.data(), stream));
    for (size_t i = 0; i < bytes.size(); ++i) expect_same(bytes[i], on.data[i]->values(), "array " + std::to_string(i));
  }
}

TEST_F(KvCache, ClearsWholePages) {
  for (const Type& type : kTypes) {
    std::mt19937 random(5);
    std::vector<Bytes> bytes = random_caches(type, random);
    OnCard on(type, bytes, stream);
    Array<int32_t> pages(std::vector<int32_t>{8, 0, -1, 5, 0, kPages}, stream);
    ok(wz_cuda_kv_clear(on.caches.data(), kLayers, nullptr, 0, stream));
    ok(wz_cuda_kv_clear(on.caches.data(), kLayers, pages, 6, stream));
    for (size_t i = 0; i < bytes.size(); ++i) {
      const size_t page = bytes[i].size() / kPages;
      for (size_t p : {8, 0, 5}) std::fill_n(bytes[i].begin() + static_cast<std::ptrdiff_t>(p * page), page, static_cast<unsigned char>(0));
      expect_same(bytes[i], on.data[i]->values(), "array " + std::to_string(i));
    }
  }
}

TEST(KvCacheArguments, AreChecked) {
  wz_kv_cache caches[2] = {{nullptr, nullptr, WZ_F16, 0, 16, 1, 32}, {nullptr, nullptr, WZ_F16, 0, 32, 1, 32}};
  const wz_kv_span span = {nullptr, 0, 0}, behind = {nullptr, 0, 3};
  EXPECT_EQ(wz_cuda_kv_move(caches, 0, &span, &span, 1, nullptr, nullptr, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_kv_move: layers: found 0, expected 1 or more");
  EXPECT_EQ(wz_cuda_kv_move(caches, 1, nullptr, &span, 1, nullptr, nullptr, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_kv_move(caches, 2, &span, &span, 1, nullptr, nullptr, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_kv_move: caches[1]: found 0 pages of 32 tokens, expected 0 of 16, as in the first layer");
  EXPECT_EQ(wz_cuda_kv_move(caches, 1, &span, &behind, 1, nullptr, nullptr, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_kv_move: to.first: found 0 for 1 tokens, expected them to end within the 0 positions of its table");
  EXPECT_EQ(wz_cuda_kv_move(caches, 1, &span, &span, -1, nullptr, nullptr, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_kv_clear(caches, 1, nullptr, 1, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_kv_move_scratch(nullptr, 1, 1), 0);
}

}  // namespace
