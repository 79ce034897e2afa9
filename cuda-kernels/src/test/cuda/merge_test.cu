// Weights of rows and columns, Gram matrices and task arithmetic against the CPU's operations, bit for bit.
#include "on_device.h"
#include "wootz/cuda_merge.h"
#include "wootz/wootz.h"

namespace {

using namespace wz::cuda_test;

constexpr int32_t kArithmetics[] = {WZ_ARITHMETIC_F32, WZ_ARITHMETIC_F64, WZ_ARITHMETIC_BF16, WZ_ARITHMETIC_F16};
constexpr int32_t kTypes[] = {WZ_F32, WZ_F16, WZ_BF16};

// A tensor on both sides.
class Both {
 public:
  Both(int32_t dtype, const std::vector<float>& values, wz_cuda_stream* stream, int64_t shift = 0)
      : dtype_(dtype), host_(converted(dtype, values)), device_(host_, stream, shift * wz_dtype_bytes(dtype)) {}
  wz_model host() const { return {host_.data(), dtype_}; }
  wz_model device() const { return {device_.data(), dtype_}; }
  void expect_kept() { expect_same(host_, device_.values(), "an input"); }

 private:
  static std::vector<uint8_t> converted(int32_t dtype, const std::vector<float>& values) {
    std::vector<uint8_t> bytes(values.size() * static_cast<size_t>(wz_dtype_bytes(dtype)));
    EXPECT_EQ(wz_convert(bytes.data(), dtype, values.data(), WZ_F32, static_cast<int64_t>(values.size())), WZ_OK);
    return bytes;
  }

  int32_t dtype_;
  std::vector<uint8_t> host_;
  Array<uint8_t> device_;
};

class Merge : public OnDevice {
 protected:
  // Values of every magnitude, and special ones.
  std::vector<float> values(int64_t n, bool special = true) {
    const float specials[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e-40f, 65504.0f, 3.3e38f};
    std::vector<float> v = normal(n, random);
    for (float& f : v) {
      f = std::ldexp(f, static_cast<int>(random() % 24) - 16);
      if (special && random() % 37 == 0) f = specials[random() % 8];
    }
    return v;
  }
  int32_t type() { return kTypes[random() % 3]; }
  void inputs(int32_t models, int64_t n, int64_t shift, bool special = true, int32_t one_type = -1) {
    for (int32_t k = 0; k < models; ++k) {
      tensors.push_back(std::make_unique<Both>(one_type >= 0 ? one_type : type(), values(n, special), stream, shift));
      host.push_back(tensors.back()->host());
      device.push_back(tensors.back()->device());
    }
    base = std::make_unique<Both>(one_type >= 0 ? one_type : type(), values(n, special), stream, shift);
    host_base = base->host();
    device_base = base->device();
  }
  void forget() { tensors.clear(), host.clear(), device.clear(), base.reset(); }

  // NaN is NaN, whatever its payload.
  static std::vector<float> widened(const std::vector<uint8_t>& bytes, int32_t dtype) {
    std::vector<float> v(bytes.size() / static_cast<size_t>(wz_dtype_bytes(dtype)));
    EXPECT_EQ(wz_convert(v.data(), WZ_F32, bytes.data(), dtype, static_cast<int64_t>(v.size())), WZ_OK);
    return v;
  }

