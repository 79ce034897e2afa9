// wz_cuda_convert against wz_convert, bit for bit: every 16-bit pattern, and float32 values around the halfway points of the narrower types.
#include "on_device.h"
#include "wootz/cuda_transformer.h"
#include "wootz/wootz.h"

namespace {

using namespace wz::cuda_test;

class Convert : public OnDevice {
 protected:
  // src [n * bytes] of a type, converted by both.
  void compare(int32_t to, int32_t from, const std::vector<uint8_t>& src, int64_t shift) {
    const int64_t n = static_cast<int64_t>(src.size()) / wz_dtype_bytes(from);
    std::vector<uint8_t> expected = poisoned<uint8_t>(n * wz_dtype_bytes(to));
    ASSERT_EQ(wz_convert(expected.data(), to, src.data(), from, n), WZ_OK);
    Array<uint8_t> device(src, stream, shift * wz_dtype_bytes(from)), out(n * wz_dtype_bytes(to), stream, shift * wz_dtype_bytes(to));
    ok(wz_cuda_convert(out, to, device, from, n, stream));
    const std::vector<uint8_t> found = out.values();
    std::vector<float> expected_value(static_cast<size_t>(n)), found_value(static_cast<size_t>(n));
    ASSERT_EQ(wz_convert(expected_value.data(), WZ_F32, expected.data(), to, n), WZ_OK);
    ASSERT_EQ(wz_convert(found_value.data(), WZ_F32, found.data(), to, n), WZ_OK);
    expect_same(expected_value, found_value, std::string(wz_dtype_name(from)) + " to " + wz_dtype_name(to));
  }
};

constexpr int32_t kTypes[] = {WZ_F32, WZ_F16, WZ_BF16};

TEST_F(Convert, EveryPatternOfSixteenBits) {
  std::vector<uint8_t> src(2 * 65536);
  for (uint32_t i = 0; i < 65536; ++i) src[2 * i] = static_cast<uint8_t>(i), src[2 * i + 1] = static_cast<uint8_t>(i >> 8);
  for (const int32_t from : {WZ_F16, WZ_BF16}) {
    for (const int32_t to : kTypes) compare(to, from, src, 0);
  }
}

TEST_F(Convert, Float32AroundTheHalfwayPoints) {
  std::mt19937 random(5);
  for (const int64_t n : {1, 7, 8, 9, 257, 4099}) {
    std::vector<uint32_t> patterns(static_cast<size_t>(n));
    for (auto& p : patterns) {
      const uint32_t tail[] = {0, 1, 0xFFF, 0x1000, 0x1001, 0x7FFF, 0x8000, 0x8001, 0xFFFF};
      p = random() & 0xFFFF0000u;
      if (random() % 3 == 0) p = (p & 0x80000000u) | ((random() % 40 + 95) << 23 | (p & 0x7F0000u));
      p |= tail[random() % 9];
    }
    std::vector<uint8_t> src(static_cast<size_t>(4 * n));
    std::memcpy(src.data(), patterns.data(), src.size());
    for (const int32_t to : kTypes) {
      for (const int64_t shift : {0, 1}) compare(to, WZ_F32, src, shift);
    }
  }
}

TEST(ConvertArguments, AreChecked) {
  float v[4] = {};
  EXPECT_EQ(wz_cuda_convert(v, WZ_Q8_0, v, WZ_F32, 4, nullptr), WZ_UNSUPPORTED);
  EXPECT_EQ(wz_cuda_convert(v, WZ_F32, v, WZ_F64, 4, nullptr), WZ_UNSUPPORTED);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_convert: src: found dtype 3, expected f32, f16 or bf16");
  EXPECT_EQ(wz_cuda_convert(v, WZ_F32, v, WZ_F32, -4, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_convert(nullptr, WZ_F32, nullptr, WZ_F32, 0, nullptr), WZ_OK);
}

}  // namespace
