// The border between C and C++: argument checks whose messages name operation, argument, found and expected, and the conversion of
// exceptions into a status. Every function of the C interface is one guarded(...) call:
//
//   wz_status wz_merge_nearswap(void* out, ...) {
//     return guarded("wz_merge_nearswap", [&](const Check& check) {
//       check.count("n", n);
//       check.output("out", out_dtype);
//       ...
//       active().nearswap(...);
//     });
//   }
#pragma once
#include <cstdint>
#include <new>
#include <string>
#include "base/error.h"
#include "wootz/wootz.h"

namespace wz {

// Keeps "operation: message" for wz_last_error of this thread; returns status.
wz_status fail(wz_status status, const char* operation, const char* message) noexcept;

class Check {
 public:
  explicit Check(const char* operation) : operation_(operation) {}
  const char* operation() const { return operation_; }

  [[noreturn]] void refuse(wz_status status, const std::string& message) const { throw Error(status, message); }

  // A count or an extent: n >= 0.
  void count(const char* name, int64_t n) const;
  // n >= least.
  void at_least(const char* name, int64_t n, int64_t least) const;
  // least <= n <= most.
  void within(const char* name, int64_t n, int64_t least, int64_t most) const;
  // rows >= 0, cols >= 0 and their product fits; returns it.
  int64_t shape(int64_t rows, int64_t cols) const;
  // p may be NULL only when it has no elements.
  void pointer(const char* name, const void* p, int64_t elements = 1) const;
  // Any wz_dtype.
  void dtype(const char* name, int32_t value) const;
  // f32, f16, bf16, f64
  void input(const char* name, int32_t dtype) const;
  // f32, f16, bf16
  void output(const char* name, int32_t dtype) const;
  // f32, f16, bf16 or a block type
  void weight(const char* name, int32_t dtype) const;
  void arithmetic(int32_t value) const;
  // Not NaN.
  void number(const char* name, double value) const;
  void numbers(const char* name, const double* values, int64_t n) const;
  // models >= least models with data (unless n is 0) and an input dtype each.
  void models(const char* name, const wz_model* x, int32_t models, int64_t n, int32_t least = 1) const;
  // NULL, or a model with NULL data: no base; returns {NULL, WZ_F32} then.
  wz_model optional_base(const wz_model* base) const;
  wz_model required_base(const wz_model* base, int64_t n) const;

 private:
  const char* operation_;
};

// Runs f(check); no exception leaves it.
template <class F>
wz_status guarded(const char* operation, F&& f) noexcept {
  try {
    f(Check(operation));
    return WZ_OK;
  } catch (const Error& e) {
    return fail(e.status(), operation, e.what());
  } catch (const std::bad_alloc&) {
    return fail(WZ_OUT_OF_MEMORY, operation, "no memory left for its scratch space");
  } catch (const std::exception& e) {
    return fail(WZ_INTERNAL, operation, e.what());
  } catch (...) {
    return fail(WZ_INTERNAL, operation, "unknown exception");
  }
}

}  // namespace wz
