// What the tests of the operations share: arrays between guard bytes, inputs full of awkward values, and the comparison of every instruction
// set with the reference. A test is a table of cases, run for each dtype, arithmetic and size:
//
//   for (int64_t n : kSizes) {
//     const Array x = random_array(WZ_BF16, n, seed), base = random_array(WZ_F32, n, seed + 1);
//     expect_isas_agree(WZ_BF16, n, [&](void* out) { return wz_merge_nearswap(out, WZ_BF16, ...); });
//   }
#pragma once
#include <gtest/gtest.h>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>
#include "wootz/wootz.h"

namespace wz::test {

// Around the widths of registers, of unrolled loops and of WZ_BLOCK.
inline const std::vector<int64_t> kSizes = {0, 1, 3, 7, 31, 63, 65, 257, 1023, 1025, 4097};

inline const std::vector<int32_t> kInputTypes = {WZ_F32, WZ_F16, WZ_BF16, WZ_F64};
inline const std::vector<int32_t> kOutputTypes = {WZ_F32, WZ_F16, WZ_BF16};
inline const std::vector<int32_t> kArithmetics = {WZ_ARITHMETIC_F32, WZ_ARITHMETIC_F64, WZ_ARITHMETIC_BF16, WZ_ARITHMETIC_F16};

// n elements of a dtype, poisoned, between guard bytes; shift moves the first element off its natural alignment.
class Array {
 public:
  Array(int32_t dtype, int64_t n, int shift = 0);

  int32_t dtype() const { return dtype_; }
  int64_t size() const { return n_; }
  int64_t bytes() const { return n_ * wz_dtype_bytes(dtype_); }
  void* data() { return bytes_.data() + offset_; }
  const void* data() const { return bytes_.data() + offset_; }
  template <class T>
  T* as() {
    return static_cast<T*>(data());
  }
  template <class T>
  const T* as() const {
    return static_cast<const T*>(data());
  }

  // Element i as double (i64 above 2^53 rounds); set converts.
  double get(int64_t i) const;
  void set(int64_t i, double v);

  bool guards_intact() const;
  wz_model model() const { return {data(), dtype_}; }

 private:
  int32_t dtype_;
  int64_t n_;
  std::vector<unsigned char> bytes_;
  int64_t offset_;
};

// Normally distributed values; about one in sixteen is awkward instead: +-0, subnormals, the largest and smallest numbers, infinities, NaN.
Array random_array(int32_t dtype, int64_t n, uint64_t seed, int shift = 0);
// Without awkward ones, times scale.
Array smooth_array(int32_t dtype, int64_t n, uint64_t seed, double scale = 1);

// Points into the arrays, which must outlive it.
std::vector<wz_model> models_of(const std::vector<Array>& arrays);
std::vector<wz_model> models_of(std::vector<Array>&& arrays) = delete;

// Element by element the same bits, but that any NaN equals any other: which operand's payload survives is the processor's choice.
::testing::AssertionResult same_values(const Array& expected, const Array& actual);

// Names that wz_cpu_use accepts, without "reference".
std::vector<std::string> fast_isas();

// Switches the table, and back at the end of the scope.
class UseIsa {
 public:
  explicit UseIsa(const std::string& isa);
  ~UseIsa();
  UseIsa(const UseIsa&) = delete;
  UseIsa& operator=(const UseIsa&) = delete;

 private:
  std::string before_;
};

// run fills n elements of dtype at the address it gets. It must return WZ_OK, leave the guards alone, and give on every instruction set what
// the reference gives. shifts: how many bytes off their alignment outputs are put, {0} for outputs that have a C type.
using Run = std::function<wz_status(void* out)>;
inline const std::vector<int> kAnyAlignment = {0, 1, 2};
void expect_isas_agree(int32_t dtype, int64_t n, const Run& run, const std::vector<int>& shifts = {0});
// The same for operations that add to out: out starts as a copy of initial.
void expect_isas_agree_adding(const Array& initial, const Run& run, const std::vector<int>& shifts = {0});
// run on the table in use.
Array result_of(int32_t dtype, int64_t n, const Run& run);

// The call is refused with this status, and the message has each of the pieces.
void expect_refused(wz_status status, wz_status actual, const std::vector<std::string>& pieces);

}  // namespace wz::test
