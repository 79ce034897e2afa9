// x += residual; out = x / sqrt(mean(x^2) + epsilon) * weight, one block a row. x [rows, cols], residual [rows, cols] or NULL, weight [cols].
// The row stays in registers between the sum and the product, so that every byte is moved once. How it is dealt to the threads, and with that the
// order of the sum, depends on cols alone.
#include "common/launch.h"
#include "common/reduce.cuh"
#include "ops/transformer.h"

namespace wz::cuda {
namespace {

constexpr int kMostThreads = 1024;

struct Rows {
  float* out;
  float* x;
  const float* residual;
  const float* weight;
  double epsilon;
  int64_t cols;
};

__device__ inline double square(double sum, float v) { return __fma_rn(v, v, sum); }  // the square of a float32 is exact in float64

// 1 / sqrt(mean + epsilon) from the threads' sums of squares; one thread computes it, because float64 is slow on many cards.
__device__ inline float row_factor(double sum, const Rows& a) {
  __shared__ double partial[kWarp + 1];
  return static_cast<float>(block_sum_then(sum, partial, [&](double total) {
    return divide(1.0, __dsqrt_rn(add(divide(total, static_cast<double>(a.cols)), a.epsilon)));
  }));
}

__device__ inline float4 operator+(float4 a, float4 b) { return make_float4(add(a.x, b.x), add(a.y, b.y), add(a.z, b.z), add(a.w, b.w)); }

__device__ inline float4 scaled(float4 v, float s, float4 w) {
  return make_float4(multiply(multiply(v.x, s), w.x), multiply(multiply(v.y, s), w.y), multiply(multiply(v.z, s), w.z), multiply(multiply(v.w, s), w.w));
}

// cols a multiple of 4, at most 4 * kVectors * blockDim.x; all addresses multiples of 16.
template <int kVectors>
__global__ void __launch_bounds__(kMostThreads) rms_norm_kernel(const __grid_constant__ Rows a) {
  const int vectors = static_cast<int>(a.cols / 4);
  auto* x = reinterpret_cast<float4*>(a.x + blockIdx.x * a.cols);
  auto* out = reinterpret_cast<float4*>(a.out + blockIdx.x * a.cols);
  const auto* weight = reinterpret_cast<const float4*>(a.weight);
  float4 v[kVectors];
  double sum = 0;
#pragma unroll
  for (int i = 0; i < kVectors; ++i) {
    const int c = threadIdx.x + i * blockDim.x;
    v[i] = c < vectors ? x[c] : float4{};
  }
  if (a.residual != nullptr) {
    const auto* residual = reinterpret_cast<const float4*>(a.residual + blockIdx.x * a.cols);
#pragma unroll
    for (int i = 0; i < kVectors; ++i) {
      const int c = threadIdx.x + i * blockDim.x;
      if (c < vectors) x[c] = v[i] = v[i] + residual[c];
    }
  }
#pragma unroll
  for (int i = 0; i < kVectors; ++i) sum = square(square(square(square(sum, v[i].x), v[i].y), v[i].z), v[i].w);
  const float factor = row_factor(sum, a);
#pragma unroll
  for (int i = 0; i < kVectors; ++i) {
    const int c = threadIdx.x + i * blockDim.x;
    if (c < vectors) out[c] = scaled(v[i], factor, weight[c]);
  }
}

// Any cols and addresses; the row is read twice.
__global__ void __launch_bounds__(kMostThreads) rms_norm_long_kernel(const __grid_constant__ Rows a) {
  float* x = a.x + blockIdx.x * a.cols;
  const float* residual = a.residual != nullptr ? a.residual + blockIdx.x * a.cols : nullptr;
  double sum = 0;
  for (int64_t c = threadIdx.x; c < a.cols; c += blockDim.x) {
    float v = x[c];
    if (residual != nullptr) x[c] = v = add(v, residual[c]);
    sum = square(sum, v);
  }
  const float factor = row_factor(sum, a);
  float* out = a.out + blockIdx.x * a.cols;
  for (int64_t c = threadIdx.x; c < a.cols; c += blockDim.x) out[c] = multiply(multiply(x[c], factor), a.weight[c]);
}

template <int kVectors>
void launch(const Rows& a, unsigned blocks, cudaStream_t stream) {
  const int64_t threads = ceil_divide(a.cols, 4 * kVectors * kWarp) * kWarp;
  rms_norm_kernel<kVectors><<<blocks, static_cast<unsigned>(threads), 0, stream>>>(a);
}

bool in_vectors(const void* p) { return p == nullptr || reinterpret_cast<uintptr_t>(p) % 16 == 0; }

}  // namespace

void rms_norm(float* out, float* x, const float* residual, const float* weight, double epsilon, int64_t rows, int64_t cols, cudaStream_t stream) {
  const Rows a = {out, x, residual, weight, epsilon, cols};
  const unsigned blocks = blocks_of(rows);
  const bool vectors = cols % 4 == 0 && in_vectors(out) && in_vectors(x) && in_vectors(residual) && in_vectors(weight);
  if (!vectors || cols > 16384) {
    const int64_t threads = cols < kMostThreads ? ceil_divide(cols, kWarp) * kWarp : kMostThreads;
    rms_norm_long_kernel<<<blocks, static_cast<unsigned>(threads), 0, stream>>>(a);
  } else if (cols <= 1024) {
    launch<1>(a, blocks, stream);
  } else if (cols <= 4096) {
    launch<2>(a, blocks, stream);
  } else {
    launch<4>(a, blocks, stream);
  }
  check(cudaGetLastError());
}

}  // namespace wz::cuda
