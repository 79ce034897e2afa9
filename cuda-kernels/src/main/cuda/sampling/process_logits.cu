// v = logits, masked, divided by the temperature; tokens that prepare_rows has processed stay as they are. And the largest of the given and of the
// processed logits, with the lowest token that has it.
#include "sampling/row.cuh"

namespace wz::cuda {
namespace {

__device__ inline Candidate larger(Candidate a, Candidate b) { return a > b ? a : b; }

__global__ void __launch_bounds__(kChunkThreads) process_logits_kernel(const __grid_constant__ SamplingBatch batch) {
  const Chunk chunk = chunk_of_block(batch.vocabulary);
  const Row row = row_at(batch, chunk.row);
  const float* logits = batch.logits + chunk.row * batch.vocabulary;
  float divisor = 1;
  if (batch.sampling != nullptr && batch.sampling[chunk.row].temperature != 0) divisor = batch.sampling[chunk.row].temperature;
  const uint32_t* mask = batch.context != nullptr ? batch.context[chunk.row].mask : nullptr;
  Candidate raw_most = 0, most = 0;
  bool bad = false;
#pragma unroll 4
  for (int32_t i = chunk.begin + static_cast<int32_t>(threadIdx.x); i < chunk.end; i += kChunkThreads) {
    const float raw = logits[i];
    bad = bad || !(raw < kInfinity);
    const float logit = add(raw, 0.0f);
    raw_most = larger(raw_most, candidate(logit, i));
    const uint32_t bit = 1u << (i % 32);
    float v;
    if ((row.touched[i / 32] & bit) != 0) {
      v = row.v[i];
    } else {
      const bool allowed = mask == nullptr || (mask[i / 32] & bit) != 0;
      v = allowed ? add(divide(logit, divisor), 0.0f) : -kInfinity;
      row.v[i] = v;
    }
    most = larger(most, candidate(v, i));
  }
  bad = __any_sync(kWholeWarp, bad);
  raw_most = warp_max(raw_most);
  most = warp_max(most);
  if (threadIdx.x % kWarp != 0) return;
  if (bad) atomicOr(&row.sums->bad, 1u);
  atomicMax(&row.sums->raw_most, static_cast<Mass>(raw_most));
  atomicMax(&row.sums->most, static_cast<Mass>(most));
}

}  // namespace

void process_logits(const SamplingBatch& batch, cudaStream_t stream) {
  process_logits_kernel<<<chunk_blocks(batch), kChunkThreads, 0, stream>>>(batch);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
