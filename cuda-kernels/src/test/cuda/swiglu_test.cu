// wz_cuda_swiglu against the CPU's, bit for bit.
#include "on_device.h"
#include "wootz/cuda_transformer.h"
#include "wootz/wootz.h"

namespace {

using namespace wz::cuda_test;

// Gates of every size, where the exponential ends and beyond.
std::vector<float> gates(int64_t n, std::mt19937& random) {
  const float special[] = {0.0f, -0.0f, 87.3f, 87.4f, 88.8f, -87.3f, -88.8f, INFINITY, -INFINITY, NAN, 1e-40f, -1e-40f, 1e30f, -1e30f};
  std::vector<float> v = normal(n, random, 8);
  for (size_t i = 0; i < v.size(); ++i) {
    if (random() % 11 == 0) v[i] = special[random() % std::size(special)];
    if (random() % 7 == 0) v[i] = std::ldexp(v[i], static_cast<int>(random() % 60) - 40);
  }
  return v;
}

class Swiglu : public OnDevice, public ::testing::WithParamInterface<int64_t> {};

TEST_P(Swiglu, EqualsTheCpu) {
  const int64_t n = GetParam();
  for (const int64_t shift : {0, 1}) {
    std::mt19937 random(static_cast<unsigned>(n + shift));
    const std::vector<float> gate = gates(n, random), up = gates(n, random);
    std::vector<float> expected = poisoned<float>(n);
    ASSERT_EQ(wz_swiglu(expected.data(), gate.data(), up.data(), 1, n, nullptr), WZ_OK);
    Array<float> device_gate(gate, stream, shift), device_up(up, stream, shift), out(n, stream, shift);
    ok(wz_cuda_swiglu(out, device_gate, device_up, 1, n, stream));
    expect_same(expected, out.values(), "out");
    expect_same(gate, device_gate.values(), "gate");
    ok(wz_cuda_swiglu(device_up, device_gate, device_up, 1, n, stream));
    expect_same(expected, device_up.values(), "out is up");
    ok(wz_cuda_swiglu(device_gate, device_gate, Array<float>(up, stream), 1, n, stream));
    expect_same(expected, device_gate.values(), "out is gate");
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Swiglu, ::testing::Values(1, 3, 4, 7, 31, 33, 65, 257, 1024, 9728));

TEST(SwigluArguments, AreChecked) {
  float v[4] = {};
  EXPECT_EQ(wz_cuda_swiglu(v, v, v, 1, -4, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_swiglu(nullptr, nullptr, nullptr, 0, 4, nullptr), WZ_OK);
  EXPECT_NE(wz_cuda_swiglu(v, v, v, 1, 4, nullptr), WZ_OK) << "host memory";
}

}  // namespace
