// GGUF's blocks, row-major -> WZ_PACKED of the device (packed_layout.h). A warp writes one record: its lane's quants of each unit, then the
// scales. Runs once for a weight.
#include "common/pack.cuh"
#include "matmul/block_quants.cuh"
#include "matmul/linear.h"
#include "matmul/linear_task.cuh"
#include "matmul/packed_layout.h"

namespace wz::cuda {
namespace {

constexpr int kWarps = 4;

template <int32_t kType>
struct Source {
  using Format = Block<kType>;
  const uint16_t* data;
  int32_t rows, cols;

  __device__ const uint16_t* block(int32_t row, int32_t c) const {
    return data + (static_cast<int64_t>(row) * (cols / Format::kElements) + c / Format::kElements) * (Format::kBytes / 2);
  }
  __device__ bool inside(int32_t row, int32_t c) const { return row < rows && c < cols; }
  // Of columns c..c + 3. Types around zero with the upper bit flipped, so that 0 stands for no weight at all in every type.
  __device__ uint32_t packed_quants(int32_t row, int32_t c) const {
    return inside(row, c) ? four_quants<kType>(block(row, c), c % Format::kElements) ^ kLayoutOf<kType>.offset * 0x01010101u : 0;
  }
  __device__ uint16_t half_at(int32_t row, int32_t c, int at) const { return inside(row, c) ? block(row, c)[at / 2] : static_cast<uint16_t>(0); }
};

// Quants of one unit that begins at column c0.
template <int32_t kType>
__device__ inline void pack_quants(uint8_t* quants, uint8_t* high, const Source<kType>& source, int32_t row0, int32_t c0, int lane) {
  constexpr int kBits = kLayoutOf<kType>.bits;
  const int r = lane / 4, t = lane % 4;
  for (int b = 0; b < 4; ++b) {
    uint32_t low_word[2] = {}, high_bits = 0;
#pragma unroll
    for (int j = 0; j < 4; ++j) {
      const uint32_t q = source.packed_quants(row0 + r + 8 * (j & 1), c0 + 32 * b + 16 * (j >> 1) + 4 * t);
      if constexpr (kBits == 8) {
        reinterpret_cast<uint32_t*>(quants + 512 * b + 16 * lane)[j] = q;
      } else {
        low_word[j >> 1] |= (q & 0x0F0F0F0Fu) << 4 * (j & 1);
        if constexpr (kBits == 5) high_bits |= (q >> 4 & 0x01010101u) << (4 * (b & 1) + j);
        if constexpr (kBits == 6) high_bits |= (q >> 4 & 0x03030303u) << 2 * j;
      }
    }
    if constexpr (kBits != 8) {
      auto* words = reinterpret_cast<uint32_t*>(quants + 512 * (b >> 1) + 16 * lane) + 2 * (b & 1);
      words[0] = low_word[0], words[1] = low_word[1];
    }
    if constexpr (kBits == 5) {
      uint32_t* word = reinterpret_cast<uint32_t*>(high + 8 * lane) + (b >> 1);
      *word = (b & 1) != 0 ? *word | high_bits : high_bits;
    }
    if constexpr (kBits == 6) reinterpret_cast<uint32_t*>(high + 16 * lane)[b] = high_bits;
  }
}

template <int32_t kType>
__device__ inline void pack_scales(uint8_t* scales, const Source<kType>& source, int32_t row0, int32_t c0, int lane) {
  if (lane >= kUnitRows) return;
  const int32_t row = row0 + lane;
  const int line = lane % 8 * 16 + lane / 8 * 8;
  if constexpr (kType == WZ_Q6_K) {
    for (int k = 0; k < 4; ++k) reinterpret_cast<uint16_t*>(scales + line)[k] = source.half_at(row, c0, 192 + c0 / kUnitCols % 2 * 8 + 2 * k);
  } else {
#pragma unroll
    for (int plane = 0; plane < kLayoutOf<kType>.scales / 128; ++plane) {
      for (int b = 0; b < 4; ++b) {
        reinterpret_cast<uint16_t*>(scales + plane * 128 + line)[b] = source.half_at(row, c0 + 32 * b, 2 * plane);
      }
    }
  }
}

template <int32_t kType>
__device__ inline void pack_common(uint8_t* common, const Source<kType>& source, int32_t row0, int32_t c0, int lane) {
  if (lane >= kUnitRows) return;
  const int32_t row = row0 + lane;
  if constexpr (kType == WZ_Q6_K) {
    reinterpret_cast<uint16_t*>(common)[lane % 8 * 2 + lane / 8] = source.half_at(row, c0, 208);
  } else {
    for (int k = 0; k < 8; ++k) reinterpret_cast<uint16_t*>(common + 16 * lane)[k] = source.half_at(row, c0, 2 * k);
  }
}

template <int32_t kType>
__global__ void __launch_bounds__(kWarps* kWarp) linear_pack_kernel(uint8_t* packed, const uint16_t* weight, int32_t rows, int32_t cols, int64_t records) {
  const int64_t record = static_cast<int64_t>(blockIdx.x) * kWarps + threadIdx.x / kWarp;
  if (record >= records) return;
  const int lane = static_cast<int>(threadIdx.x) % kWarp;
  const int32_t row_records = (cols + kUnitCols * kLayoutOf<kType>.units - 1) / (kUnitCols * kLayoutOf<kType>.units);
  const int32_t row0 = static_cast<int32_t>(record / row_records) * kUnitRows, c0 = static_cast<int32_t>(record % row_records) * kUnitCols * kLayoutOf<kType>.units;
  const Source<kType> source = {weight, rows, cols};
  uint8_t* quants = packed + record * kRecordBytes<kType>;
  uint8_t* high = quants + kLayoutOf<kType>.units * kLayoutOf<kType>.quants;
  uint8_t* scales = high + kLayoutOf<kType>.units * kLayoutOf<kType>.high;
  for (int u = 0; u < kLayoutOf<kType>.units; ++u) {
    pack_quants<kType>(quants + u * kLayoutOf<kType>.quants, high + u * kLayoutOf<kType>.high, source, row0, c0 + u * kUnitCols, lane);
    if constexpr (kLayoutOf<kType>.scales > 0) pack_scales<kType>(scales + u * kLayoutOf<kType>.scales, source, row0, c0 + u * kUnitCols, lane);
  }
  if constexpr (kLayoutOf<kType>.common > 0) pack_common<kType>(scales + kLayoutOf<kType>.units * kLayoutOf<kType>.scales, source, row0, c0, lane);
}

template <int32_t kType>
void launch(void* packed, const void* weight, int64_t rows, int64_t cols, cudaStream_t stream) {
  const int64_t records = packed_tiles(rows) * packed_units(cols) / kLayoutOf<kType>.units;
  linear_pack_kernel<kType><<<blocks_of(ceil_divide(records, kWarps)), kWarps * kWarp, 0, stream>>>(
      static_cast<uint8_t*>(packed), static_cast<const uint16_t*>(weight), static_cast<int32_t>(rows), static_cast<int32_t>(cols), records);
  check(cudaGetLastError());
}

}  // namespace

void linear_pack(void* packed, const void* weight, int32_t dtype, int64_t rows, int64_t cols, cudaStream_t stream) {
  switch (dtype) {
    case WZ_Q8_0: launch<WZ_Q8_0>(packed, weight, rows, cols, stream); break;
    case WZ_Q4_0: launch<WZ_Q4_0>(packed, weight, rows, cols, stream); break;
    case WZ_Q4_1: launch<WZ_Q4_1>(packed, weight, rows, cols, stream); break;
    case WZ_Q5_0: launch<WZ_Q5_0>(packed, weight, rows, cols, stream); break;
    case WZ_Q5_1: launch<WZ_Q5_1>(packed, weight, rows, cols, stream); break;
    case WZ_Q4_K: launch<WZ_Q4_K>(packed, weight, rows, cols, stream); break;
    case WZ_Q5_K: launch<WZ_Q5_K>(packed, weight, rows, cols, stream); break;
    default: launch<WZ_Q6_K>(packed, weight, rows, cols, stream); break;
  }
}

}  // namespace wz::cuda
