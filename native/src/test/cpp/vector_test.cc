// Single rounded steps: every instruction set against the reference, values as PyTorch computes them, refusals.
#include "wootz/vector.h"
#include <cmath>
#include "op_test.h"

namespace wz::test {
namespace {

const std::vector<int32_t> kFloat32Arithmetics = {WZ_ARITHMETIC_F32, WZ_ARITHMETIC_BF16, WZ_ARITHMETIC_F16};

using Binary = wz_status (*)(float*, const float*, const float*, int32_t, int64_t);
using Unary = wz_status (*)(float*, const float*, double, int32_t, int64_t);
const std::vector<Binary> kBinary = {wz_vector_add, wz_vector_subtract, wz_vector_multiply, wz_vector_divide};
const std::vector<Unary> kUnary = {wz_vector_scale, wz_vector_divide_by, wz_vector_add_scalar};

TEST(Vector, InstructionSetsAgree) {
  for (int64_t n : kSizes) {
    const Array a = random_array(WZ_F32, n, 1), b = random_array(WZ_F32, n, 2);
    for (int32_t arithmetic : kFloat32Arithmetics) {
      SCOPED_TRACE("n " + std::to_string(n) + ", arithmetic " + std::to_string(arithmetic));
      for (Binary op : kBinary) {
        expect_isas_agree(WZ_F32, n, [&](void* out) { return op(static_cast<float*>(out), a.as<float>(), b.as<float>(), arithmetic, n); });
      }
      for (Unary op : kUnary) {
        for (double s : {0.1, -3.0, 1e-40, 7e4}) {
          expect_isas_agree(WZ_F32, n, [&](void* out) { return op(static_cast<float*>(out), a.as<float>(), s, arithmetic, n); });
        }
      }
    }
    const Array smooth_a = smooth_array(WZ_F32, n, 3), smooth_b = smooth_array(WZ_F32, n, 4, 1e10);
    expect_isas_agree_adding(smooth_array(WZ_F64, 1, 5), [&](void* sum) {
      return wz_vector_dot(static_cast<double*>(sum), smooth_a.as<float>(), smooth_b.as<float>(), n);
    });
  }
}

TEST(Vector, OutputMayBeEitherInput) {
  constexpr int64_t n = 2051;
  for (int32_t arithmetic : kFloat32Arithmetics) {
    for (Binary op : kBinary) {
      Array a = random_array(WZ_F32, n, 1), b = random_array(WZ_F32, n, 2);
      const Array expected =
          result_of(WZ_F32, n, [&](void* out) { return op(static_cast<float*>(out), a.as<float>(), b.as<float>(), arithmetic, n); });
      Array a_copy = a;
      ASSERT_EQ(WZ_OK, op(a.as<float>(), a.as<float>(), b.as<float>(), arithmetic, n));
      EXPECT_TRUE(same_values(expected, a));
      ASSERT_EQ(WZ_OK, op(b.as<float>(), a_copy.as<float>(), b.as<float>(), arithmetic, n));
      EXPECT_TRUE(same_values(expected, b));
    }
  }
}

// The scalar of a product or a quotient stays float32, that of a sum is rounded first. In bfloat16 0.1 is 0.10009765625.
TEST(Vector, ScalarsAsInPyTorch) {
  const float a[] = {3, 257};
  float out[2];
  ASSERT_EQ(WZ_OK, wz_vector_scale(out, a, 0.1, WZ_ARITHMETIC_BF16, 1));
  EXPECT_EQ(wz_round(3 * 0.1, WZ_ARITHMETIC_BF16), out[0]);
  const float tie = 1.0f;
  // 1 + s with s just above a tie of bfloat16's 2^-8: s itself rounds down to the tie's value first, so the sum goes to even.
  ASSERT_EQ(WZ_OK, wz_vector_add_scalar(out, &tie, 0x1.001p-8, WZ_ARITHMETIC_BF16, 1));
  EXPECT_EQ(1, out[0]);
  ASSERT_EQ(WZ_OK, wz_vector_add_scalar(out, &tie, 0x1.001p-8, WZ_ARITHMETIC_F32, 1));
  EXPECT_EQ(1 + 0x1.001p-8f, out[0]);
  // 1 * s: a rounded scalar would give 0x1p-8.
  ASSERT_EQ(WZ_OK, wz_vector_scale(out, &tie, 0x1.01p-8, WZ_ARITHMETIC_F16, 1));
  EXPECT_EQ(0x1.01p-8f, out[0]);
}

TEST(Vector, Round) {
  EXPECT_EQ(0.1, wz_round(0.1, WZ_ARITHMETIC_F64));
  EXPECT_EQ(static_cast<double>(0.1f), wz_round(0.1, WZ_ARITHMETIC_F32));
  EXPECT_EQ(0.10009765625, wz_round(0.1, WZ_ARITHMETIC_BF16));
  EXPECT_EQ(0.0999755859375, wz_round(0.1, WZ_ARITHMETIC_F16));
  EXPECT_TRUE(std::isinf(wz_round(70000, WZ_ARITHMETIC_F16)));
  EXPECT_TRUE(std::isnan(wz_round(std::nan(""), WZ_ARITHMETIC_BF16)));
}

TEST(Vector, RefusesWhatItCannotDo) {
  float a[1] = {1};
  expect_refused(WZ_UNSUPPORTED, wz_vector_add(a, a, a, WZ_ARITHMETIC_F64, 1), {"wz_vector_add", "arithmetic", "F64"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_vector_divide(a, a, nullptr, WZ_ARITHMETIC_F32, 1), {"wz_vector_divide", "b", "NULL"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_vector_scale(a, a, 1, 9, 1), {"wz_vector_scale", "arithmetic", "found 9"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_vector_add_scalar(a, a, 1, WZ_ARITHMETIC_F32, -1), {"wz_vector_add_scalar", "n", "-1"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_vector_dot(nullptr, a, a, 1), {"wz_vector_dot", "sum", "NULL"});
}

}  // namespace
}  // namespace wz::test
