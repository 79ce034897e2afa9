// Types and conversions: every pair of types on every instruction set, the small types exhaustively, rounding against a search for the nearest.
#include <cmath>
#include <cstring>
#include <limits>
#include "dtype/bf16.h"
#include "dtype/f16.h"
#include "dtype/f8.h"
#include "dtype/round_to_odd.h"
#include "op_test.h"

namespace wz::test {
namespace {

constexpr int32_t kTypes = WZ_I64 + 1;

TEST(Dtype, NamesAndBytes) {
  EXPECT_EQ(4, wz_dtype_bytes(WZ_F32));
  EXPECT_EQ(1, wz_dtype_bytes(WZ_F8_E5M2));
  EXPECT_EQ(8, wz_dtype_bytes(WZ_I64));
  EXPECT_STREQ("bf16", wz_dtype_name(WZ_BF16));
  EXPECT_STREQ("f8_e4m3", wz_dtype_name(WZ_F8_E4M3));
  for (int32_t none : {-1, kTypes, 1 << 30}) {
    EXPECT_EQ(0, wz_dtype_bytes(none));
    EXPECT_STREQ("?", wz_dtype_name(none));
  }
}

TEST(Convert, EveryPairOfTypesOnEveryInstructionSet) {
  for (int32_t from = 0; from < kTypes; ++from) {
    for (int32_t to = 0; to < kTypes; ++to) {
      for (int64_t n : kSizes) {
        SCOPED_TRACE(std::string(wz_dtype_name(from)) + " to " + wz_dtype_name(to) + ", n = " + std::to_string(n));
        const Array x = random_array(from, n, static_cast<uint64_t>(7 * n + from), static_cast<int>(n % 3));
        expect_isas_agree(to, n, [&](void* out) { return wz_convert(out, to, x.data(), from, n); }, kAnyAlignment);
      }
    }
  }
}

// All 2^16 or 2^8 values of a small type, through float32 and float64 and back.
TEST(Convert, SmallFloatsSurviveTheWayThroughWiderTypes) {
  std::vector<std::string> isas = fast_isas();
  isas.emplace_back("reference");
  for (const std::string& isa : isas) {
    const UseIsa use(isa);
    for (int32_t small : {WZ_F16, WZ_BF16, WZ_F8_E4M3, WZ_F8_E5M2}) {
      for (int32_t wide : {WZ_F32, WZ_F64}) {
        const int64_t n = wz_dtype_bytes(small) == 1 ? 256 : 65536;
        Array x(small, n), between(wide, n), back(small, n);
        for (int64_t i = 0; i < n; ++i) std::memcpy(x.as<char>() + i * wz_dtype_bytes(small), &i, static_cast<size_t>(wz_dtype_bytes(small)));
        ASSERT_EQ(WZ_OK, wz_convert(between.data(), wide, x.data(), small, n));
        ASSERT_EQ(WZ_OK, wz_convert(back.data(), small, between.data(), wide, n));
        EXPECT_TRUE(same_values(x, back)) << isa << " " << wz_dtype_name(small) << " through " << wz_dtype_name(wide);
      }
    }
  }
}

// The nearest finite value of a small type by looking at all of them, ties to the even code.
double nearest(int32_t dtype, double v) {
  const int64_t codes = wz_dtype_bytes(dtype) == 1 ? 128 : 32768;
  double best = 0, best_distance = std::numeric_limits<double>::infinity();
  for (int64_t code = 0; code < codes; ++code) {
    double candidate = 0;
    EXPECT_EQ(WZ_OK, wz_convert(&candidate, WZ_F64, &code, dtype, 1));
    if (!std::isfinite(candidate)) continue;
    const double distance = std::fabs(candidate - std::fabs(v));
    if (distance < best_distance || (distance == best_distance && code % 2 == 0)) {
      best = candidate;
      best_distance = distance;
    }
  }
  return std::copysign(best, v);
}

TEST(Convert, RoundsToTheNearestTiesToEven) {
  for (int32_t small : {WZ_F8_E4M3, WZ_F8_E5M2, WZ_F16}) {
    const double largest = small == WZ_F8_E4M3 ? 448 : small == WZ_F8_E5M2 ? 57344 : 65504;
    const int step = small == WZ_F16 ? 997 : 1;
    for (int code = 0; code < (small == WZ_F16 ? 31744 : 126); code += step) {
      double low = 0, high = 0;
      const int64_t low_code = code, high_code = code + 1;
      ASSERT_EQ(WZ_OK, wz_convert(&low, WZ_F64, &low_code, small, 1));
      ASSERT_EQ(WZ_OK, wz_convert(&high, WZ_F64, &high_code, small, 1));
      if (!(high <= largest)) continue;
      // The tie, and the doubles next to it: rounding twice through float32 would turn these into the tie.
      const double tie = low + (high - low) / 2;
      for (double v : {low, std::nextafter(tie, low), tie, std::nextafter(tie, high), high}) {
        Array out(small, 1);
        ASSERT_EQ(WZ_OK, wz_convert(out.data(), small, &v, WZ_F64, 1));
        ASSERT_EQ(nearest(small, v), out.get(0)) << wz_dtype_name(small) << " " << v;
      }
    }
  }
}

TEST(Convert, OverflowAndNan) {
  struct Case {
    int32_t to;
    double from, expected;
  };
  const double inf = std::numeric_limits<double>::infinity(), nan = std::nan("");
  const Case cases[] = {{WZ_F16, 65519.99, 65504}, {WZ_F16, 65520, inf},      {WZ_F16, -1e300, -inf},    {WZ_BF16, 3.4e38, inf},
                        {WZ_F8_E4M3, 464, 448},    {WZ_F8_E4M3, 464.1, nan},  {WZ_F8_E4M3, -inf, nan},   {WZ_F8_E5M2, 61439, 57344},
                        {WZ_F8_E5M2, 61440, inf},  {WZ_F8_E5M2, nan, nan},    {WZ_I8, 127.5, 127},       {WZ_I8, -1000, -128},
                        {WZ_I8, nan, 0},           {WZ_U8, -3, 0},            {WZ_U8, 2.5, 2},           {WZ_U8, 3.5, 4},
                        {WZ_I16, inf, 32767},      {WZ_I32, 2147483646.5, 2147483646}, {WZ_I32, 1e10, 2147483647}, {WZ_I64, -inf, -0x1p63}};
  for (const Case& c : cases) {
    SCOPED_TRACE(std::string(wz_dtype_name(c.to)) + " of " + std::to_string(c.from));
    const Array out = result_of(c.to, 1, [&](void* p) { return wz_convert(p, c.to, &c.from, WZ_F64, 1); });
    if (std::isnan(c.expected)) {
      EXPECT_TRUE(std::isnan(out.get(0)));
    } else {
      EXPECT_EQ(c.expected, out.get(0));
    }
  }
}

TEST(Convert, LargeIntegersRoundOnce) {
  // Above the tie between two float32 values by 1, which float64 cannot tell from the tie.
  const int64_t above_tie = (int64_t{1} << 62) + (int64_t{1} << 38) + 1, at_tie = (int64_t{1} << 62) + (int64_t{1} << 38);
  float f = 0;
  ASSERT_EQ(WZ_OK, wz_convert(&f, WZ_F32, &above_tie, WZ_I64, 1));
  EXPECT_EQ(0x1p62f + 0x1p39f, f);
  ASSERT_EQ(WZ_OK, wz_convert(&f, WZ_F32, &at_tie, WZ_I64, 1));
  EXPECT_EQ(0x1p62f, f);
  const int64_t most = INT64_MAX;
  int64_t same = 0;
  ASSERT_EQ(WZ_OK, wz_convert(&same, WZ_I64, &most, WZ_I64, 1));
  EXPECT_EQ(most, same);
  int32_t saturated = 0;
  ASSERT_EQ(WZ_OK, wz_convert(&saturated, WZ_I32, &most, WZ_I64, 1));
  EXPECT_EQ(INT32_MAX, saturated);
}

TEST(Convert, InPlaceForTypesOfOneSize) {
  for (const std::string& isa : fast_isas()) {
    const UseIsa use(isa);
    Array x = random_array(WZ_F32, 4097, 3);
    const Array expected = result_of(WZ_I32, 4097, [&](void* out) { return wz_convert(out, WZ_I32, x.data(), WZ_F32, 4097); });
    ASSERT_EQ(WZ_OK, wz_convert(x.data(), WZ_I32, x.data(), WZ_F32, 4097));
    EXPECT_EQ(0, std::memcmp(expected.data(), x.data(), static_cast<size_t>(x.bytes())));
  }
}

TEST(Convert, RefusesWhatItCannotDo) {
  float x = 1;
  expect_refused(WZ_UNSUPPORTED, wz_convert(&x, 11, &x, WZ_F32, 1), {"wz_convert", "dst_dtype", "11"});
  expect_refused(WZ_UNSUPPORTED, wz_convert(&x, WZ_F32, &x, -1, 1), {"wz_convert", "src_dtype", "-1"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_convert(&x, WZ_F32, &x, WZ_F32, -5), {"wz_convert", "n", "-5", "at least 0"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_convert(nullptr, WZ_F32, &x, WZ_F32, 1), {"wz_convert", "dst", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_convert(&x, WZ_F32, nullptr, WZ_F32, 1), {"wz_convert", "src", "NULL"});
  EXPECT_EQ(WZ_OK, wz_convert(nullptr, WZ_F32, nullptr, WZ_BF16, 0));
}

}  // namespace
}  // namespace wz::test
