// wz_cuda_rope_table and wz_cuda_qk_rope_append against the CPU's, bit for bit (NaN against NaN).
#include "attention_problem.h"

namespace {

using namespace wz::cuda_test;

constexpr int32_t kTypes[] = {WZ_F32, WZ_F16, WZ_BF16, WZ_F8_E4M3, WZ_Q8_0};

class RopeTable : public OnDevice {};

TEST_F(RopeTable, HasTheBitsOfTheCpu) {
  const std::vector<int32_t> positions = {0, 1, -1, 2, 3, 1000, 131072, -777, 2147483647, 5, 31, 4095, 65535};
  for (int32_t dim : {2, 6, 64, 130}) {
    std::vector<double> frequency;
    for (int32_t i = 0; i < dim / 2; ++i) frequency.push_back(std::pow(1e6, -2.0 * i / dim));
    if (dim == 6) frequency[1] = INFINITY, frequency[2] = NAN;
    const auto tokens = static_cast<int64_t>(positions.size());
    std::vector<float> expected(static_cast<size_t>(tokens * dim));
    const std::vector<double> finite(frequency.begin(), frequency.begin() + (dim == 6 ? 1 : dim / 2));
    const auto part = static_cast<int32_t>(2 * finite.size());
    ASSERT_EQ(WZ_OK, wz_rope_table(expected.data(), positions.data(), finite.data(), 0.75, tokens, part)) << wz_last_error();
    Array<float> table(tokens * dim, stream);
    Array<int32_t> at(positions, stream);
    Array<double> of(frequency, stream);
    ok(wz_cuda_rope_table(table, at, of, 0.75, tokens, dim, stream));
    const std::vector<float> found = table.values();
    for (int64_t t = 0; t < tokens; ++t) {
      for (int32_t i = 0; i < dim / 2; ++i) {
        for (int32_t sine = 0; sine < 2; ++sine) {
          const float f = found[static_cast<size_t>(t * dim + sine * dim / 2 + i)];
          if (2 * i >= part) {
            // infinity times position 0 is NaN as well
            ASSERT_TRUE(std::isnan(f)) << "dim " << dim << ", token " << t << ", pair " << i;
          } else {
            ASSERT_EQ(expected[static_cast<size_t>(t * part + sine * part / 2 + i)], f) << "dim " << dim << ", token " << t << ", pair " << i;
          }
        }
      }
    }
  }
}

struct Variant {
  bool q_norm, k_norm;
  int32_t rope_dim;  // -1: the whole head, 0: none
  bool interleaved;
};

class QkRopeAppend : public OnDevice {
 protected:
  void run(int32_t dtype, Shape s, const Variant& variant, int32_t padding, float scale = 1) {
    const Batch batch({{5, 3}, {0, 1}, {0, 0}, {30, 4}, {15, 2}}, 3, 16);
    const int32_t tokens = batch.tokens(), dim = variant.rope_dim < 0 ? s.head_dim / 2 * 2 : variant.rope_dim;
    std::mt19937 random(static_cast<unsigned>(s.head_dim * 5 + dtype));
    std::vector<float> q = normal(int64_t{tokens} * s.heads * s.head_dim, random, scale), k = normal(int64_t{tokens} * s.kv_heads * s.head_dim, random, scale);
    std::vector<float> v = normal(static_cast<int64_t>(k.size()), random, scale);
    const float special[] = {NAN, INFINITY, -INFINITY, 0.0f, -0.0f, 1e-40f, 3e38f, -449.0f, 448.0f, 0.001f, 65520.0f};
    for (size_t i = 0; i < v.size(); i += 37) v[i] = special[i / 37 % 11];  // in some blocks of q8_0, not in all
    if (s.head_dim > 3) k[static_cast<size_t>(s.head_dim)] = NAN, k[static_cast<size_t>(2 * s.head_dim) + 1] = INFINITY, q[2] = NAN;
    const std::vector<float> q_norm = normal(s.head_dim, random), k_norm = normal(s.head_dim, random);
    std::vector<float> table = normal(int64_t{tokens} * std::max(dim, 1), random);
    const auto bytes = static_cast<size_t>(cache_bytes(dtype, batch.pages, s, 16));
    std::vector<unsigned char> keys(bytes, kPoison), values(bytes, kPoison);

    // The device's rows of padding hold what was never written by the CPU.
    const int64_t rows = tokens + padding;
    const auto padded = [&](std::vector<float> of, int64_t width) {
      of.resize(static_cast<size_t>(rows * width), 77);
      return of;
    };
    Array<float> device_q(padded(q, s.heads * s.head_dim), stream), device_k(padded(k, s.kv_heads * s.head_dim), stream);
    Array<float> device_v(padded(v, s.kv_heads * s.head_dim), stream), device_q_norm(q_norm, stream), device_k_norm(k_norm, stream);
    Array<float> device_table(padded(table, dim), stream);
    Array<unsigned char> device_keys(keys, stream), device_values(values, stream);
    Batch longer = batch;
    longer.positions.resize(static_cast<size_t>(rows), 1);
    DeviceBatch device_batch(longer, stream);
    const wz_kv_cache device_cache = {device_keys, device_values, dtype, batch.pages, 16, s.kv_heads, s.head_dim};
    const wz_rope device_rope = {device_table, dim, variant.interleaved};
    ok(wz_cuda_qk_rope_append(device_q, device_k, device_v, variant.q_norm ? device_q_norm.data() : nullptr,
                              variant.k_norm ? device_k_norm.data() : nullptr, 1e-6, variant.rope_dim == 0 ? nullptr : &device_rope, s.heads,
                              &device_batch.view, &device_cache, stream));

    const wz_kv_cache cache = {keys.data(), values.data(), dtype, batch.pages, 16, s.kv_heads, s.head_dim};
    const wz_rope rope = {table.data(), dim, variant.interleaved};
    const wz_batch view = batch.view();
    ASSERT_EQ(WZ_OK, wz_qk_rope_append(q.data(), k.data(), v.data(), variant.q_norm ? q_norm.data() : nullptr, variant.k_norm ? k_norm.data() : nullptr,
                                       1e-6, variant.rope_dim == 0 ? nullptr : &rope, s.heads, &view, &cache, nullptr))
        << wz_last_error();
    const std::string where = std::string(wz_dtype_name(dtype)) + " head_dim " + std::to_string(s.head_dim) + " rope " + std::to_string(variant.rope_dim);
    expect_same(padded(q, s.heads * s.head_dim), device_q.values(), where + ": q");
    expect_same(padded(k, s.kv_heads * s.head_dim), device_k.values(), where + ": k");
    expect_same_cache(dtype, keys, device_keys.values(), where + ": keys");
    expect_same_cache(dtype, values, device_values.values(), where + ": values");
  }

