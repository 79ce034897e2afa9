#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include "base/packed_weight.h"
#include "dtype/f16.h"
#include "op_test.h"

namespace wz::test {
namespace {

const std::vector<int32_t> kFloatTypes = {WZ_F32, WZ_F16, WZ_BF16};
const std::vector<int32_t> kPackedTypes = {WZ_Q8_0, WZ_Q4_0, WZ_Q4_1, WZ_Q5_0, WZ_Q5_1, WZ_Q4_K, WZ_Q5_K, WZ_Q6_K};
const std::vector<int64_t> kRows = {1, 3, 15, 16, 17, 33, 100};
const std::vector<int64_t> kTokens = {0, 1, 2, 5, 6, 7, 8, 33};

struct Aligned {
  explicit Aligned(int64_t bytes) {
    EXPECT_EQ(WZ_OK, wz_memory_allocate(bytes, &p));
    if (bytes > 0) std::memset(p, 0x5C, static_cast<size_t>(bytes));
  }
  ~Aligned() { wz_memory_free(p); }
  Aligned(const Aligned&) = delete;
  Aligned& operator=(const Aligned&) = delete;
  void* p = nullptr;
};

// Blocks of random bits, whose binary16 scales are numbers of ordinary size.
std::vector<uint8_t> random_blocks(int32_t dtype, int64_t rows, int64_t cols, uint64_t seed) {
  const int64_t block_bytes = wz_dtype_block_bytes(dtype);
  std::vector<uint8_t> bytes(static_cast<size_t>(rows * cols / wz_dtype_block(dtype) * block_bytes));
  std::mt19937_64 random(seed);
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
  std::uniform_real_distribution<float> scale(-0.02f, 0.02f);
  const bool pair = dtype == WZ_Q4_1 || dtype == WZ_Q5_1 || dtype == WZ_Q4_K || dtype == WZ_Q5_K;
  for (size_t i = 0; i < bytes.size(); i += static_cast<size_t>(block_bytes)) {
    for (size_t k = 0; k < (pair ? 2 : 1); ++k) {
      const uint16_t half = f16_from_f32(scale(random));
      std::memcpy(&bytes[i + 2 * k + (dtype == WZ_Q6_K ? 208 : 0)], &half, 2);
    }
  }
  return bytes;
}

// Element (r, c) of a block type, by the formulas of GGUF.
double element(const std::vector<uint8_t>& bytes, int32_t dtype, int64_t cols, int64_t r, int64_t c) {
  const int64_t size = wz_dtype_block(dtype);
  const uint8_t* b = &bytes[static_cast<size_t>((r * cols + c) / size * wz_dtype_block_bytes(dtype))];
  const int i = static_cast<int>(c % size);
  const auto half = [&](int at) {
    uint16_t h;
    std::memcpy(&h, b + at, 2);
    return static_cast<double>(f32_from_f16(h));
  };
  const auto nibble = [&](int at) { return i % 32 < 16 ? b[at + i % 16] & 15 : b[at + i % 16] >> 4; };
  switch (dtype) {
    case WZ_Q8_0: return half(0) * static_cast<int8_t>(b[2 + i]);
    case WZ_Q4_0: return half(0) * (nibble(2) - 8);
    case WZ_Q4_1: return half(0) * nibble(4) + half(2);
    case WZ_Q5_0: return half(0) * ((nibble(6) | (b[2 + i / 8] >> (i % 8) & 1) << 4) - 16);
    case WZ_Q5_1: return half(0) * (nibble(8) | (b[4 + i / 8] >> (i % 8) & 1) << 4) + half(2);
    case WZ_Q6_K: {
      const int n = i / 128, j = i % 128 / 32, l = i % 32;
      const int low = b[64 * n + l + j % 2 * 32] >> (j < 2 ? 0 : 4) & 15, high = b[128 + 32 * n + l] >> (2 * j) & 3;
      return half(208) * static_cast<int8_t>(b[192 + i / 16]) * ((low | high << 4) - 32);
    }
    default: {
      const uint8_t* s = b + 4;
      const int j = i / 32, l = i % 32;
      const int scale = j < 4 ? s[j] & 63 : (s[j + 4] & 15) | (s[j - 4] >> 6) << 4;
      const int least = j < 4 ? s[j + 4] & 63 : s[j + 4] >> 4 | (s[j] >> 6) << 4;
      const uint8_t* quants = b + (dtype == WZ_Q4_K ? 16 : 48) + j / 2 * 32;
      int q = quants[l] >> (j % 2 * 4) & 15;
      if (dtype == WZ_Q5_K) q |= (b[16 + l] >> j & 1) << 4;
      return half(0) * scale * q - half(2) * least;
    }
  }
}

// A weight with its bytes, and its values in float64.
struct Matrix {
  int32_t dtype;
  int64_t rows, cols;
  std::vector<double> value;
  std::vector<uint8_t> bytes;
  std::unique_ptr<Aligned> packed;

