// The CUDA linear combination against wz_merge_linear of the CPU, bit for bit (NaN against NaN). The kernel's own code runs on the host, thread
// after thread, wherever the test runs; and on the device where there is one.
#include <gtest/gtest.h>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>
#include "merge/merge_linear.cuh"
#include "wootz/cuda_merge.h"
#include "wootz/wootz.h"

namespace {

using wz::cuda::LinearArguments;

struct Case {
  int64_t n;
  int32_t out_dtype;
  std::vector<int32_t> dtypes;
  bool base;
  double divisor;
  int32_t arithmetic;
  int64_t shift;  // elements from an aligned address
};

constexpr unsigned char kPoison = 0xA5;

class Tensor {
 public:
  Tensor(int32_t dtype, int64_t n, int64_t shift)
      : dtype_(dtype), offset_(shift * wz_dtype_bytes(dtype)), bytes_((n + shift) * wz_dtype_bytes(dtype)), storage_(static_cast<size_t>(bytes_ / 16 + 2)) {
    std::memset(storage_.data(), kPoison, storage_.size() * sizeof(Line));
  }
  void* data() { return reinterpret_cast<char*>(storage_.data()) + offset_; }
  int32_t dtype() const { return dtype_; }
  int64_t bytes() const { return bytes_ - offset_; }

 private:
  struct alignas(16) Line {
    unsigned char bytes[16];
  };
  int32_t dtype_;
  int64_t offset_, bytes_;
  std::vector<Line> storage_;
};

// Values of every magnitude, and the special ones.
void fill(Tensor& t, int64_t n, std::mt19937& random) {
  const float special[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e-40f, -6e-8f, 65504.0f, 65520.0f, 3.3e38f, 1.0f, -1.0f};
  std::vector<float> v(static_cast<size_t>(n));
  std::normal_distribution<float> normal;
  for (auto& f : v) {
    const unsigned pick = random();
    f = pick % 13 == 0 ? special[pick / 13 % 12] : std::ldexp(normal(random), static_cast<int>(pick / 13 % 31) - 20);
  }
  ASSERT_EQ(wz_convert(t.data(), t.dtype(), v.data(), WZ_F32, n), WZ_OK) << wz_last_error();
}

bool is_nan(const void* p, int32_t dtype, int64_t i) { return std::isnan(wz::cuda::load_one<float>(p, dtype, i)); }

void expect_same(Tensor& expected, Tensor& actual, int64_t n, const char* where) {
  const int64_t size = wz_dtype_bytes(expected.dtype());
  for (int64_t i = 0; i < n; ++i) {
    const auto* e = static_cast<char*>(expected.data()) + i * size;
    const auto* a = static_cast<char*>(actual.data()) + i * size;
    if (std::memcmp(e, a, static_cast<size_t>(size)) == 0) continue;
    ASSERT_TRUE(is_nan(expected.data(), expected.dtype(), i) && is_nan(actual.data(), actual.dtype(), i)) << where << ", element " << i;
  }
}

class MergeLinear : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    const Case& c = GetParam();
    std::mt19937 random(static_cast<unsigned>(c.n * 31 + c.out_dtype));
    for (int32_t dtype : c.dtypes) inputs_.emplace_back(dtype, c.n, c.shift);
    for (auto& t : inputs_) fill(t, c.n, random);
    for (auto& t : inputs_) x_.push_back({t.data(), t.dtype()});
    for (size_t k = 0; k < x_.size(); ++k) weights_.push_back(0.3 + 0.41 * static_cast<double>(k) - (k == 1 ? 2 : 0));
    fill(base_tensor_ = Tensor(c.dtypes[0], c.n, c.shift), c.n, random);
    if (c.base) base_ = {base_tensor_.data(), base_tensor_.dtype()};
    ASSERT_EQ(wz_merge_linear(expected_.data(), c.out_dtype, x_.data(), static_cast<int32_t>(x_.size()), &base_, weights_.data(), c.divisor,
                              c.arithmetic, c.n, nullptr),
              WZ_OK)
        << wz_last_error();
  }

  std::vector<Tensor> inputs_;
  std::vector<wz_model> x_;
  std::vector<double> weights_;
  Tensor base_tensor_{WZ_F32, 0, 0};
  wz_model base_ = {nullptr, WZ_F32};
  Tensor expected_{GetParam().out_dtype, GetParam().n, GetParam().shift};
  Tensor actual_{GetParam().out_dtype, GetParam().n, GetParam().shift};
};

TEST_P(MergeLinear, OnTheHost) {
  const Case& c = GetParam();
  LinearArguments a = {};
  a.out = actual_.data();
  a.out_dtype = c.out_dtype;
  a.models = static_cast<int32_t>(x_.size());
  a.base = base_;
  a.divisor = c.divisor;
  a.n = c.n;
  a.packs = c.shift == 0;
  for (size_t k = 0; k < x_.size(); ++k) {
    a.x[k] = x_[k];
    a.weights[k] = weights_[k];
  }
  constexpr int64_t kThreads = 5;
  for (int64_t thread = 0; thread < kThreads; ++thread) {
    wz::cuda::with_arithmetic(c.arithmetic, [&](auto policy) {
      wz::cuda::merge_linear_thread<decltype(policy), wz::cuda::WeightsOf::kModels>(a, thread, kThreads);
    });
  }
  expect_same(expected_, actual_, c.n, "host");
}

