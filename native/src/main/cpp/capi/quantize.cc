#include "wootz/quantize.h"
#include <cmath>
#include <string>
#include "capi/check.h"
#include "capi/pieces.h"
#include "capi/table.h"

namespace {

// Whole blocks of every type.
constexpr int64_t kDequantizedPiece = 64 * WZ_BLOCK;
static_assert(kDequantizedPiece % 256 == 0);
// Quantization does far more for each element.
constexpr int64_t kQuantizedPiece = 16 * WZ_BLOCK;

// Elements are whole blocks of the type.
void blocks(const wz::Check& check, const char* name, int64_t n, int32_t dtype) {
  check.count(name, n);
  const int32_t block = wz_dtype_block(dtype);
  if (n % block != 0) {
    check.refuse(WZ_INVALID_ARGUMENT, std::string(name) + ": found " + std::to_string(n) + ", expected a multiple of " +
                                          std::to_string(block) + ", the block of " + wz_dtype_name(dtype));
  }
}

// The types that float32 is quantized to.
void quantized(const wz::Check& check, int32_t dtype) {
  check.weight("dtype", dtype);
  if (dtype > WZ_Q6_K) {
    check.refuse(WZ_UNSUPPORTED, std::string("dtype: found ") + wz_dtype_name(dtype) + ", which is read only, expected f32, f16, bf16, q4_0, q4_1, " +
                                     "q5_0, q5_1, q8_0 or q2_k to q6_k");
  }
}

void finite(const wz::Check& check, const float* x, int64_t row, int64_t cols) {
  // The difference of a number with itself is 0, that of a NaN or an infinity NaN; the sum of such differences is fast to test.
  float sum = 0;
  for (int64_t col = 0; col < cols; ++col) sum += x[col] - x[col];
  if (sum == 0) return;
  for (int64_t col = 0; col < cols; ++col) {
    if (!std::isfinite(x[col])) {
      check.refuse(WZ_INVALID_ARGUMENT, "x: found " + std::string(std::isnan(x[col]) ? "NaN" : "infinity") + " in row " + std::to_string(row) +
                                            ", column " + std::to_string(col) + ", expected finite values");
    }
  }
}

void weights(const wz::Check& check, const float* importance, int64_t cols) {
  for (int64_t col = 0; importance != nullptr && col < cols; ++col) {
    if (!(importance[col] >= 0) || std::isinf(importance[col])) {
      check.refuse(WZ_INVALID_ARGUMENT, "importance[" + std::to_string(col) + "]: found " + std::to_string(importance[col]) +
                                            ", expected a finite weight of 0 or more");
    }
  }
}

}  // namespace

wz_status wz_dequantize(float* out, const void* data, int32_t dtype, int64_t n, wz_threads* pool) {
  return wz::guarded("wz_dequantize", [&](const wz::Check& check) {
    check.weight("dtype", dtype);
    blocks(check, "n", n, dtype);
    check.pointer("out", out, n);
    check.pointer("blocks", data, n);
    wz::for_each_range(wz::pool_of(pool), n, kDequantizedPiece, [&](int64_t begin, int64_t end) {
      const char* from = static_cast<const char*>(data) + begin / wz_dtype_block(dtype) * wz_dtype_block_bytes(dtype);
      wz::active().dequantize(out + begin, from, dtype, end - begin);
    });
  });
}

wz_status wz_quantize(void* data, int32_t dtype, const float* x, const float* importance, int64_t rows, int64_t cols, wz_threads* pool) {
  return wz::guarded("wz_quantize", [&](const wz::Check& check) {
    quantized(check, dtype);
    const int64_t n = check.shape(rows, cols);
    blocks(check, "cols", cols, dtype);
    check.pointer("blocks", data, n);
    check.pointer("x", x, n);
    if (n == 0) return;
    weights(check, importance, cols);
    const int64_t row_bytes = cols / wz_dtype_block(dtype) * wz_dtype_block_bytes(dtype);
    wz::for_each_range(wz::pool_of(pool), rows, cols < kQuantizedPiece ? kQuantizedPiece / cols : 1, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; ++row) finite(check, x + row * cols, row, cols);
      wz::active().quantize(static_cast<char*>(data) + begin * row_bytes, dtype, x + begin * cols, importance, end - begin, cols);
    });
  });
}
