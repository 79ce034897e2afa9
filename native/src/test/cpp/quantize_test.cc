// Block types: golden bytes and values of ggml, every instruction set against the reference, refusals.
#include "wootz/quantize.h"
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>
#include "op_test.h"

namespace wz::test {
namespace {

const std::vector<int32_t> kBlockTypes = {WZ_Q4_0, WZ_Q4_1, WZ_Q5_0, WZ_Q5_1,   WZ_Q8_0,   WZ_Q2_K,  WZ_Q3_K, WZ_Q4_K,
                                          WZ_Q5_K, WZ_Q6_K, WZ_IQ4_NL, WZ_IQ4_XS, WZ_TQ1_0, WZ_TQ2_0, WZ_MXFP4};
const std::vector<int32_t> kWeightTypes = [] {
  std::vector<int32_t> types = {WZ_F32, WZ_F16, WZ_BF16};
  types.insert(types.end(), kBlockTypes.begin(), kBlockTypes.end());
  return types;
}();

std::string upper_name(int32_t dtype) {
  std::string name = wz_dtype_name(dtype);
  for (char& c : name) c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  return name;
}

// golden/gguf/blocks.safetensors: TYPE.raw u8 and TYPE.f32.
class Golden {
 public:
  Golden() {
    std::ifstream in(WZ_GOLDEN "/gguf/blocks.safetensors", std::ios::binary);
    file_.assign(std::istreambuf_iterator<char>(in), {});
    if (!found()) return;
    uint64_t length = 0;
    std::memcpy(&length, file_.data(), 8);
    header_ = file_.substr(8, static_cast<size_t>(length));
    data_ = 8 + static_cast<size_t>(length);
  }
  bool found() const { return file_.size() > 8; }
  std::string bytes(const std::string& tensor) const {
    const size_t entry = header_.find("\"" + tensor + "\"");
    if (entry == std::string::npos) return {};
    const char* key = "\"data_offsets\":[";
    const char* at = header_.c_str() + header_.find(key, entry) + std::strlen(key);
    char* comma = nullptr;
    const auto begin = std::strtoull(at, &comma, 10);
    const auto end = std::strtoull(comma + 1, nullptr, 10);
    return file_.substr(data_ + begin, end - begin);
  }