  // NaN has several bit patterns, and one is as good as another.
  static void expect_same_cache(int32_t dtype, const std::vector<unsigned char>& expected, const std::vector<unsigned char>& found, const std::string& where) {
    if (dtype == WZ_Q8_0) return expect_same(expected, found, where);
    const auto decoded = [&](const std::vector<unsigned char>& of) {
      std::vector<float> x(of.size() / static_cast<size_t>(wz_dtype_bytes(dtype)));
      EXPECT_EQ(WZ_OK, wz_convert(x.data(), WZ_F32, of.data(), dtype, static_cast<int64_t>(x.size())));
      return x;
    };
    expect_same(decoded(expected), decoded(found), where);
  }
};

TEST_F(QkRopeAppend, EveryCacheType) {
  for (int32_t dtype : kTypes) {
    run(dtype, {4, 2, 64}, {true, true, -1, false}, 0);
    run(dtype, {3, 1, 128}, {true, false, 96, true}, 3);
    run(dtype, {1, 1, 32}, {false, false, 0, false}, 1);
    run(dtype, {2, 2, 256}, {false, true, -1, true}, 0, 200);
    run(dtype, {2, 1, 512}, {true, true, 510, false}, 0);
  }
}

TEST_F(QkRopeAppend, OddHeads) {
  for (int32_t head_dim : {1, 5, 31, 33, 80, 96, 200}) {
    for (int32_t dtype : {WZ_F32, WZ_F16, WZ_F8_E4M3}) {
      run(dtype, {2, 1, head_dim}, {head_dim % 2 == 0, true, head_dim > 40 ? 40 : -1, head_dim % 3 == 0}, 1);
    }
  }
}

TEST_F(QkRopeAppend, LeavesAloneWhatLiesOutside) {
  const Shape s{1, 1, 32};
  const Batch batch({{0, 1}, {16, 1}, {17, 1}}, 1, 16);
  Batch spoiled = batch;
  spoiled.tables = {7, -1, 0, 6, 0, 1};  // of 6 pages; sequence 1 goes to page 6
  spoiled.positions = {3, 20, 32};       // sequence 2 has two pages
  std::vector<float> x(static_cast<size_t>(3 * 32), 1.5f);
  Array<float> q(x, stream), k(x, stream), v(x, stream);
  std::vector<unsigned char> bytes(static_cast<size_t>(cache_bytes(WZ_F16, 6, s, 16)), kPoison);
  Array<unsigned char> keys(bytes, stream), values(bytes, stream);
  DeviceBatch device(spoiled, stream);
  const wz_kv_cache cache = {keys, values, WZ_F16, 6, 16, 1, 32};
  ok(wz_cuda_qk_rope_append(q, k, v, nullptr, nullptr, 0, nullptr, 1, &device.view, &cache, stream));
  expect_same(bytes, keys.values(), "keys");
  expect_same(bytes, values.values(), "values");
}

TEST(QkRopeAppendArguments, AreChecked) {
  const int32_t begin[] = {0, 1};
  const wz_batch batch = {1, 1, begin, begin, begin, 1};
  float x[32] = {};
  wz_kv_cache cache = {nullptr, nullptr, WZ_F16, 0, 16, 1, 32};
  const auto run = [&](const wz_rope* rope = nullptr) { return wz_cuda_qk_rope_append(x, x, x, nullptr, nullptr, 0, rope, 1, &batch, &cache, nullptr); };
  EXPECT_NE(run(), WZ_OK) << "host memory";
  cache.page_tokens = 8;
  EXPECT_EQ(run(), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_qk_rope_append: cache.page_tokens: found 8, expected 16 or more");
  cache = {nullptr, nullptr, WZ_F64, 0, 16, 1, 32};
  EXPECT_EQ(run(), WZ_UNSUPPORTED);
  cache = {nullptr, nullptr, WZ_Q8_0, 0, 16, 1, 40};
  EXPECT_EQ(run(), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_qk_rope_append: cache.head_dim: found 40, expected a multiple of 32 for a q8_0 cache");
  EXPECT_EQ(wz_cuda_rope_table(x, begin, nullptr, NAN, 1, 2, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_rope_table(x, begin, nullptr, 1, 1, 3, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_rope_table: dim: found 3, expected an even number");
}

}  // namespace
