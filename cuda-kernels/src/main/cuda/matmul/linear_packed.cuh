// out = x W^T + bias for packed weights (packed_layout.h) on integer tensor cores, m16n8k32: W on M, and on N four rows of x with two digits
// each, so that a thread holds both digits' sums of a block, joins them to the exact product sum, rounds it to float32 and adds it, times the
// weight's and the row's scale. The CPU's products and the CPU's roundings within a slice of the columns.
//
// A block of threads has a warp for each slice of the columns: at most four, cut by the number of units of 128 columns alone. Every warp
// streams its units through a ring in shared memory (cp.async, kStages units ahead, 16 bytes a lane); the slices are added in order at the
// end. How many tiles of 16 rows (kTiles) and groups of four rows of x (kGroups) a warp takes at once changes no sum.
//
// Instructions of PTX against bytes, counted on the software device for [2560, 9728] and one row of x: a unit of 16 x 128 weights of q4_0 is 1152
// bytes, 58 clocks of an H200 multiprocessor's share of DRAM or 232 issue slots, and takes 213 instructions, 4 of them mma; q8_0: 2176 bytes, 438
// slots, 190 instructions. Types of 4 and 5 bits are near the issue rate or past it, and two tiles at once leave too few blocks for 1024 rows.
#pragma once
#include "common/ptx.cuh"
#include "matmul/linear.h"
#include "matmul/linear_task.cuh"
#include "matmul/packed_types.cuh"