 private:
  std::string file_, header_;
  size_t data_ = 0;
};

TEST(Quantize, DequantizesAsGgmlDoes) {
  const Golden golden;
  ASSERT_TRUE(golden.found()) << "no " WZ_GOLDEN "/gguf/blocks.safetensors";
  std::vector<std::string> isas = fast_isas();
  isas.emplace_back("reference");
  for (int32_t type : kWeightTypes) {
    const std::string raw = golden.bytes(upper_name(type) + ".raw"), values = golden.bytes(upper_name(type) + ".f32");
    if (type == WZ_F32) continue;
    ASSERT_FALSE(raw.empty()) << upper_name(type);
    const auto n = static_cast<int64_t>(values.size() / sizeof(float));
    for (const std::string& isa : isas) {
      const UseIsa use(isa);
      std::vector<float> out(static_cast<size_t>(n));
      ASSERT_EQ(WZ_OK, wz_dequantize(out.data(), raw.data(), type, n, nullptr)) << wz_last_error();
      EXPECT_EQ(0, std::memcmp(out.data(), values.data(), values.size())) << upper_name(type) << " on " << isa;
    }
  }
}

const std::vector<int32_t> kRounded = {WZ_Q4_0, WZ_Q4_1, WZ_Q5_0, WZ_Q5_1, WZ_Q8_0};
const std::vector<int32_t> kSearched = {WZ_Q2_K, WZ_Q3_K, WZ_Q4_K, WZ_Q5_K, WZ_Q6_K};

std::vector<uint8_t> quantized(int32_t type, const float* x, const float* importance, int64_t rows, int64_t cols, wz_threads* pool = nullptr) {
  std::vector<uint8_t> blocks(static_cast<size_t>(rows * cols / wz_dtype_block(type) * wz_dtype_block_bytes(type)));
  EXPECT_EQ(WZ_OK, wz_quantize(blocks.data(), type, x, importance, rows, cols, pool)) << wz_last_error();
  return blocks;
}

double squared_error(int32_t type, const void* blocks, const float* x, const float* importance, int64_t rows, int64_t cols) {
  std::vector<float> y(static_cast<size_t>(rows * cols));
  EXPECT_EQ(WZ_OK, wz_dequantize(y.data(), blocks, type, rows * cols, nullptr));
  double sum = 0;
  for (int64_t i = 0; i < rows * cols; ++i) {
    const double e = static_cast<double>(y[static_cast<size_t>(i)]) - static_cast<double>(x[i]);
    sum += e * e * (importance != nullptr ? static_cast<double>(importance[i % cols]) : 1.0);
  }
  return sum;
}

// Rounding gives ggml's bytes, the searches an error no larger than that of ggml's.
TEST(Quantize, AsGoodAsGgml) {
  const Golden golden;
  ASSERT_TRUE(golden.found()) << "no " WZ_GOLDEN "/gguf/blocks.safetensors";
  const std::string source = golden.bytes("source");
  std::vector<float> x(source.size() / sizeof(float));
  std::memcpy(x.data(), source.data(), source.size());
  for (int32_t type : kRounded) {
    const std::string raw = golden.bytes(upper_name(type) + ".raw");
    const std::vector<uint8_t> blocks = quantized(type, x.data(), nullptr, 12, 256);
    EXPECT_EQ(0, std::memcmp(blocks.data(), raw.data(), raw.size())) << upper_name(type);
  }
  for (int32_t type : kSearched) {
    const std::string raw = golden.bytes(upper_name(type) + ".raw");
    const size_t row_bytes = raw.size() / 12;
    const std::vector<uint8_t> blocks = quantized(type, x.data(), nullptr, 12, 256);
    EXPECT_LE(squared_error(type, blocks.data(), x.data(), nullptr, 12, 256), squared_error(type, raw.data(), x.data(), nullptr, 12, 256));
    for (size_t row = 0; row < 12; ++row) {
      const float* values = x.data() + 256 * row;
      const double ours = squared_error(type, blocks.data() + row * row_bytes, values, nullptr, 1, 256);
      const double theirs = squared_error(type, raw.data() + row * row_bytes, values, nullptr, 1, 256);
      EXPECT_LE(ours, 1.02 * theirs + 256 * 1e-7) << upper_name(type) << ", row " << row;
    }
  }
}

TEST(Quantize, InstructionSetsAgree) {
  for (int32_t type : {WZ_F32, WZ_F16, WZ_BF16, WZ_Q4_0, WZ_Q4_1, WZ_Q5_0, WZ_Q5_1, WZ_Q8_0, WZ_Q2_K, WZ_Q3_K, WZ_Q4_K, WZ_Q5_K, WZ_Q6_K}) {
    for (double scale : {1.0, 1e-6, 1e-42, 1e9, 1e37}) {
      constexpr int64_t rows = 3, cols = 512;
      Array x = smooth_array(WZ_F32, rows * cols, 3, scale);
      for (int64_t i = 0; i < 256; ++i) x.set(i, i < 40 ? 0 : x.get(0));
      Array importance(WZ_F32, cols);
      for (int64_t i = 0; i < cols; ++i) importance.set(i, i < 64 ? 0 : static_cast<double>(i % 7));
      const int64_t bytes = rows * cols / wz_dtype_block(type) * wz_dtype_block_bytes(type);
      SCOPED_TRACE(std::string(wz_dtype_name(type)) + ", scale " + std::to_string(scale));
      for (const float* w : {static_cast<const float*>(nullptr), static_cast<const float*>(importance.as<float>())}) {
        expect_isas_agree(WZ_U8, bytes, [&](void* out) { return wz_quantize(out, type, x.as<float>(), w, rows, cols, nullptr); }, kAnyAlignment);
      }
    }
  }
}

// What columns of weight 0 get does not matter; the others get less error than without weights.
TEST(Quantize, ImportanceMovesTheError) {
  constexpr int64_t rows = 8, cols = 256;
  const Array x = smooth_array(WZ_F32, rows * cols, 11);
  std::vector<float> importance(cols);
  for (size_t i = 0; i < cols; ++i) importance[i] = i % 8 == 0 ? 100.0f : 0.1f;
  for (int32_t type : {WZ_Q4_0, WZ_Q4_1, WZ_Q5_0, WZ_Q5_1, WZ_Q2_K, WZ_Q3_K, WZ_Q4_K, WZ_Q5_K, WZ_Q6_K}) {
    const auto plain = quantized(type, x.as<float>(), nullptr, rows, cols), weighted = quantized(type, x.as<float>(), importance.data(), rows, cols);
    EXPECT_LT(squared_error(type, weighted.data(), x.as<float>(), importance.data(), rows, cols),
              squared_error(type, plain.data(), x.as<float>(), importance.data(), rows, cols))
        << wz_dtype_name(type);
  }
}

// Random bytes: every code of every field, scales that are subnormal, infinite or NaN among them.
TEST(Quantize, InstructionSetsAgreeOnAnyBytes) {
  for (int32_t type : kWeightTypes) {
    const int64_t block = wz_dtype_block(type);
    for (int64_t count : {0, 1, 3, 40}) {
      const int64_t n = count * block;
      Array bytes(WZ_U8, count * wz_dtype_block_bytes(type), 1);
      uint64_t state = 7;
      for (int64_t i = 0; i < bytes.size(); ++i) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        bytes.as<uint8_t>()[i] = static_cast<uint8_t>(state >> 56);
      }
      SCOPED_TRACE(std::string(wz_dtype_name(type)) + ", n " + std::to_string(n));
      expect_isas_agree(WZ_F32, n, [&](void* out) { return wz_dequantize(static_cast<float*>(out), bytes.data(), type, n, nullptr); });
    }
  }
}

TEST(Quantize, ThreadsDoNotMatter) {
  wz_threads* pool = nullptr;
  ASSERT_EQ(WZ_OK, wz_threads_create(3, &pool));
  constexpr int64_t n = 300 * WZ_BLOCK;
  for (int32_t type : {WZ_BF16, WZ_Q5_0, WZ_Q6_K}) {
    std::vector<uint8_t> bytes(static_cast<size_t>(n / wz_dtype_block(type) * wz_dtype_block_bytes(type)));
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<uint8_t>(i * 37 % 61);
    const auto run = [&](wz_threads* threads) {
      return result_of(WZ_F32, n, [&](void* out) { return wz_dequantize(static_cast<float*>(out), bytes.data(), type, n, threads); });
    };
    EXPECT_TRUE(same_values(run(nullptr), run(pool)));
  }
  const Array x = smooth_array(WZ_F32, 100 * 2048, 5);
  EXPECT_EQ(quantized(WZ_Q4_K, x.as<float>(), nullptr, 100, 2048), quantized(WZ_Q4_K, x.as<float>(), nullptr, 100, 2048, pool));
  wz_threads_free(pool);
}

TEST(Quantize, RefusesWhatItCannotDo) {
  float out[32];
  uint8_t bytes[64] = {};
  expect_refused(WZ_UNSUPPORTED, wz_dequantize(out, bytes, WZ_I8, 32, nullptr), {"wz_dequantize", "dtype", "i8", "block type"});
  expect_refused(WZ_UNSUPPORTED, wz_dequantize(out, bytes, 99, 32, nullptr), {"wz_dequantize", "dtype", "99"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_dequantize(out, bytes, WZ_Q8_0, 33, nullptr), {"n", "found 33", "multiple of 32", "q8_0"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_dequantize(out, bytes, WZ_Q6_K, 32, nullptr), {"multiple of 256", "q6_k"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_dequantize(out, bytes, WZ_Q8_0, -32, nullptr), {"n", "-32"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_dequantize(nullptr, bytes, WZ_Q8_0, 32, nullptr), {"out", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_dequantize(out, nullptr, WZ_Q8_0, 32, nullptr), {"blocks", "NULL"});
  EXPECT_EQ(WZ_OK, wz_dequantize(nullptr, nullptr, WZ_Q8_0, 0, nullptr));
  float x[64] = {}, importance[32] = {};
  expect_refused(WZ_UNSUPPORTED, wz_quantize(bytes, WZ_IQ4_NL, x, nullptr, 1, 32, nullptr), {"wz_quantize", "iq4_nl", "q2_k to q6_k"});
  expect_refused(WZ_UNSUPPORTED, wz_quantize(bytes, WZ_F64, x, nullptr, 1, 32, nullptr), {"wz_quantize", "f64"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_quantize(bytes, WZ_Q8_0, x, nullptr, 2, 16, nullptr), {"cols", "found 16", "multiple of 32"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_quantize(bytes, WZ_Q8_0, nullptr, nullptr, 1, 32, nullptr), {"x", "NULL"});
  x[35] = INFINITY;
  expect_refused(WZ_INVALID_ARGUMENT, wz_quantize(bytes, WZ_Q4_0, x, nullptr, 2, 32, nullptr), {"infinity", "row 1", "column 3"});
  x[35] = NAN;
  expect_refused(WZ_INVALID_ARGUMENT, wz_quantize(bytes, WZ_F16, x, nullptr, 2, 32, nullptr), {"NaN", "row 1", "column 3"});
  importance[7] = -1;
  expect_refused(WZ_INVALID_ARGUMENT, wz_quantize(bytes, WZ_Q4_0, x, importance, 1, 32, nullptr), {"importance[7]", "0 or more"});
  EXPECT_EQ(WZ_OK, wz_quantize(nullptr, WZ_Q8_0, nullptr, nullptr, 0, 32, nullptr));
}

}  // namespace
}  // namespace wz::test