  Matrix(int32_t type, int32_t layout, int64_t r, int64_t c, uint64_t seed) : dtype(type), rows(r), cols(c) {
    if (wz_dtype_block(type) == 1) {
      const Array a = smooth_array(type, r * c, seed);
      const uint8_t* p = static_cast<const uint8_t*>(a.data());
      bytes.assign(p, p + a.bytes());
      std::vector<float> f(static_cast<size_t>(r * c));
      EXPECT_EQ(WZ_OK, wz_convert(f.data(), WZ_F32, p, type, r * c));
      value.assign(f.begin(), f.end());
    } else {
      bytes = random_blocks(type, r, c, seed);
      if (layout == WZ_ROWS) {
        std::vector<float> f(static_cast<size_t>(r * c));
        EXPECT_EQ(WZ_OK, wz_dequantize(f.data(), bytes.data(), type, r * c, nullptr));
        value.assign(f.begin(), f.end());
      } else {
        for (int64_t i = 0; i < r; ++i)
          for (int64_t j = 0; j < c; ++j) value.push_back(element(bytes, type, c, i, j));
      }
    }
    if (layout == WZ_PACKED) {
      int64_t n = 0;
      EXPECT_EQ(WZ_OK, wz_packed_bytes(&n, type, r, c)) << wz_last_error();
      packed = std::make_unique<Aligned>(n);
      EXPECT_EQ(WZ_OK, wz_pack(packed->p, bytes.data(), type, r, c, nullptr)) << wz_last_error();
    }
  }