TEST_P(MergeLinear, OnTheDevice) {
  if (wz_cuda_device_count() == 0) GTEST_SKIP() << wz_cuda_last_error();
  const Case& c = GetParam();
  wz_cuda_stream* stream = nullptr;
  ASSERT_EQ(wz_cuda_stream_create(0, &stream), WZ_OK) << wz_cuda_last_error();
  std::vector<void*> owned;
  const auto upload = [&](const wz_model& host) -> wz_model {
    const int64_t size = wz_dtype_bytes(host.dtype);
    void* memory = nullptr;
    EXPECT_EQ(wz_cuda_memory_allocate(0, (c.n + c.shift) * size, &memory), WZ_OK) << wz_cuda_last_error();
    owned.push_back(memory);
    void* shifted = static_cast<char*>(memory) + c.shift * size;
    EXPECT_EQ(wz_cuda_copy(shifted, host.x, c.n * size, stream), WZ_OK) << wz_cuda_last_error();
    return {shifted, host.dtype};
  };
  std::vector<wz_model> x;
  for (const auto& host : x_) x.push_back(upload(host));
  const wz_model base = c.base ? upload(base_) : wz_model{nullptr, WZ_F32};
  const wz_model out = upload({actual_.data(), c.out_dtype});
  ASSERT_EQ(wz_cuda_merge_linear(const_cast<void*>(out.x), c.out_dtype, x.data(), static_cast<int32_t>(x.size()), &base, weights_.data(),
                                 c.divisor, c.arithmetic, c.n, stream),
            WZ_OK)
      << wz_cuda_last_error();
  ASSERT_EQ(wz_cuda_copy(actual_.data(), out.x, actual_.bytes(), stream), WZ_OK) << wz_cuda_last_error();
  ASSERT_EQ(wz_cuda_stream_synchronize(stream), WZ_OK) << wz_cuda_last_error();
  expect_same(expected_, actual_, c.n, "device");
  for (void* memory : owned) EXPECT_EQ(wz_cuda_memory_free(memory), WZ_OK);
  EXPECT_EQ(wz_cuda_stream_free(stream), WZ_OK);
}

std::vector<Case> cases() {
  const std::vector<std::vector<int32_t>> inputs = {{WZ_BF16},         {WZ_BF16, WZ_BF16, WZ_BF16}, {WZ_F16, WZ_F16},
                                                    {WZ_F32, WZ_F32},  {WZ_F32, WZ_BF16, WZ_F16},   {WZ_BF16, WZ_F32, WZ_F16, WZ_F16, WZ_F32}};
  std::vector<Case> all;
  for (const auto& dtypes : inputs) {
    for (int32_t out : {WZ_F32, WZ_F16, WZ_BF16}) {
      for (int32_t arithmetic : {WZ_ARITHMETIC_F32, WZ_ARITHMETIC_F64, WZ_ARITHMETIC_BF16, WZ_ARITHMETIC_F16}) {
        for (int64_t n : {1, 7, 8, 9, 63, 257, 4099}) {
          const bool base = n % 2 == 1;
          all.push_back({n, out, dtypes, base, n % 3 == 0 ? 1.0 : 1.7, arithmetic, n == 257 ? 3 : 0});
        }
      }
    }
  }
  return all;
}

INSTANTIATE_TEST_SUITE_P(Cases, MergeLinear, ::testing::ValuesIn(cases()));

TEST(MergeLinearArguments, AreChecked) {
  float v[8] = {};
  const wz_model x = {v, WZ_F32};
  const double w = 1;
  EXPECT_EQ(wz_cuda_merge_linear(v, WZ_F64, &x, 1, nullptr, &w, 1, WZ_ARITHMETIC_F32, 8, nullptr), WZ_UNSUPPORTED);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_merge_linear: out: found dtype 3, expected f32, f16 or bf16");
  EXPECT_EQ(wz_cuda_merge_linear(v, WZ_F32, &x, 1, nullptr, &w, 0, WZ_ARITHMETIC_F32, 8, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_merge_linear(v, WZ_F32, &x, 1, nullptr, &w, 1, 4, 8, nullptr), WZ_UNSUPPORTED);
  EXPECT_EQ(wz_cuda_merge_linear(v, WZ_F32, &x, 0, nullptr, &w, 1, WZ_ARITHMETIC_F32, 8, nullptr), WZ_UNSUPPORTED);
  EXPECT_EQ(wz_cuda_merge_linear(v, WZ_F32, &x, 1, nullptr, &w, 1, WZ_ARITHMETIC_F32, -1, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_merge_linear(v, WZ_F32, &x, 1, nullptr, &w, 1, WZ_ARITHMETIC_F32, 0, nullptr), WZ_OK);
  EXPECT_NE(wz_cuda_merge_linear(v, WZ_F32, &x, 1, nullptr, &w, 1, WZ_ARITHMETIC_F32, 8, nullptr), WZ_OK) << "host memory";
}

}  // namespace
