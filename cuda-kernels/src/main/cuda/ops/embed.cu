// out [tokens, cols] = row ids[t] of table [rows, cols] in float32, four elements a thread of a block type, one of another.
#include "common/block_types.cuh"
#include "common/launch.h"
#include "ops/transformer.h"

namespace wz::cuda {
namespace {

constexpr int kThreads = 256;

struct Embedding {
  float* out;
  const void* table;
  int64_t rows, cols;
  const int32_t* ids;
  unsigned blocks_per_row;
};

// The thread's place in its token's row, in steps of so many elements.
__device__ inline int64_t step_of(const Embedding& a) { return static_cast<int64_t>(blockIdx.x % a.blocks_per_row) * kThreads + threadIdx.x; }

constexpr uint32_t kNan = 0x7FC00000u;

template <int32_t kDtype>
__global__ void __launch_bounds__(kThreads) embed_blocks_kernel(const __grid_constant__ Embedding a) {
  using B = Block<kDtype>;
  const int64_t c = step_of(a) * kQuad;
  if (c >= a.cols) return;
  const unsigned token = blockIdx.x / a.blocks_per_row;
  const int32_t id = a.ids[token];
  float v[kQuad] = {bits<float>(kNan), bits<float>(kNan), bits<float>(kNan), bits<float>(kNan)};
  if (id >= 0 && id < a.rows) {
    const auto* row = static_cast<const char*>(a.table) + id * (a.cols / B::kElements * B::kBytes);
    B::decode(v, reinterpret_cast<const uint16_t*>(row + c / B::kElements * B::kBytes), static_cast<int>(c % B::kElements));
  }
  float* out = a.out + token * a.cols + c;
  if (bits<uintptr_t>(a.out) % 16 == 0) {  // and with it every row of whole blocks
    *reinterpret_cast<float4*>(out) = make_float4(v[0], v[1], v[2], v[3]);
    return;
  }
#pragma unroll
  for (int j = 0; j < kQuad; ++j) out[j] = v[j];
}

template <int32_t kDtype>
__global__ void __launch_bounds__(kThreads) embed_kernel(const __grid_constant__ Embedding a) {
  const int64_t c = step_of(a);
  if (c >= a.cols) return;
  const unsigned token = blockIdx.x / a.blocks_per_row;
  const int32_t id = a.ids[token];
  float v = bits<float>(kNan);
  if (id >= 0 && id < a.rows) {
    const int64_t i = id * a.cols + c;
    v = kDtype == WZ_F64 ? static_cast<float>(static_cast<const double*>(a.table)[i]) : load_one<float>(a.table, kDtype, i);
  }
  a.out[token * a.cols + c] = v;
}

void launch(void (*kernel)(Embedding), Embedding a, int elements, int64_t tokens, cudaStream_t stream) {
  const int64_t per_row = ceil_divide(ceil_divide(a.cols, elements), kThreads);
  a.blocks_per_row = static_cast<unsigned>(per_row);
  kernel<<<blocks_of(tokens * per_row), kThreads, 0, stream>>>(a);
  check(cudaGetLastError());
}

struct Kernel {
  void (*run)(Embedding);  // NULL: no such type
  int elements;            // a thread
};

Kernel kernel_of(int32_t dtype) {
  switch (dtype) {
    case WZ_F32: return {embed_kernel<WZ_F32>, 1};
    case WZ_F16: return {embed_kernel<WZ_F16>, 1};
    case WZ_BF16: return {embed_kernel<WZ_BF16>, 1};
    case WZ_F64: return {embed_kernel<WZ_F64>, 1};
    case WZ_Q4_0: return {embed_blocks_kernel<WZ_Q4_0>, kQuad};
    case WZ_Q4_1: return {embed_blocks_kernel<WZ_Q4_1>, kQuad};
    case WZ_Q5_0: return {embed_blocks_kernel<WZ_Q5_0>, kQuad};
    case WZ_Q5_1: return {embed_blocks_kernel<WZ_Q5_1>, kQuad};
    case WZ_Q8_0: return {embed_blocks_kernel<WZ_Q8_0>, kQuad};
    case WZ_Q4_K: return {embed_blocks_kernel<WZ_Q4_K>, kQuad};
    case WZ_Q5_K: return {embed_blocks_kernel<WZ_Q5_K>, kQuad};
    case WZ_Q6_K: return {embed_blocks_kernel<WZ_Q6_K>, kQuad};
    default: return {nullptr, 0};
  }
}

}  // namespace

bool embeds(int32_t dtype) { return kernel_of(dtype).run != nullptr; }

void embed(float* out, const void* table, int32_t dtype, int64_t rows, int64_t cols, const int32_t* ids, int64_t tokens, cudaStream_t stream) {
  const Kernel kernel = kernel_of(dtype);
  launch(kernel.run, {out, table, rows, cols, ids, 0}, kernel.elements, tokens, stream);
}

}  // namespace wz::cuda