  wz_weight weight() const {
    return {packed != nullptr ? packed->p : bytes.data(), dtype, packed != nullptr ? WZ_PACKED : WZ_ROWS, rows, cols};
  }
};

// Columns that a type and layout may have.
std::vector<int64_t> columns(int32_t dtype) {
  switch (wz_dtype_block(dtype)) {
    case 1: return {0, 1, 3, 7, 16, 65, 288, 1025, 1100};
    case 32: return {32, 64, 288, 576, 896};
    default: return {256, 768};
  }
}

struct Case {
  int32_t dtype, layout;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (int32_t t : kFloatTypes) all.push_back({t, WZ_ROWS});
  for (int32_t t : {WZ_Q5_0, WZ_Q4_K, WZ_IQ4_XS}) all.push_back({t, WZ_ROWS});
  for (int32_t t : kPackedTypes) all.push_back({t, WZ_PACKED});
  return all;
}

std::string text(const Matrix& w, int64_t m) {
  return std::string(wz_dtype_name(w.dtype)) + (w.packed ? " packed" : "") + " [" + std::to_string(w.rows) + ", " + std::to_string(w.cols) +
         "], m = " + std::to_string(m);
}

wz_status product(const Matrix& w, void* out, const Array& x, int64_t m, const float* bias = nullptr, int32_t add = 0,
    wz_threads* pool = nullptr) {
  const Aligned scratch(wz_linear_scratch(m, w.cols));
  const wz_linear_part part{w.weight(), bias, static_cast<float*>(out), w.rows, add};
  return wz_linear(&part, 1, x.as<float>(), w.cols, m, scratch.p, pool);
}

TEST(Linear, EveryInstructionSetAgreesWithTheReference) {
  for (const Case& c : cases()) {
    for (int64_t cols : columns(c.dtype)) {
      for (int64_t rows : kRows) {
        const Matrix w(c.dtype, c.layout, rows, cols, 1);
        for (int64_t m : kTokens) {
          if (rows == 100 && m != 1 && m != 33) continue;
          SCOPED_TRACE(text(w, m));
          const Array x = smooth_array(WZ_F32, m * cols, 2);
          expect_isas_agree(WZ_F32, m * rows, [&](void* out) { return product(w, out, x, m); });
        }
      }
    }
  }
}

TEST(Linear, LongRowsAgreeToo) {
  for (const Case& c : cases()) {
    const Matrix w(c.dtype, c.layout, 50, 4864, 1);
    for (int64_t m : {1, 3, 7, 103}) {
      SCOPED_TRACE(text(w, m));
      const Array x = smooth_array(WZ_F32, m * w.cols, 2);
      expect_isas_agree(WZ_F32, m * w.rows, [&](void* out) { return product(w, out, x, m); });
    }
  }
}

TEST(Linear, ARowOfTheResultDependsOnItsRowOfTheInputAlone) {
  for (const Case& c : cases()) {
    const Matrix w(c.dtype, c.layout, 70, 768, 1);
    for (int64_t m : {2, 5, 7, 33, 100}) {
      SCOPED_TRACE(text(w, m));
      const Array x = smooth_array(WZ_F32, m * w.cols, 2);
      const Array all = result_of(WZ_F32, m * w.rows, [&](void* out) { return product(w, out, x, m); });
      for (int64_t i = 0; i < m; ++i) {
        Array row(WZ_F32, w.cols);
        std::memcpy(row.data(), x.as<float>() + i * w.cols, static_cast<size_t>(row.bytes()));
        const Array one = result_of(WZ_F32, w.rows, [&](void* out) { return product(w, out, row, 1); });
        ASSERT_EQ(0, std::memcmp(one.data(), all.as<float>() + i * w.rows, static_cast<size_t>(one.bytes()))) << "row " << i;
      }
    }
  }
}

TEST(Linear, ThreadsDoNotChangeTheResult) {
  for (int32_t threads : {1, 2, 3}) {
    wz_threads* pool;
    ASSERT_EQ(WZ_OK, wz_threads_create(threads, &pool));
    for (const Case& c : cases()) {
      const Matrix w(c.dtype, c.layout, 1000, 256, 1);
      for (int64_t m : {1, 33}) {
        SCOPED_TRACE(text(w, m));
        const Array x = smooth_array(WZ_F32, m * w.cols, 2);
        const Array alone = result_of(WZ_F32, m * w.rows, [&](void* out) { return product(w, out, x, m); });
        EXPECT_TRUE(same_values(alone, result_of(WZ_F32, m * w.rows, [&](void* out) { return product(w, out, x, m, nullptr, 0, pool); })));
      }
    }
    wz_threads_free(pool);
  }
}

// Float weights: sixteen sums of n / 16 products and four additions, each within half a unit: (n / 16 + 5) eps sum |w x|.
// Packed: x within half a step, max |x| of its block / 65278, of what is multiplied exactly as integers, and less than a hundredth of that
// more for its own two roundings; then four roundings a block.
TEST(Linear, CloseToTheExactProduct) {
  for (const Case& c : cases()) {
    for (int64_t cols : {int64_t{256}, int64_t{4864}}) {
      const Matrix w(c.dtype, c.layout, 40, cols, 1);
      const int64_t m = 9;
      const Array x = smooth_array(WZ_F32, m * cols, 2);
      const Array y = result_of(WZ_F32, m * w.rows, [&](void* out) { return product(w, out, x, m); });
      for (int64_t i = 0; i < m; ++i) {
        for (int64_t r = 0; r < w.rows; ++r) {
          double exact = 0, norm = 0, step = 0;
          for (int64_t b = 0; b < cols; b += 32) {
            double most = 0, weights = 0;
            for (int64_t l = b; l < b + 32; ++l) {
              const double xv = static_cast<double>(x.as<float>()[i * cols + l]), wv = w.value[static_cast<size_t>(r * cols + l)];
              exact += wv * xv;
              norm += std::abs(wv * xv);
              most = std::max(most, std::abs(xv));
              weights += std::abs(wv);
            }
            step += most / 65278 * weights;
          }
          const double eps = 0x1p-24;
          // Minima and scaled quants may cancel within a block: their sum is up to some ten times the weight.
          const double bound = c.layout == WZ_ROWS ? (static_cast<double>(cols) / 16 + 5) * eps * norm
                                                   : step * 1.01 + 16 * eps * static_cast<double>(cols) / 32 * norm;
          ASSERT_NEAR(exact, static_cast<double>(y.as<float>()[i * w.rows + r]), bound) << text(w, m) << ", row " << i << ", output " << r;
        }
      }
    }
  }
}

TEST(Linear, PartsBiasAdditionAndStrides) {
  const int64_t cols = 288, m = 11, x_stride = 300;
  const Matrix a(WZ_Q4_0, WZ_PACKED, 33, cols, 1), b(WZ_BF16, WZ_ROWS, 17, cols, 2), c(WZ_Q8_0, WZ_PACKED, 48, cols, 3);
  const Array x = smooth_array(WZ_F32, m * x_stride, 4), bias_a = smooth_array(WZ_F32, 33, 5), bias_b = smooth_array(WZ_F32, 17, 6);
  const Array before = smooth_array(WZ_F32, m * 100, 7);
  Array dense(WZ_F32, m * cols);
  for (int64_t i = 0; i < m; ++i) std::memcpy(dense.as<float>() + i * cols, x.as<float>() + i * x_stride, static_cast<size_t>(cols) * 4);
  wz_threads* pool;
  ASSERT_EQ(WZ_OK, wz_threads_create(2, &pool));
  const Aligned scratch(wz_linear_scratch(m, cols));
  const auto run = [&](void* out) {
    float* to = static_cast<float*>(out);
    const wz_linear_part parts[] = {{a.weight(), bias_a.as<float>(), to, 100, 0}, {b.weight(), bias_b.as<float>(), to + 33, 100, 1},
        {c.weight(), nullptr, to + 50, 100, 1}};
    return wz_linear(parts, 3, x.as<float>(), x_stride, m, scratch.p, pool);
  };
  expect_isas_agree_adding(before, run);
  Array all(WZ_F32, m * 100);
  std::memcpy(all.data(), before.data(), static_cast<size_t>(all.bytes()));
  ASSERT_EQ(WZ_OK, run(all.data())) << wz_last_error();
  wz_threads_free(pool);
  const Array ya = result_of(WZ_F32, m * 33, [&](void* out) { return product(a, out, dense, m); });
  const Array yb = result_of(WZ_F32, m * 17, [&](void* out) { return product(b, out, dense, m); });
  const Array yc = result_of(WZ_F32, m * 48, [&](void* out) { return product(c, out, dense, m); });
  for (int64_t i = 0; i < m; ++i) {
    const float* row = all.as<float>() + i * 100;
    const float* old = before.as<float>() + i * 100;
    for (int64_t r = 0; r < 33; ++r) ASSERT_EQ(ya.as<float>()[i * 33 + r] + bias_a.as<float>()[r], row[r]);
    for (int64_t r = 0; r < 17; ++r) ASSERT_EQ(old[33 + r] + (yb.as<float>()[i * 17 + r] + bias_b.as<float>()[r]), row[33 + r]);
    for (int64_t r = 0; r < 48; ++r) ASSERT_EQ(old[50 + r] + yc.as<float>()[i * 48 + r], row[50 + r]);
    for (int64_t r = 98; r < 100; ++r) ASSERT_EQ(old[r], row[r]);
  }
}

TEST(Linear, BlocksOfZerosAndOfNoNumbers) {
  const int64_t cols = 96, m = 7;
  const Matrix w(WZ_Q5_1, WZ_PACKED, 20, cols, 1);
  Array x = smooth_array(WZ_F32, m * cols, 2);
  for (int64_t c = 0; c < 32; ++c) {
    x.as<float>()[c] = 0;
    x.as<float>()[cols + c] *= 1e-38f;
    x.as<float>()[2 * cols + c] *= 1e-44f;
  }
  for (int64_t i = 3; i < 6; ++i) {
    x.as<float>()[i * cols + 40] = i == 3 ? std::numeric_limits<float>::quiet_NaN() : i == 4 ? -std::numeric_limits<float>::infinity() : 3e38f;
  }
  expect_isas_agree(WZ_F32, m * w.rows, [&](void* out) { return product(w, out, x, m); });
  const Array y = result_of(WZ_F32, m * w.rows, [&](void* out) { return product(w, out, x, m); });
  for (int64_t r = 0; r < w.rows; ++r) {
    for (int64_t i = 0; i < m; ++i) EXPECT_EQ(i == 3 || i == 4, std::isnan(y.as<float>()[i * w.rows + r])) << i << " " << r;
  }
}

// What one block becomes, stated anew: 16-bit numbers, an exact integer sum, one rounding of it.
float block_product(const Matrix& w, int64_t r, const float* x) {
  const uint8_t* bytes = &w.bytes[static_cast<size_t>(r * wz_dtype_block_bytes(w.dtype))] + 2;
  uint16_t half;
  std::memcpy(&half, bytes - 2, sizeof half);
  float most = 0;
  for (int c = 0; c < 32; ++c) most = std::max(most, std::abs(x[c]));
  const float inverse = 32639 / most, scale = most / 32639;
  int64_t sum = 0;
  for (int c = 0; c < 32; ++c) {
    const int64_t q = std::llrint(static_cast<double>(x[c] * inverse));
    const int64_t quant = w.dtype == WZ_Q8_0 ? static_cast<int8_t>(bytes[c]) : (c < 16 ? bytes[c] & 15 : bytes[c - 16] >> 4) - 8;
    sum += quant * q;
  }
  return f32_from_f16(half) * scale * static_cast<float>(sum);
}

TEST(Linear, ABlockIsRoundedOnce) {
  for (int32_t dtype : {WZ_Q8_0, WZ_Q4_0}) {
    Matrix w(dtype, WZ_PACKED, 50, 32, 1);
    for (int64_t m : {1, 2, 3, 6, 7, 40}) {
      SCOPED_TRACE(text(w, m));
      const Array x = smooth_array(WZ_F32, m * 32, 2);
      const Array y = result_of(WZ_F32, m * w.rows, [&](void* out) { return product(w, out, x, m); });
      for (int64_t i = 0; i < m; ++i) {
        for (int64_t r = 0; r < w.rows; ++r) {
          ASSERT_EQ(block_product(w, r, x.as<float>() + i * 32), y.as<float>()[i * w.rows + r]) << i << " " << r;
        }
      }
    }
  }
}

// Every quant and every activation as large as they get, with each pair of signs: the largest sums there are, which must not wrap.
TEST(Linear, TheLargestSumsDoNotOverflow) {
  for (int32_t dtype : kPackedTypes) {
    for (uint8_t fill : {uint8_t{0x00}, uint8_t{0xFF}, uint8_t{0x80}, uint8_t{0x7F}}) {
      const int64_t cols = wz_dtype_block(dtype) * 2, rows = 33, block_bytes = wz_dtype_block_bytes(dtype);
      Matrix w(dtype, WZ_PACKED, rows, cols, 1);
      const uint16_t one = f16_from_f32(1.0f);
      for (size_t i = 0; i < w.bytes.size(); i += static_cast<size_t>(block_bytes)) {
        std::memset(&w.bytes[i], fill, static_cast<size_t>(block_bytes));
        std::memcpy(&w.bytes[i + (dtype == WZ_Q6_K ? 208 : 0)], &one, 2);
        if (dtype == WZ_Q4_1 || dtype == WZ_Q5_1 || dtype == WZ_Q4_K || dtype == WZ_Q5_K) std::memcpy(&w.bytes[i + 2], &one, 2);
      }
      ASSERT_EQ(WZ_OK, wz_pack(w.packed->p, w.bytes.data(), dtype, rows, cols, nullptr));
      for (int64_t m : {1, 2, 5, 13}) {
        SCOPED_TRACE(text(w, m) + ", bytes of " + std::to_string(fill));
        Array x(WZ_F32, m * cols);
        for (int64_t i = 0; i < m * cols; ++i) x.as<float>()[i] = i / cols % 2 == 0 ? 3.0f : -3.0f;
        expect_isas_agree(WZ_F32, m * rows, [&](void* out) { return product(w, out, x, m); });
        const Array y = result_of(WZ_F32, m * rows, [&](void* out) { return product(w, out, x, m); });
        double exact = 0, norm = 0;
        for (int64_t c = 0; c < cols; ++c) {
          exact += 3 * element(w.bytes, dtype, cols, 0, c);
          norm += 3 * std::abs(element(w.bytes, dtype, cols, 0, c));
        }
        for (int64_t i = 0; i < m; ++i) {
          for (int64_t r = 0; r < rows; ++r) {
            ASSERT_NEAR(i % 2 == 0 ? exact : -exact, static_cast<double>(y.as<float>()[i * rows + r]), 1e-5 * norm) << i << " " << r;
          }
        }
      }
    }
  }
}

TEST(LinearGrouped, EveryAssignmentMeetsItsExpert) {
  const int64_t rows = 40, cols = 64, x_rows = 20;
  for (const Case& c : std::vector<Case>{{WZ_BF16, WZ_ROWS}, {WZ_Q8_0, WZ_PACKED}, {WZ_Q4_1, WZ_PACKED}}) {
    std::vector<Matrix> experts;
    for (uint64_t e = 0; e < 4; ++e) experts.emplace_back(c.dtype, c.layout, rows, cols, e);
    std::vector<wz_weight> weights;
    for (const Matrix& e : experts) weights.push_back(e.weight());
    const std::vector<int32_t> begin = {0, 1, 1, 14, 19};
    const std::vector<int32_t> row_of = {19, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 11, 3, 19, 0, 0, 7};
    const Array x = smooth_array(WZ_F32, x_rows * cols, 2);
    const Aligned scratch(wz_linear_scratch(x_rows, cols));
    wz_threads* pool;
    ASSERT_EQ(WZ_OK, wz_threads_create(2, &pool));
    for (const int32_t* of : {row_of.data(), static_cast<const int32_t*>(nullptr)}) {
      const auto run = [&](void* out) {
        return wz_linear_grouped(static_cast<float*>(out), weights.data(), 4, begin.data(), of, x.as<float>(), x_rows, scratch.p, pool);
      };
      expect_isas_agree(WZ_F32, 19 * rows, run);
      const Array y = result_of(WZ_F32, 19 * rows, run);
      for (size_t e = 0; e < 4; ++e) {
        for (int32_t i = begin[e]; i < begin[e + 1]; ++i) {
          Array row(WZ_F32, cols);
          std::memcpy(row.data(), x.as<float>() + (of != nullptr ? of[i] : i) * cols, static_cast<size_t>(row.bytes()));
          const Array one = result_of(WZ_F32, rows, [&](void* out) { return product(experts[e], out, row, 1); });
          ASSERT_EQ(0, std::memcmp(one.data(), y.as<float>() + i * rows, static_cast<size_t>(one.bytes()))) << "assignment " << i;
        }
      }
    }
    wz_threads_free(pool);
  }
}

TEST(Linear, PackingWithThreadsIsTheSame) {
  wz_threads* pool;
  ASSERT_EQ(WZ_OK, wz_threads_create(2, &pool));
  for (int32_t dtype : kPackedTypes) {
    const Matrix w(dtype, WZ_PACKED, 83, 256, 1);
    int64_t bytes = 0;
    ASSERT_EQ(WZ_OK, wz_packed_bytes(&bytes, dtype, 83, 256));
    const Aligned again(bytes);
    ASSERT_EQ(WZ_OK, wz_pack(again.p, w.bytes.data(), dtype, 83, 256, pool));
    EXPECT_EQ(0, std::memcmp(again.p, w.packed->p, static_cast<size_t>(bytes)));
  }
  wz_threads_free(pool);
}

TEST(Linear, RefusesBadArguments) {
  float v[64] = {};
  const Aligned scratch(4096);
  const wz_weight good{v, WZ_F32, WZ_ROWS, 2, 4};
  const auto with = [&](wz_weight w) { return wz_linear_part{w, nullptr, v, 2, 0}; };
  const auto run = [&](const wz_linear_part& part, int64_t x_stride = 4, int64_t m = 1) {
    return wz_linear(&part, 1, v, x_stride, m, scratch.p, nullptr);
  };
  EXPECT_EQ(WZ_OK, run(with(good)));
  expect_refused(WZ_INVALID_ARGUMENT, run(with(good), 3), {"wz_linear", "x_stride", "3", "4"});
  expect_refused(WZ_INVALID_ARGUMENT, run(with(good), 4, -1), {"m", "-1"});
  expect_refused(WZ_INVALID_ARGUMENT, run({good, nullptr, v, 1, 0}), {"parts[0].out_stride", "1", "2"});
  expect_refused(WZ_INVALID_ARGUMENT, run({good, nullptr, nullptr, 2, 0}), {"parts[0].out", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, run(with({nullptr, WZ_F32, WZ_ROWS, 2, 4})), {"parts[0].data", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, run(with({v, WZ_F32, 2, 2, 4})), {"parts[0].layout", "2"});
  expect_refused(WZ_UNSUPPORTED, run(with({v, WZ_I8, WZ_ROWS, 2, 4})), {"parts[0].dtype", "i8"});
  expect_refused(WZ_UNSUPPORTED, run(with({scratch.p, WZ_Q2_K, WZ_PACKED, 2, 256}), 256), {"parts[0].dtype", "q2_k", "packed"});
  expect_refused(WZ_SHAPE_MISMATCH, run(with({scratch.p, WZ_Q8_0, WZ_PACKED, 2, 33}), 33), {"parts[0].cols", "33", "32", "q8_0"});
  expect_refused(WZ_INVALID_ARGUMENT, run(with({static_cast<char*>(scratch.p) + 1, WZ_Q8_0, WZ_PACKED, 2, 32}), 32), {"parts[0].data", "64"});
  const wz_linear_part two[] = {with(good), with({v, WZ_F32, WZ_ROWS, 2, 5})};
  expect_refused(WZ_SHAPE_MISMATCH, wz_linear(two, 2, v, 8, 1, scratch.p, nullptr), {"parts[1]", "[2, 5]", "4 columns"});

  int64_t bytes;
  expect_refused(WZ_UNSUPPORTED, wz_packed_bytes(&bytes, WZ_BF16, 2, 32), {"bf16"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_packed_bytes(&bytes, WZ_Q8_0, (int64_t{1} << 42) - 16, int64_t{1} << 21), {"2^63"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_pack(static_cast<char*>(scratch.p) + 2, v, WZ_Q8_0, 1, 32, nullptr), {"packed", "64"});

  const int32_t down[] = {0, 2, 1}, up[] = {0, 1, 1}, outside[] = {1};
  const wz_weight pair[] = {good, good}, other[] = {good, {v, WZ_F32, WZ_ROWS, 3, 4}};
  expect_refused(WZ_INVALID_ARGUMENT, wz_linear_grouped(v, pair, 2, down, nullptr, v, 2, scratch.p, nullptr), {"begin[2]", "1", "2"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_linear_grouped(v, pair, 2, up, outside, v, 1, scratch.p, nullptr), {"row_of[0]", "1"});
  expect_refused(WZ_SHAPE_MISMATCH, wz_linear_grouped(v, other, 2, up, nullptr, v, 1, scratch.p, nullptr), {"experts[1]", "[3, 4]", "[2, 4]"});
}

}  // namespace
}  // namespace wz::test
