// The draw of one row by one block. The histogram says down to which bin of probabilities tokens can matter; these are listed, and top-k, min-p, top-p
// and the draw itself are each the place in the order of candidates at which a sum reaches a target.
#include "sampling/selection.cuh"

namespace wz::cuda {
namespace {

// The smallest mass that is at least this share of a total.
__device__ inline Mass share_of(float share, Mass total) {
  const Mass target = __double2ull_ru(multiply(static_cast<double>(share), __ull2double_rn(total)));
  return target < 1 ? 1 : target > total ? total : target;
}

// The place of a uniform number in [0, 1) among the masses 1 ... total.
__device__ inline Mass place_of(double uniform, Mass total) {
  const Mass place = __double2ull_rz(multiply(uniform, __ull2double_rn(total))) + 1;
  return place < total ? place : total;
}

// The lowest bin whose tokens matter. Only one warp computes it.
__device__ inline int lowest_bin(const Row& row, const wz_sampling& s, double uniform) {
  const Mass total = row.sums->mass;
  if (s.top_k > 0) {
    // Logits decide about top-k, and two that are close can have probabilities in the other order: one bin more.
    return max(0, from_top(row.bin_count, kBins, 0, static_cast<Mass>(s.top_k)).place - 1);
  }
  const int of_min_p = s.min_p > 0 ? max(0, bin_of(s.min_p)) : 0;
  if (s.top_p < 1) return max(of_min_p, from_top(row.bin_mass, kBins, 0, share_of(s.top_p, total)).place);
  return s.min_p > 0 ? of_min_p : from_top(row.bin_mass, kBins, 0, place_of(uniform, total)).place;
}

// The sum over the block.
__device__ inline Mass block_mass(Selection& s, Mass m) {
  if (threadIdx.x == 0) s.sum = 0;
  __syncthreads();
  m = warp_mass(m);
  if (threadIdx.x % kWarp == 0) atomicAdd(&s.sum, m);
  __syncthreads();
  m = s.sum;
  __syncthreads();
  return m;
}

__device__ inline int32_t draw_row(Selection& shared, const Row& row, const SamplingBatch& batch, const wz_sampling& s, double uniform) {
  const float most = value_of(row.sums->most);
  const auto mass = [&](Candidate c) { return mass_of(value_of(c), batch.unit); };
  const auto probability = [&](float v, int32_t id) { return candidate(exp_f32(subtract(v, most)), id); };
  // list[i] = f(list[i]); the sum of its masses.
  int32_t n = 0;
  const auto change = [&](auto&& f) {
    Mass sum = 0;
    for (int32_t i = threadIdx.x; i < n; i += blockDim.x) {
      const Candidate c = row.list[i] != 0 ? f(row.list[i]) : 0;
      row.list[i] = c;
      if (c != 0) sum += mass(c);
    }
    return block_mass(shared, sum);
  };

  if (threadIdx.x < kWarp) {
    const int bin = lowest_bin(row, s, uniform);
    if (threadIdx.x == 0) shared.left = bin;
  }
  __syncthreads();
  const int lowest = shared.left;
  const float least = least_logit(most, lowest);
  Mass total = row.sums->mass;
  if (s.top_k > 0) {
    n = list_tokens(shared, row, batch.vocabulary, least, [](float v, int32_t id) { return candidate(v, id); });
    const Candidate last = reach(shared, row.list, n, min(s.top_k, n), [](Candidate) { return Mass{1}; }).candidate;
    total = change([&](Candidate c) { return c >> 32 >= last >> 32 ? probability(value_of(c), id_of(c)) : 0; });
  } else {
    n = list_tokens(shared, row, batch.vocabulary, least, [&](float v, int32_t id) {
      const Candidate c = probability(v, id);
      return bin_of(value_of(c)) >= lowest ? c : 0;
    });
  }
  Mass kept = total;
  if (s.min_p > 0) kept = change([&](Candidate c) { return value_of(c) >= s.min_p ? c : 0; });
  if (s.top_p < 1) {
    const Mass target = share_of(s.top_p, total);
    if (s.min_p == 0 || target <= kept) kept = reach(shared, row.list, n, target, mass).weight;
  }
  return id_of(reach(shared, row.list, n, place_of(uniform, kept), mass).candidate);
}

__global__ void __launch_bounds__(kSelectThreads, 1) draw_kernel(int32_t* ids, float* logprobs, const __grid_constant__ SamplingBatch batch) {
  __shared__ Selection shared;
  const int64_t r = blockIdx.x;
  const Row row = row_at(batch, r);
  const float most = value_of(row.sums->most), raw_most = value_of(row.sums->raw_most);
  int32_t id = -1;
  if (row.sums->bad == 0 && raw_most != -kInfinity && fabsf(most) != kInfinity) {
    const wz_sampling s = batch.sampling[r];
    id = s.temperature == 0 ? id_of(row.sums->most) : draw_row(shared, row, batch, s, batch.uniform[r]);
  }
  if (threadIdx.x != 0) return;
  ids[r] = id;
  if (logprobs == nullptr) return;
  logprobs[r] = id < 0 ? not_a_number() : log_probability(batch.logits[r * batch.vocabulary + id], raw_most, log_of_mass(row.sums->raw_mass, batch.unit));
}

}  // namespace

void draw(int32_t* ids, float* logprobs, const SamplingBatch& batch, cudaStream_t stream) {
  draw_kernel<<<blocks_of(batch.rows), select_threads(batch.vocabulary), 0, stream>>>(ids, logprobs, batch);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
