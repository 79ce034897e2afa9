// dst = src between f32, f16 and bf16, to nearest, ties to even: eight elements a thread, every byte once.
#include "common/launch.h"
#include "common/pack.cuh"
#include "ops/transformer.h"

namespace wz::cuda {
namespace {

constexpr int kThreads = 256;

// packs: whole packs of eight that addresses of 16 bytes allow; what is left is taken one by one.
__global__ void __launch_bounds__(kThreads) convert_kernel(void* dst, int32_t dst_dtype, const void* src, int32_t src_dtype, int64_t n, int64_t packs) {
  const int64_t threads = static_cast<int64_t>(gridDim.x) * kThreads;
  const int64_t thread = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  for (int64_t p = thread; p < packs; p += threads) {
    float v[kPack];
    load_pack(v, src, src_dtype, p * kPack);
    store_pack(dst, dst_dtype, p * kPack, v);
  }
  for (int64_t i = packs * kPack + thread; i < n; i += threads) store_one(dst, dst_dtype, i, load_one<float>(src, src_dtype, i));
}

}  // namespace

void convert(void* dst, int32_t dst_dtype, const void* src, int32_t src_dtype, int64_t n, cudaStream_t stream) {
  const bool aligned = (reinterpret_cast<uintptr_t>(dst) | reinterpret_cast<uintptr_t>(src)) % 16 == 0;
  const int64_t packs = aligned ? n / kPack : 0;
  const int64_t work = packs > 0 ? packs : n;
  convert_kernel<<<resident_blocks(convert_kernel, kThreads, ceil_divide(work, kThreads)), kThreads, 0, stream>>>(dst, dst_dtype, src, src_dtype, n, packs);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
