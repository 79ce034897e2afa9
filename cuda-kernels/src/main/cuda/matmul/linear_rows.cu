// out = x W^T + bias for weights by rows of f32, f16 and bf16, any number of columns, any alignment: the float32 products of one row of the
// weight by one warp. Lane l takes columns 128 j + 4 l + {0..3} for j = 0, 1, ... in turn with fused multiply-add; the lanes are added as a tree.
//
// Per four f32 weights and row of x: one 16-byte load of each, 4 FMA. DRAM feeds a multiprocessor of an H200 5 weights a clock, which is
// 5 m of its 128 FMA a clock: bandwidth binds up to some 16 rows of x.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include "common/pack.cuh"
#include "matmul/linear.h"
#include "matmul/linear_task.cuh"

namespace wz::cuda {
namespace {

constexpr int kWarps = 4, kLaneCols = 4, kStep = kWarp * kLaneCols;

struct F32 {
  using Element = float;
  using Pack = float4;
  __device__ static float value(float v) { return v; }
};
struct F16 {
  using Element = uint16_t;
  using Pack = uint2;
  __device__ static float value(uint16_t v) { return f32_from_f16(v); }
};
struct Bf16 {
  using Element = uint16_t;
  using Pack = uint2;
  __device__ static float value(uint16_t v) { return f32_from_bf16(v); }
};

// v = row[c .. c + 4), zeros from cols on. kWhole: the address is aligned and all four exist.
template <class T, bool kWhole>
__device__ inline void load(float (&v)[kLaneCols], const typename T::Element* row, int32_t c, int32_t cols) {
  if constexpr (kWhole) {
    const auto pack = *reinterpret_cast<const typename T::Pack*>(row + c);
    typename T::Element e[kLaneCols];
    memcpy(e, &pack, sizeof pack);
#pragma unroll
    for (int k = 0; k < kLaneCols; ++k) v[k] = T::value(e[k]);
  } else {
#pragma unroll
    for (int k = 0; k < kLaneCols; ++k) v[k] = c + k < cols ? T::value(row[c + k]) : 0.0f;
  }
}

// kRows rows of x, fewer where row[i] is nullptr.
template <class T, int kRows, bool kWhole>
__device__ inline void products(float (&sum)[kRows], const typename T::Element* weight, const float* const (&row)[kRows], int32_t cols) {
  const int32_t lane = static_cast<int32_t>(threadIdx.x) % kWarp;
#pragma unroll 4
  for (int32_t c = lane * kLaneCols; c < cols; c += kStep) {
    float w[kLaneCols];
    load<T, kWhole>(w, weight, c, cols);
#pragma unroll
    for (int i = 0; i < kRows; ++i) {
      if (row[i] == nullptr) continue;
      float x[kLaneCols];
      load<F32, kWhole>(x, row[i], c, cols);
#pragma unroll
      for (int k = 0; k < kLaneCols; ++k) sum[i] = __fmaf_rn(w[k], x[k], sum[i]);
    }
  }
}

template <class T, int kRows, class Linear>
__global__ void __launch_bounds__(kWarps* kWarp) linear_rows_kernel(const __grid_constant__ Linear linear) {
  using Element = typename T::Element;
  LinearTask task;
  if (!task_of(linear, kWarps, kRows, &task)) return;
  const int32_t row = task.row + static_cast<int32_t>(threadIdx.x) / kWarp, cols = linear.x.cols;
  if (row >= task.output.rows) return;
  const Element* weight = static_cast<const Element*>(task.output.weight) + static_cast<int64_t>(row) * cols;
  const float* x[kRows];
#pragma unroll
  for (int i = 0; i < kRows; ++i) {
    const int32_t from = i < task.count ? x_row(linear, task.first + i) : -1;
    x[i] = from >= 0 ? linear.x.x + from * linear.x.stride : nullptr;
  }
  float sum[kRows] = {};
  const bool whole = linear.x.aligned && cols % kLaneCols == 0 && reinterpret_cast<uintptr_t>(task.output.weight) % sizeof(typename T::Pack) == 0;
  if (whole) {
    products<T, kRows, true>(sum, weight, x, cols);
  } else {
    products<T, kRows, false>(sum, weight, x, cols);
  }
#pragma unroll
  for (int i = 0; i < kRows; ++i) {
    const float total = x[i] != nullptr ? warp_sum(sum[i]) : __int_as_float(0x7FFFFFFF);
    if (threadIdx.x % kWarp == 0 && i < task.count) store(task.output, task.first + i, row, total);
  }
}

template <class T, int kRows, class Linear>
void launch(const Linear& linear, cudaStream_t stream) {
  const unsigned blocks = blocks_of(tiles(linear, kWarps) * chunks(linear, kRows));
  linear_rows_kernel<T, kRows><<<blocks, kWarps * kWarp, 0, stream>>>(linear);
  check(cudaGetLastError());
}

template <class T, class Linear>
void by_rows(const Linear& linear, int64_t m, cudaStream_t stream) {
  if (m <= 1) {
    launch<T, 1>(linear, stream);
  } else {
    launch<T, 8>(linear, stream);
  }
}

template <class Linear>
void by_type(const Linear& linear, int32_t dtype, int64_t m, cudaStream_t stream) {
  switch (dtype) {
    case WZ_F32: by_rows<F32>(linear, m, stream); break;
    case WZ_F16: by_rows<F16>(linear, m, stream); break;
    default: by_rows<Bf16>(linear, m, stream); break;
  }
}

}  // namespace

void linear_rows(const DenseLinear& linear, int32_t dtype, cudaStream_t stream) { by_type(linear, dtype, linear.x.rows, stream); }
void linear_rows(const GroupedLinear& linear, int32_t dtype, cudaStream_t stream) { by_type(linear, dtype, linear.assignments, stream); }

}  // namespace wz::cuda
