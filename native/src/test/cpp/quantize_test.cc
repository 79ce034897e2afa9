// Block types: golden bytes and values of ggml, every instruction set against the reference, refusals.
#include "wootz/quantize.h"
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
  if (!golden.found()) GTEST_SKIP() << "no " WZ_GOLDEN "/gguf/blocks.safetensors";
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
}

}  // namespace
}  // namespace wz::test
