// out[r] = log softmax(logits[r])[ids[r]], one block a row: the largest logit, then the sum of masses.
#include "sampling/row.cuh"

namespace wz::cuda {
namespace {

constexpr int kThreads = 1024;

__global__ void __launch_bounds__(kThreads) logprobs_kernel(float* out, const float* logits, const int32_t* ids, int32_t vocabulary, double unit) {
  __shared__ uint32_t shared_most;
  __shared__ Mass shared_mass;
  __shared__ uint32_t bad;
  if (threadIdx.x == 0) shared_most = 0, shared_mass = 0, bad = 0;
  __syncthreads();
  const int64_t r = blockIdx.x;
  logits += r * vocabulary;
  uint32_t largest = 0;
  bool numbers = true;
#pragma unroll 4
  for (int32_t i = threadIdx.x; i < vocabulary; i += kThreads) {
    const float logit = logits[i];
    numbers = numbers && logit < kInfinity;
    largest = max(largest, ordered_bits(add(logit, 0.0f)));
  }
  largest = __reduce_max_sync(kWholeWarp, largest);
  numbers = __all_sync(kWholeWarp, numbers);
  if (threadIdx.x % kWarp == 0) {
    atomicMax(&shared_most, largest);
    if (!numbers) atomicOr(&bad, 1u);
  }
  __syncthreads();
  const float most = from_ordered_bits(shared_most);
  const int32_t id = ids[r];
  if (bad != 0 || most == -kInfinity || id < 0 || id >= vocabulary) {
    if (threadIdx.x == 0) out[r] = not_a_number();
    return;
  }
  Mass mass = 0;
#pragma unroll 4
  for (int32_t i = threadIdx.x; i < vocabulary; i += kThreads) mass += mass_of(exp_f32(subtract(logits[i], most)), unit);
  mass = warp_mass(mass);
  if (threadIdx.x % kWarp == 0) atomicAdd(&shared_mass, mass);
  __syncthreads();
  if (threadIdx.x == 0) out[r] = log_probability(logits[id], most, log_of_mass(shared_mass, unit));
}

}  // namespace

void logprobs(float* out, const float* logits, const int32_t* ids, int64_t rows, int32_t vocabulary, cudaStream_t stream) {
  logprobs_kernel<<<blocks_of(rows), kThreads, 0, stream>>>(out, logits, ids, vocabulary, mass_unit(vocabulary));
  check(cudaGetLastError());
}

}  // namespace wz::cuda
