// x [rows, cols] -> 16-bit numbers with a scale for each row and block of 32, the bits of wootz/linear.h: scale = max |x| / 32639,
// q = x (32639 / max |x|) to the nearest integer, ties to even; zeros where the maximum is below 1e-33, NaN as scale where it is not finite.
// Columns past the last, up to a whole unit, are zeros. Eight threads a block of 32, four columns each.
#include "common/exact.cuh"
#include "matmul/linear.h"
#include "matmul/linear_task.cuh"
#include "matmul/packed_layout.h"

namespace wz::cuda {
namespace {

constexpr int kThreads = 256, kThreadCols = 4, kBlockThreads = kBlockCols / kThreadCols;
constexpr float kLargest = 32639.0f, kSmallestMaximum = 1e-33f;

__global__ void __launch_bounds__(kThreads) linear_quantize_kernel(const LinearInput x, uint8_t* quantized, int32_t units) {
  const int64_t thread = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  const int32_t row_threads = units * (kUnitCols / kThreadCols);
  const int64_t row = thread / row_threads;
  const int32_t c = static_cast<int32_t>(thread % row_threads) * kThreadCols;
  float v[kThreadCols] = {};
  if (row < x.rows) {
    const float* from = x.x + row * x.stride + c;
    if (x.aligned && c + kThreadCols <= x.cols) {
      const float4 four = *reinterpret_cast<const float4*>(from);
      v[0] = four.x, v[1] = four.y, v[2] = four.z, v[3] = four.w;
    } else {
#pragma unroll
      for (int k = 0; k < kThreadCols; ++k) v[k] = c + k < x.cols ? from[k] : 0.0f;
    }
  }
  // The bits of magnitudes are ordered as the magnitudes are, and NaN lies above infinity.
  uint32_t most_bits = 0;
#pragma unroll
  for (int k = 0; k < kThreadCols; ++k) most_bits = max(most_bits, __float_as_uint(v[k]) & 0x7FFFFFFFu);
#pragma unroll
  for (int s = kBlockThreads / 2; s > 0; s /= 2) most_bits = max(most_bits, __shfl_xor_sync(kWholeWarp, most_bits, s));
  const float most = __uint_as_float(most_bits);
  const bool finite = most_bits < 0x7F800000u, zero = most < kSmallestMaximum;
  const float inverse = finite && !zero ? divide(kLargest, most) : 0.0f;
  uint32_t high = 0, low = 0;
  int sum = 0;
#pragma unroll
  for (int k = 0; k < kThreadCols; ++k) {
    const int q = inverse != 0 ? __float2int_rn(multiply(v[k], inverse)) : 0;
    const int digit = static_cast<int8_t>(q);
    sum += q;
    low |= static_cast<uint32_t>(digit & 0xFF) << 8 * k;
    high |= static_cast<uint32_t>(((q - digit) >> 8) & 0xFF) << 8 * k;
  }
#pragma unroll
  for (int s = kBlockThreads / 2; s > 0; s /= 2) sum += __shfl_xor_sync(kWholeWarp, sum, s);
  if (row >= x.rows) return;
  const int32_t b = c % kUnitCols / kBlockCols, in_block = c % kBlockCols;
  uint8_t* unit = quantized + (row * units + c / kUnitCols) * kXUnitBytes;
  uint8_t* digits = unit + b / 2 * 128 + in_block % 16 / 4 * 16 + b % 2 * 8 + in_block / 16 * 4;
  *reinterpret_cast<uint32_t*>(digits) = high;
  *reinterpret_cast<uint32_t*>(digits + 64) = low;
  if (in_block == 0) {
    const float scale = !finite ? __int_as_float(0x7FC00000) : zero ? 0.0f : divide(most, kLargest);
    *reinterpret_cast<float2*>(unit + kDigitBytes + b * 8) = make_float2(scale, multiply(scale, static_cast<float>(sum)));
  }
}

}  // namespace

int64_t quantized_bytes(int64_t rows, int64_t cols) { return rows * packed_units(cols) * kXUnitBytes; }

void linear_quantize(const LinearInput& x, void* quantized, cudaStream_t stream) {
  const int64_t units = packed_units(x.cols);
  if (units == 0 || x.rows == 0) return;
  const unsigned blocks = blocks_of(ceil_divide(x.rows * units * (kUnitCols / kThreadCols), kThreads));
  linear_quantize_kernel<<<blocks, kThreads, 0, stream>>>(x, static_cast<uint8_t*>(quantized), static_cast<int32_t>(units));
  check(cudaGetLastError());
}

}  // namespace wz::cuda