namespace wz::cuda {

constexpr int kSlices = 4;
constexpr int kGroupRows = 4;          // rows of x on the N of an mma
constexpr int kXDigits = 1024;         // of a group and unit in shared memory: [block / 2][lane][16]
constexpr int kXBytes = kXDigits + 4 * kGroupRows * 8;

// The float is 1.5 * 2^23 + n where n is added to the integer, |n| < 2^22: sums of 32 products of two bytes come out of the tensor core as floats.
constexpr int32_t kIntegerZero = 0x4B400000;
constexpr float kFloatZero = 12582912.0f;

template <int32_t kType, int kTiles, int kGroups, int kStages>
struct PackedShape {
  static constexpr int kWeightBytes = PackedType<kType>::kBytes;
  static constexpr int kStageBytes = kTiles * kWeightBytes + kGroups * kXBytes;
  static constexpr int kRows = kTiles * kUnitRows, kXRows = kGroups * kGroupRows;
  static constexpr int kSumStride = kRows + 8;  // floats of a row of x: lanes of an accumulator fall into different banks
  static constexpr int kSumBytes = kXRows * kSumStride * 4;  // of a warp, in the place of its ring
  static constexpr int kWarpBytes = kStages * kStageBytes > kSumBytes ? kStages * kStageBytes : kSumBytes;
};

// The planes of unit u of a tile, to shared memory. rest: lanes past the planes have nothing to do.
template <int32_t kType>
__device__ inline void fetch_weight(uint8_t* to, const uint8_t* tile, int32_t u, int lane) {
  using Type = PackedType<kType>;
  const uint8_t* record = tile + static_cast<int64_t>(u / kLayoutOf<kType>.units) * kRecordBytes<kType>;
  const int second = u % kLayoutOf<kType>.units;
#pragma unroll
  for (int first = 0; first < Type::kBytes; first += kWarp * 16) {
    const int at = first + 16 * lane;
    if (first + kWarp * 16 > Type::kBytes && at >= Type::kBytes) break;
    int from = at;
    if constexpr (kLayoutOf<kType>.units == 2) {
      if (at < Type::kHigh) {
        from = at + second * kLayoutOf<kType>.quants;
      } else if (at < Type::kScales) {
        from = at + kLayoutOf<kType>.quants + second * kLayoutOf<kType>.high;
      } else if (at < Type::kCommon) {
        from = at + kLayoutOf<kType>.quants + kLayoutOf<kType>.high + second * kLayoutOf<kType>.scales;
      } else {
        from = at + kLayoutOf<kType>.quants + kLayoutOf<kType>.high + kLayoutOf<kType>.scales;
      }
    }
    ptx::cp_async_16(ptx::shared_address(to + at), record + from);
  }
}

template <int32_t kType, int kTiles, int kGroups, int kStages, class Linear>
// As many blocks on a multiprocessor as shared memory lets in: the compiler then has registers enough.
__global__ void __launch_bounds__(kSlices* kWarp, kTiles == 1 ? 4 : 2) linear_packed_kernel(const __grid_constant__ Linear linear) {
  using Type = PackedType<kType>;
  using Shape = PackedShape<kType, kTiles, kGroups, kStages>;
  extern __shared__ __align__(16) uint8_t shared[];
  LinearTask task;
  if (!task_of(linear, Shape::kRows, Shape::kXRows, &task)) return;
  const int warp = static_cast<int>(threadIdx.x) / kWarp, warps = static_cast<int>(blockDim.x) / kWarp;
  const int lane = static_cast<int>(threadIdx.x) % kWarp, r = lane / 4, t = lane % 4;
  const int32_t units = (linear.x.cols + kUnitCols - 1) / kUnitCols;
  const int32_t begin = units * warp / warps, end = units * (warp + 1) / warps;
  uint8_t* ring = shared + warp * Shape::kWarpBytes;

  // Where this lane's weights and digits come from; nullptr: a row that does not exist, zeros.
  const uint8_t* tile[kTiles];
#pragma unroll
  for (int k = 0; k < kTiles; ++k) {
    const int32_t row = min(task.row + k * kUnitRows, (task.output.rows - 1) / kUnitRows * kUnitRows);
    tile[k] = static_cast<const uint8_t*>(task.output.weight) + static_cast<int64_t>(row / kUnitRows) * (units / kLayoutOf<kType>.units) * kRecordBytes<kType>;
  }
  const auto* quantized = static_cast<const uint8_t*>(linear.x.quantized);
  const int64_t x_bytes = static_cast<int64_t>(units) * kXUnitBytes;
  const uint8_t* digits[kGroups];
#pragma unroll
  for (int g = 0; g < kGroups; ++g) {
    const int i = g * kGroupRows + r / 2;
    const int32_t row = i < task.count ? x_row(linear, task.first + i) : -1;
    digits[g] = row >= 0 ? quantized + row * x_bytes + (r & 1) * 64 + t * 16 : nullptr;
  }
  // Scales of x: 32 bytes a row and unit, two lanes each.
  constexpr int kScaleLanes = Shape::kXRows * 2;
  static_assert(kScaleLanes <= kWarp, "one round of lanes");
  const uint8_t* scales = nullptr;
  if (lane / 2 < task.count && lane < kScaleLanes) {
    const int32_t row = x_row(linear, task.first + lane / 2);
    if (row >= 0) scales = quantized + row * x_bytes + kDigitBytes + lane % 2 * 16;
  }

  const auto fetch = [&](int32_t u) {
    uint8_t* stage = ring + (u - begin) % kStages * Shape::kStageBytes;
#pragma unroll
    for (int k = 0; k < kTiles; ++k) fetch_weight<kType>(stage + k * Shape::kWeightBytes, tile[k], u, lane);
    uint8_t* x = stage + kTiles * Shape::kWeightBytes;
#pragma unroll
    for (int g = 0; g < kGroups; ++g) {
      const uint8_t* from = digits[g] != nullptr ? digits[g] + static_cast<int64_t>(u) * kXUnitBytes : quantized;
#pragma unroll
      for (int pair = 0; pair < 2; ++pair) {
        ptx::cp_async_16(ptx::shared_address(x + g * kXDigits + pair * 512 + lane * 16), from + pair * 128, digits[g] != nullptr ? 16 : 0);
      }
    }
    if (lane < kScaleLanes) {
      ptx::cp_async_16(ptx::shared_address(x + kGroups * kXDigits + lane * 16), scales != nullptr ? scales + static_cast<int64_t>(u) * kXUnitBytes : quantized,
                    scales != nullptr ? 16 : 0);
    }
  };

  float sum[kTiles][kGroups][2] = {};
#pragma unroll
  for (int s = 0; s < kStages; ++s) {
    if (begin + s < end) fetch(begin + s);
    ptx::cp_async_commit();
  }
  for (int32_t u = begin; u < end; ++u) {
    ptx::cp_async_wait<kStages - 1>();
    __syncwarp();
    const uint8_t* stage = ring + (u - begin) % kStages * Shape::kStageBytes;
    const uint8_t* x = stage + kTiles * Shape::kWeightBytes;
    // All that one tile's products need of the weight first, then group after group of x.
#pragma unroll
    for (int k = 0; k < kTiles; ++k) {
      const uint8_t* unit = stage + k * Shape::kWeightBytes;
      UnitScales<kType> weight;
      weight.load(unit, r, u % kLayoutOf<kType>.units != 0);
      uint32_t high[4] = {};
      if constexpr (kLayoutOf<kType>.bits == 5) {
        const uint2 words = *reinterpret_cast<const uint2*>(unit + Type::kHigh + 8 * lane);
        high[0] = words.x, high[1] = words.y;
      }
      if constexpr (kLayoutOf<kType>.bits == 6) {
        const uint4 words = *reinterpret_cast<const uint4*>(unit + Type::kHigh + 16 * lane);
        high[0] = words.x, high[1] = words.y, high[2] = words.z, high[3] = words.w;
      }
#pragma unroll
      for (int pair = 0; pair < 2; ++pair) {
        uint32_t a[2][4];
#pragma unroll
        for (int half = 0; half < 2; ++half) {
          const int line = kLayoutOf<kType>.bits == 8 ? 2 * pair + half : pair;
          const uint4 low = *reinterpret_cast<const uint4*>(unit + 512 * line + 16 * lane);
          fragment<kType>(a[half], low, high, 2 * pair + half);
        }
#pragma unroll
        for (int g = 0; g < kGroups; ++g) {
          const uint4 digit = *reinterpret_cast<const uint4*>(x + g * kXDigits + pair * 512 + lane * 16);
          const float4 row = *reinterpret_cast<const float4*>(x + kGroups * kXDigits + (g * kGroupRows + t) * 32 + pair * 16);
#pragma unroll
          for (int half = 0; half < 2; ++half) {
            const int b = 2 * pair + half;
            const uint32_t bx[2] = {half == 0 ? digit.x : digit.z, half == 0 ? digit.y : digit.w};
            const float x_scale = half == 0 ? row.x : row.z, x_sum = half == 0 ? row.y : row.w;
            const auto accumulate = [&](const int32_t(&c)[4], int part) {
#pragma unroll
              for (int side = 0; side < 2; ++side) {
                const float upper = __int_as_float(c[2 * side]) - kFloatZero, lower = __int_as_float(c[2 * side + 1]) - kFloatZero;
                const float product = __fmaf_rn(upper, 256.0f, lower);
                sum[k][g][side] = __fmaf_rn(multiply(weight.scale[side][part], x_scale), product, sum[k][g][side]);
              }
            };
            int32_t c[4];
            if constexpr (kType == WZ_Q6_K) {
              ptx::mma_m16n8k16_s8(c, a[half][0], a[half][1], bx[0], kIntegerZero);
              accumulate(c, 2 * b);
              ptx::mma_m16n8k16_s8(c, a[half][2], a[half][3], bx[1], kIntegerZero);
              accumulate(c, 2 * b + 1);
            } else if constexpr (Type::kSigned) {
              ptx::mma_m16n8k32_s8(c, a[half], bx, kIntegerZero);
              accumulate(c, b);
            } else {
              ptx::mma_m16n8k32_u8_s8(c, a[half], bx, kIntegerZero);
              accumulate(c, b);
#pragma unroll
              for (int side = 0; side < 2; ++side) sum[k][g][side] = __fmaf_rn(weight.minimum[side][b], x_sum, sum[k][g][side]);
            }
          }
        }
      }
    }
    __syncwarp();
    if (u + kStages < end) fetch(u + kStages);
    ptx::cp_async_commit();
  }

  // The slices in their order.
  ptx::cp_async_wait<0>();
  __syncwarp();
  auto* own = reinterpret_cast<float*>(ring);
#pragma unroll
  for (int k = 0; k < kTiles; ++k) {
#pragma unroll
    for (int g = 0; g < kGroups; ++g) {
#pragma unroll
      for (int side = 0; side < 2; ++side) own[(g * kGroupRows + t) * Shape::kSumStride + k * kUnitRows + 8 * side + r] = sum[k][g][side];
    }
  }
  __syncthreads();
  for (int at = static_cast<int>(threadIdx.x); at < Shape::kXRows * Shape::kRows; at += static_cast<int>(blockDim.x)) {
    const int i = at / Shape::kRows, row = at % Shape::kRows;
    if (i >= task.count || task.row + row >= task.output.rows) continue;
    float total = 0;
    for (int w = 0; w < warps; ++w) {
      const float part = reinterpret_cast<const float*>(shared + w * Shape::kWarpBytes)[i * Shape::kSumStride + row];
      total = w == 0 ? part : add(total, part);
    }
    if (x_row(linear, task.first + i) < 0) total = __int_as_float(0x7FFFFFFF);
    store(task.output, task.first + i, task.row + row, total);
  }
}

template <int32_t kType, int kTiles, int kGroups, int kStages, class Linear>
void launch_packed(const Linear& linear, cudaStream_t stream) {
  using Shape = PackedShape<kType, kTiles, kGroups, kStages>;
  const int64_t units = packed_units(linear.x.cols);
  const int warps = static_cast<int>(units < 1 ? 1 : units < kSlices ? units : kSlices);
  const unsigned blocks = blocks_of(tiles(linear, Shape::kRows) * chunks(linear, Shape::kXRows));
  const auto kernel = linear_packed_kernel<kType, kTiles, kGroups, kStages, Linear>;
  const int bytes = warps * Shape::kWarpBytes;
  static_assert(kSlices * Shape::kWarpBytes <= 99 * 1024, "the shared memory of every device from 8.0 on");
  check(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes));
  kernel<<<blocks, warps * kWarp, static_cast<size_t>(bytes), stream>>>(linear);
  check(cudaGetLastError());
}

// m: rows of x that meet a weight, as far as the host knows.
template <int32_t kType, class Linear>
void launch_packed(const Linear& linear, int64_t m, cudaStream_t stream) {
  if (m <= kGroupRows) {
    launch_packed<kType, 1, 1, 4>(linear, stream);
  } else {
    launch_packed<kType, 2, 4, 2>(linear, stream);
  }
}

}  // namespace wz::cuda
