// Weights for the tests of linear layers: random, on the host as a file has them, and on the device as the kernels take them.
#pragma once
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>
#include "on_device.h"
#include "wootz/cuda_linear.h"
#include "wootz/wootz.h"

namespace wz::cuda_test {

inline const std::vector<int32_t> kRowTypes = {WZ_F32, WZ_F16, WZ_BF16};
inline const std::vector<int32_t> kPackedTypes = {WZ_Q8_0, WZ_Q4_0, WZ_Q4_1, WZ_Q5_0, WZ_Q5_1, WZ_Q4_K, WZ_Q5_K, WZ_Q6_K};

inline bool is_packed(int32_t dtype) { return wz_dtype_block(dtype) > 1; }

inline std::vector<uint8_t> converted(const std::vector<float>& values, int32_t dtype) {
  std::vector<uint8_t> bytes(values.size() * static_cast<size_t>(wz_dtype_bytes(dtype)));
  EXPECT_EQ(wz_convert(bytes.data(), dtype, values.data(), WZ_F32, static_cast<int64_t>(values.size())), WZ_OK) << wz_last_error();
  return bytes;
}

// Float types: a normal distribution. Block types: random bits, whose binary16 scales are numbers of ordinary size.
inline std::vector<uint8_t> random_weight(int32_t dtype, int64_t rows, int64_t cols, std::mt19937& random) {
  if (!is_packed(dtype)) return converted(normal(rows * cols, random, 0.05f), dtype);
  const int64_t block = wz_dtype_block_bytes(dtype);
  std::vector<uint8_t> bytes(static_cast<size_t>(rows * (cols / wz_dtype_block(dtype)) * block));
  for (uint8_t& b : bytes) b = static_cast<uint8_t>(random());
  const bool pair = dtype == WZ_Q4_1 || dtype == WZ_Q5_1 || dtype == WZ_Q4_K || dtype == WZ_Q5_K;
  for (size_t at = dtype == WZ_Q6_K ? 208 : 0; at < bytes.size(); at += static_cast<size_t>(block)) {
    const std::vector<uint8_t> scales = converted(normal(2, random, 0.01f), WZ_F16);
    std::memcpy(&bytes[at], scales.data(), pair ? 4 : 2);
  }
  return bytes;
}

// Memory of the host, aligned for the CPU's kernels.
class Aligned {
 public:
  explicit Aligned(int64_t bytes) { EXPECT_EQ(wz_memory_allocate(bytes, &p), WZ_OK) << wz_last_error(); }
  ~Aligned() { wz_memory_free(p); }
  Aligned(const Aligned&) = delete;
  Aligned& operator=(const Aligned&) = delete;
  void* p = nullptr;
};

class Weight {
 public:
  // shift: elements (of a block type: bytes) past an aligned address.
  Weight(int32_t dtype, int64_t rows, int64_t cols, std::mt19937& random, wz_cuda_stream* stream, int64_t shift = 0)
      : dtype_(dtype), rows_(rows), cols_(cols), bytes_(random_weight(dtype, rows, cols, random)),
        device_(std::make_unique<Array<uint8_t>>(bytes_, stream, shift * (is_packed(dtype) ? 2 : wz_dtype_bytes(dtype)))) {
    if (!is_packed(dtype)) return;
    int64_t n = 0;
    ok(wz_cuda_packed_bytes(&n, dtype, rows, cols));
    packed_ = std::make_unique<Array<uint8_t>>(n, stream);
    ok(wz_cuda_pack(packed_->data(), device_->data(), dtype, rows, cols, stream));
  }

  int32_t dtype() const { return dtype_; }
  int64_t rows() const { return rows_; }
  int64_t cols() const { return cols_; }
  std::string text() const { return std::string(wz_dtype_name(dtype_)) + " [" + std::to_string(rows_) + ", " + std::to_string(cols_) + "]"; }

  wz_weight on_device() const {
    return packed_ ? wz_weight{packed_->data(), dtype_, WZ_PACKED, rows_, cols_} : wz_weight{device_->data(), dtype_, WZ_ROWS, rows_, cols_};
  }
  // The packed bytes; guards are checked.
  void check_guards() {
    device_->values();
    if (packed_) packed_->values();
  }

  // Each element in float32.
  std::vector<float> values() const {
    std::vector<float> v(static_cast<size_t>(rows_ * cols_));
    const wz_status status = is_packed(dtype_) ? wz_dequantize(v.data(), bytes_.data(), dtype_, rows_ * cols_, nullptr)
                                               : wz_convert(v.data(), WZ_F32, bytes_.data(), dtype_, rows_ * cols_);
    EXPECT_EQ(status, WZ_OK) << wz_last_error();
    return v;
  }

  // The CPU's product with the columns [begin, end) alone: x [m, cols] -> [m, rows].
  std::vector<float> cpu_product(const std::vector<float>& x, int64_t m, int64_t begin, int64_t end) const {
    const int64_t block = wz_dtype_block(dtype_), size = wz_dtype_block_bytes(dtype_), n = end - begin;
    std::vector<uint8_t> part;
    for (int64_t r = 0; r < rows_; ++r) {
      const auto* from = bytes_.data() + (r * cols_ + begin) / block * size;
      part.insert(part.end(), from, from + n / block * size);
    }
    wz_weight weight = {part.data(), dtype_, WZ_ROWS, rows_, n};
    std::unique_ptr<Aligned> packed;
    if (is_packed(dtype_)) {
      int64_t bytes = 0;
      EXPECT_EQ(wz_packed_bytes(&bytes, dtype_, rows_, n), WZ_OK) << wz_last_error();
      packed = std::make_unique<Aligned>(bytes);
      EXPECT_EQ(wz_pack(packed->p, part.data(), dtype_, rows_, n, nullptr), WZ_OK) << wz_last_error();
      weight.data = packed->p, weight.layout = WZ_PACKED;
    }
    std::vector<float> out = poisoned<float>(m * rows_);
    const Aligned scratch(wz_linear_scratch(m, n));
    const wz_linear_part one = {weight, nullptr, out.data(), rows_, 0};
    EXPECT_EQ(wz_linear(&one, 1, x.data() + begin, cols_, m, scratch.p, nullptr), WZ_OK) << wz_last_error();
    return out;
  }

 private:
  int32_t dtype_;
  int64_t rows_, cols_;
  std::vector<uint8_t> bytes_;
  std::unique_ptr<Array<uint8_t>> device_, packed_;
};

}  // namespace wz::cuda_test
