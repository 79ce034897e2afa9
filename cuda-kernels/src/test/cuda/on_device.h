// Arrays on the device and their comparison: what the tests of operations share. Every array lies between guard values, and what a call is to
// write holds a poison before it.
#pragma once
#include <gtest/gtest.h>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <string>
#include <vector>
#include "wootz/cuda.h"

namespace wz::cuda_test {

constexpr unsigned char kPoison = 0xA5;

inline void ok(wz_status status) { ASSERT_EQ(status, WZ_OK) << wz_cuda_last_error(); }

// Skips where there is no device.
class OnDevice : public ::testing::Test {
 protected:
  void SetUp() override {
    if (wz_cuda_device_count() == 0) GTEST_SKIP() << wz_cuda_last_error();
    ok(wz_cuda_stream_create(0, &stream));
  }
  void TearDown() override { EXPECT_EQ(wz_cuda_stream_free(stream), WZ_OK); }

  wz_cuda_stream* stream = nullptr;
};

// n elements of T, `shift` elements past an address that is a multiple of 16.
template <class T>
class Array {
 public:
  Array(int64_t n, wz_cuda_stream* stream, int64_t shift = 0)
      : n_(n), before_(kGuard / static_cast<int64_t>(sizeof(T)) + shift), stream_(stream), host_(static_cast<size_t>(before_ + n + kGuard)) {
    std::memset(host_.data(), kPoison, host_.size() * sizeof(T));
    void* memory = nullptr;
    ok(wz_cuda_memory_allocate(0, bytes(), &memory));
    memory_ = static_cast<T*>(memory);
    upload();
  }
  Array(const std::vector<T>& values, wz_cuda_stream* stream, int64_t shift = 0) : Array(static_cast<int64_t>(values.size()), stream, shift) {
    set(values);
  }
  Array(const Array&) = delete;
  Array& operator=(const Array&) = delete;
  ~Array() { EXPECT_EQ(wz_cuda_memory_free(memory_), WZ_OK); }

  operator T*() const { return memory_ + before_; }
  T* data() const { return memory_ + before_; }
  int64_t size() const { return n_; }

  void set(const std::vector<T>& values) {
    std::copy(values.begin(), values.end(), host_.begin() + before_);
    upload();
  }

  // What is there now; the guards must be as they were.
  std::vector<T> values() {
    std::vector<T> now(host_.size());
    ok(wz_cuda_copy(now.data(), memory_, bytes(), stream_));
    ok(wz_cuda_stream_synchronize(stream_));
    const auto same = [&](int64_t from, int64_t to) {
      return std::memcmp(now.data() + from, host_.data() + from, static_cast<size_t>(to - from) * sizeof(T)) == 0;
    };
    EXPECT_TRUE(same(0, before_)) << "written before the array";
    EXPECT_TRUE(same(before_ + n_, static_cast<int64_t>(now.size()))) << "written behind the array";
    return {now.begin() + before_, now.begin() + before_ + n_};
  }

 private:
  static constexpr int64_t kGuard = 64;

  int64_t bytes() const { return static_cast<int64_t>(host_.size() * sizeof(T)); }
  void upload() {
    ok(wz_cuda_copy(memory_, host_.data(), bytes(), stream_));
    ok(wz_cuda_stream_synchronize(stream_));
  }

  int64_t n_, before_;
  wz_cuda_stream* stream_;
  std::vector<T> host_;
  T* memory_ = nullptr;
};

// A poisoned array on the host, for the CPU's operation.
template <class T>
std::vector<T> poisoned(int64_t n) {
  std::vector<T> v(static_cast<size_t>(n));
  std::memset(v.data(), kPoison, v.size() * sizeof(T));
  return v;
}

inline std::vector<float> normal(int64_t n, std::mt19937& random, float scale = 1) {
  std::normal_distribution<float> distribution(0, scale);
  std::vector<float> v(static_cast<size_t>(n));
  for (float& f : v) f = distribution(random);
  return v;
}

template <class T>
void expect_same(const std::vector<T>& expected, const std::vector<T>& found, const std::string& where) {
  ASSERT_EQ(expected.size(), found.size()) << where;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (std::memcmp(&expected[i], &found[i], sizeof(T)) == 0) continue;
    if constexpr (std::is_floating_point_v<T>) {
      if (std::isnan(expected[i]) && std::isnan(found[i])) continue;
    }
    FAIL() << where << ", element " << i << " of " << expected.size() << ": found " << found[i] << ", expected " << expected[i];
  }
}

// |found - expected| <= allowed(i), NaN for NaN, infinity for infinity.
template <class Allowed>
void expect_near(const std::vector<float>& expected, const std::vector<float>& found, Allowed&& allowed, const std::string& where) {
  ASSERT_EQ(expected.size(), found.size()) << where;
  for (size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] == found[i] || (std::isnan(expected[i]) && std::isnan(found[i]))) continue;
    ASSERT_LE(std::fabs(static_cast<double>(expected[i]) - static_cast<double>(found[i])), allowed(i))
        << where << ", element " << i << " of " << expected.size() << ": found " << found[i] << ", expected " << expected[i];
  }
}

constexpr double kEpsilon32 = 0x1p-24;  // of one rounding to float32, relative

}  // namespace wz::cuda_test