  std::mt19937 random{11};
  std::vector<std::unique_ptr<Both>> tensors;
  std::unique_ptr<Both> base;
  std::vector<wz_model> host, device;
  wz_model host_base = {}, device_base = {};
};

TEST_F(Merge, WeightsOfRowsAndOfColumns) {
  for (const int64_t cols : {1, 3, 8, 33, 64, 257}) {
    for (const int32_t arithmetic : kArithmetics) {
      for (const bool of_rows : {true, false}) {
        const int64_t rows = 1 + random() % 5, shift = random() % 2, n = rows * cols;
        const int32_t models = 1 + static_cast<int32_t>(random() % 4), out_type = type();
        const bool with_base = random() % 2 == 0;
        inputs(models, n, shift);
        std::vector<double> weights(static_cast<size_t>(models * (of_rows ? rows : cols)));
        for (double& w : weights) w = std::normal_distribution<double>()(random);
        const int64_t bytes = n * wz_dtype_bytes(out_type);
        std::vector<uint8_t> expected = poisoned<uint8_t>(bytes);
        Array<uint8_t> out(bytes, stream, shift * wz_dtype_bytes(out_type));
        Array<double> device_weights(weights, stream);
        const auto on_cpu = of_rows ? wz_merge_linear_rows : wz_merge_linear_columns;
        const auto on_cuda = of_rows ? wz_cuda_merge_linear_rows : wz_cuda_merge_linear_columns;
        ASSERT_EQ(on_cpu(expected.data(), out_type, host.data(), models, with_base ? &host_base : nullptr, weights.data(), arithmetic, rows, cols, nullptr), WZ_OK)
            << wz_last_error();
        ok(on_cuda(out, out_type, device.data(), models, with_base ? &device_base : nullptr, device_weights, arithmetic, rows, cols, stream));
        expect_same(widened(expected, out_type), widened(out.values(), out_type),
                    std::string(of_rows ? "rows" : "columns") + ", " + std::to_string(cols) + " columns, arithmetic " + std::to_string(arithmetic));
        if (HasFatalFailure()) return;
        forget();
      }
    }
  }
}

TEST_F(Merge, Gram) {
  for (const int64_t n : {1, 31, 32, 33, 257, 1023, 1024, 1025, 5000, 70000}) {
    for (const int32_t models : {1, 2, 3, 4, 5}) {
      for (const int32_t one_type : std::initializer_list<int32_t>{WZ_F32, WZ_F16, WZ_BF16, -1}) {
        if (n > 5000 && (models != 2 || one_type != WZ_BF16)) continue;
        const bool with_base = random() % 2 == 0;
        inputs(models, n, random() % 2, random() % 4 == 0, one_type);
        std::vector<double> expected(static_cast<size_t>(models * models));
        for (double& g : expected) g = std::normal_distribution<double>()(random);  // added to
        Array<double> gram(expected, stream);
        Array<uint8_t> scratch(wz_cuda_merge_gram_scratch(models, n), stream);
        ASSERT_EQ(wz_merge_gram(expected.data(), host.data(), models, with_base ? &host_base : nullptr, n, nullptr), WZ_OK) << wz_last_error();
        ok(wz_cuda_merge_gram(gram, device.data(), models, with_base ? &device_base : nullptr, n, scratch, stream));
        expect_same(expected, gram.values(), std::to_string(models) + " models of " + std::to_string(n) + ", type " + std::to_string(one_type));
        for (auto& t : tensors) t->expect_kept();
        if (HasFatalFailure()) return;
        forget();
      }
    }
  }
}

TEST_F(Merge, TaskArithmetic) {
  for (const int64_t n : {1, 7, 8, 33, 257, 1028}) {
    for (const int32_t arithmetic : kArithmetics) {
      for (const int32_t flags : {0, 1, 2, 3}) {
        const int32_t models = 1 + static_cast<int32_t>(random() % 4), out_type = type();
        const int64_t shift = random() % 2;
        inputs(models, n, shift);
        std::vector<wz_gta_model> on_host, on_device;
        for (int32_t k = 0; k < models; ++k) {
          wz_gta_model m = {};
          m.dtype = host[static_cast<size_t>(k)].dtype;
          m.sparsifier = WZ_KEEP_ALL;
          m.weight = random() % 5 == 0 ? 0 : std::normal_distribution<double>()(random);
          m.rescale = random() % 2 == 0 ? 1 : 1.7;
          m.x = host[static_cast<size_t>(k)].x;
          on_host.push_back(m);
          m.x = device[static_cast<size_t>(k)].x;
          on_device.push_back(m);
        }
        const int64_t bytes = n * wz_dtype_bytes(out_type);
        std::vector<uint8_t> expected = poisoned<uint8_t>(bytes);
        Array<uint8_t> out(bytes, stream, shift * wz_dtype_bytes(out_type));
        wz_gta gta = {};
        gta.out = expected.data(), gta.out_dtype = out_type, gta.base = host_base.x, gta.base_dtype = host_base.dtype;
        gta.arithmetic = arithmetic, gta.consensus = flags & 1, gta.normalize = flags / 2, gta.lambda = random() % 2 == 0 ? 1 : 0.6, gta.cols = n;
        ASSERT_EQ(wz_merge_gta(&gta, on_host.data(), models, n, nullptr), WZ_OK) << wz_last_error();
        gta.out = out, gta.base = device_base.x;
        ok(wz_cuda_merge_gta(&gta, on_device.data(), models, n, stream));
        expect_same(widened(expected, out_type), widened(out.values(), out_type),
                    std::to_string(n) + " elements, arithmetic " + std::to_string(arithmetic) + ", flags " + std::to_string(flags));
        if (HasFatalFailure()) return;
        forget();
      }
    }
  }
}

TEST(MergeArguments, AreChecked) {
  float v[8] = {};
  double d[8] = {1, 1, 1, 1, 1, 1, 1, 1};
  const wz_model x = {v, WZ_F32};
  EXPECT_EQ(wz_cuda_merge_gram(d, &x, 129, nullptr, 8, d, nullptr), WZ_UNSUPPORTED);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_merge_gram: models: found 129, expected 1 to 128");
  EXPECT_EQ(wz_cuda_merge_gram(d, &x, 1, nullptr, -1, d, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_merge_gram(d, &x, 1, nullptr, 0, nullptr, nullptr), WZ_OK);
  EXPECT_EQ(wz_cuda_merge_gram_scratch(2, 1025), 3 * 2 * 8);
  EXPECT_EQ(wz_cuda_merge_gram_scratch(0, 1025), 0);
  EXPECT_EQ(wz_cuda_merge_linear_rows(v, WZ_F32, &x, 1, nullptr, d, 9, 1, 8, nullptr), WZ_UNSUPPORTED);
  EXPECT_EQ(wz_cuda_merge_linear_columns(v, WZ_F32, &x, 1, nullptr, d, 0, -1, 8, nullptr), WZ_INVALID_ARGUMENT);
  wz_gta gta = {};
  wz_gta_model m = {};
  m.x = v, m.dtype = WZ_F32, m.sparsifier = WZ_KEEP_RANDOM;
  EXPECT_EQ(wz_cuda_merge_gta(&gta, &m, 1, 8, nullptr), WZ_UNSUPPORTED);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_merge_gta: models[0].sparsifier: found 2, expected WZ_KEEP_ALL");
  EXPECT_EQ(wz_cuda_merge_gta(nullptr, &m, 1, 8, nullptr), WZ_INVALID_ARGUMENT);
}

}  // namespace
