// The masses of a row's logits: their sum, and by bins of e^(logit - largest) how many tokens there are and what they weigh. Tokens without mass do
// not count: nothing can be drawn from them.
#include "sampling/row.cuh"

namespace wz::cuda {
namespace {

// raw: the sum over the given logits is wanted too, for log-probabilities.
__global__ void __launch_bounds__(kChunkThreads) add_masses_kernel(const __grid_constant__ SamplingBatch batch, bool raw) {
  __shared__ Mass bin_mass[kBins];
  __shared__ uint32_t bin_count[kBins];
  const Chunk chunk = chunk_of_block(batch.vocabulary);
  const Row row = row_at(batch, chunk.row);
  const float raw_most = value_of(row.sums->raw_most), most = value_of(row.sums->most);
  if (row.sums->bad != 0 || raw_most == -kInfinity || fabsf(most) == kInfinity) return;  // draw says so
  const bool bins = batch.sampling == nullptr || batch.sampling[chunk.row].temperature != 0;
  if (!bins && !raw) return;
  const float* logits = batch.logits + chunk.row * batch.vocabulary;
  Mass raw_mass = 0, mass = 0;
  if (bins) {
    for (int b = threadIdx.x; b < kBins; b += kChunkThreads) bin_mass[b] = 0, bin_count[b] = 0;
    __syncthreads();
    for (int32_t i = chunk.begin + static_cast<int32_t>(threadIdx.x); i < chunk.end; i += kChunkThreads) {
      const float e = exp_f32(subtract(row.v[i], most));
      const int b = bin_of(e);
      if (b < 0) continue;
      const Mass m = mass_of(e, batch.unit);
      mass += m;
      atomicAdd(&bin_mass[b], m);
      atomicAdd(&bin_count[b], 1u);
    }
    __syncthreads();
    for (int b = threadIdx.x; b < kBins; b += kChunkThreads) {
      if (bin_count[b] == 0) continue;
      atomicAdd(&row.bin_mass[b], bin_mass[b]);
      atomicAdd(&row.bin_count[b], bin_count[b]);
    }
  }
  if (raw) {
    for (int32_t i = chunk.begin + static_cast<int32_t>(threadIdx.x); i < chunk.end; i += kChunkThreads) {
      raw_mass += mass_of(exp_f32(subtract(logits[i], raw_most)), batch.unit);
    }
  }
  mass = warp_mass(mass);
  raw_mass = warp_mass(raw_mass);
  if (threadIdx.x % kWarp != 0) return;
  if (mass != 0) atomicAdd(&row.sums->mass, mass);
  if (raw_mass != 0) atomicAdd(&row.sums->raw_mass, raw_mass);
}

}  // namespace

void add_masses(const SamplingBatch& batch, bool raw, cudaStream_t stream) {
  add_masses_kernel<<<chunk_blocks(batch), kChunkThreads, 0, stream>>>(batch, raw);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
