// The k largest logits of a row by one block: those that the histogram leaves, of which the k-th bounds the rest; each one's place is the number of
// those that are larger.
#include "sampling/selection.cuh"
#include "wootz/cuda_sampling.h"

namespace wz::cuda {
namespace {

__global__ void __launch_bounds__(kSelectThreads, 1) top_logits_kernel(int32_t* ids, float* logprobs, int32_t k, const __grid_constant__ SamplingBatch batch) {
  __shared__ Selection shared;
  __shared__ Candidate top[WZ_CUDA_TOP_LOGITS];
  __shared__ double log_sum;
  const int64_t r = blockIdx.x;
  const Row row = row_at(batch, r);
  const float most = value_of(row.sums->most);
  if (row.sums->bad != 0 || most == -kInfinity) {
    for (int32_t i = threadIdx.x; i < k; i += blockDim.x) {
      ids[r * k + i] = -1;
      if (logprobs != nullptr) logprobs[r * k + i] = not_a_number();
    }
    return;
  }
  if (threadIdx.x < kWarp) {
    const int bin = from_top(row.bin_count, kBins, 0, static_cast<Mass>(k)).place;
    if (threadIdx.x == 0) {
      shared.left = bin;
      log_sum = log_of_mass(row.sums->mass, batch.unit);
    }
  }
  __syncthreads();
  const int bin = shared.left;  // -1: fewer tokens than k have mass
  const float least = bin < 0 ? -kInfinity : least_logit(most, max(0, bin - 1));
  const int32_t n = list_tokens(shared, row, batch.vocabulary, least, [](float v, int32_t id) { return candidate(v, id); });
  const Candidate last = reach(shared, row.list, n, static_cast<Mass>(k), [](Candidate) { return Mass{1}; }).candidate;
  if (threadIdx.x == 0) shared.few_count = 0;
  __syncthreads();
  for (int32_t i = threadIdx.x; i < n; i += blockDim.x) {
    if (row.list[i] >= last) top[atomicAdd(&shared.few_count, 1)] = row.list[i];
  }
  __syncthreads();
  for (int32_t i = threadIdx.x; i < k; i += blockDim.x) {
    const Candidate mine = top[i];
    int place = 0;
    for (int32_t j = 0; j < k; ++j) place += top[j] > mine ? 1 : 0;
    ids[r * k + place] = id_of(mine);
    if (logprobs != nullptr) logprobs[r * k + place] = log_probability(value_of(mine), most, log_sum);
  }
}

}  // namespace

void top_logits(int32_t* ids, float* logprobs, int32_t k, const SamplingBatch& batch, cudaStream_t stream) {
  top_logits_kernel<<<blocks_of(batch.rows), select_threads(batch.vocabulary), 0, stream>>>(ids, logprobs, k, batch);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
