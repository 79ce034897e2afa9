// One block a row: clears the row's sums, checks its settings, and processes the logits of the tokens that have a penalty or a bias, which are few:
// linear in the lists, whatever the vocabulary. How often a token occurs is counted with atomics; whoever takes the count away does the token's work.
#include "sampling/row.cuh"

namespace wz::cuda {
namespace {

constexpr int kThreads = 512;

__device__ inline bool finite(float v) { return fabsf(v) < kInfinity; }

__device__ inline bool good(const wz_sampling& s) {
  return s.temperature >= 0 && s.temperature < kInfinity && s.top_k >= 0 && s.top_p >= 0 && s.top_p <= 1 && s.min_p >= 0 && s.min_p <= 1 &&
         s.repetition_penalty > 0 && s.repetition_penalty < kInfinity && finite(s.presence_penalty) && finite(s.frequency_penalty);
}

__device__ inline bool good_list(const void* list, int64_t count) { return count == 0 || (count > 0 && list != nullptr); }
__device__ inline bool good(const wz_sampling_context& c) {
  return good_list(c.history, c.history_count) && good_list(c.generated, c.generated_count) && good_list(c.bias_ids, c.bias_count) &&
         good_list(c.bias, c.bias_count);
}

__device__ inline bool allowed(const uint32_t* mask, int32_t id) { return mask == nullptr || (mask[id / 32] >> (id % 32) & 1u) != 0; }

// A row's tokens, while its block processes them.
struct Tokens {
  const float* logits;
  int32_t vocabulary;
  const uint32_t* mask;
  Row row;

  __device__ bool known(int32_t id) const { return id >= 0 && id < vocabulary; }
  // The logit as the mask leaves it; the same whoever writes it.
  __device__ void start(const int32_t* ids, int64_t count) const {
#pragma unroll 1
    for (int64_t i = threadIdx.x; i < count; i += kThreads) {
      if (known(ids[i])) {
        row.v[ids[i]] = allowed(mask, ids[i]) ? add(logits[ids[i]], 0.0f) : -kInfinity;
      } else {
        refuse();
      }
    }
  }
  // f(id, how often it occurs) once for each token of the list.
  template <class F>
  __device__ void for_each_once(const int32_t* ids, int64_t n, F&& f) const {
#pragma unroll 1
    for (int64_t i = threadIdx.x; i < n; i += kThreads) {
      if (known(ids[i])) row.count[ids[i]] = 0;
    }
    __syncthreads();
#pragma unroll 1
    for (int64_t i = threadIdx.x; i < n; i += kThreads) {
      if (known(ids[i])) atomicAdd(&row.count[ids[i]], 1);
    }
    __syncthreads();
#pragma unroll 1
    for (int64_t i = threadIdx.x; i < n; i += kThreads) {
      if (!known(ids[i])) continue;
      const int32_t times = atomicExch(&row.count[ids[i]], 0);
      if (times > 0) f(ids[i], times);
    }
    __syncthreads();
  }
  __device__ void put(int32_t id, float logit) const {
    if (!(logit < kInfinity)) refuse();
    row.v[id] = logit;
  }
  __device__ void refuse() const { atomicOr(&row.sums->bad, 1u); }
};

// One warp, in the order of the list: of lanes with the same token, the lower first.
__device__ void add_bias(const Tokens& tokens, const int32_t* ids, const float* bias, int64_t count) {
  for (int64_t first = 0; first < count; first += kWarp) {
    const int64_t i = first + threadIdx.x;
    const bool mine = i < count && tokens.known(ids[i]);
    const int32_t id = mine ? ids[i] : -1 - static_cast<int32_t>(threadIdx.x);
    const unsigned before = __match_any_sync(kWholeWarp, id) & ((1u << threadIdx.x) - 1);
    int turn = __popc(before);
    while (__any_sync(kWholeWarp, mine && turn >= 0)) {
      if (mine && turn == 0) {
        if (!(bias[i] < kInfinity)) tokens.refuse();
        tokens.put(id, add(tokens.row.v[id], bias[i]));
      }
      --turn;
      __syncwarp();
    }
  }
}

__global__ void __launch_bounds__(kThreads) prepare_rows_kernel(const __grid_constant__ SamplingBatch batch) {
  const int64_t r = blockIdx.x;
  const Row row = row_at(batch, r);
  const int words = static_cast<int>((static_cast<int64_t>(batch.vocabulary) + 31) / 32);
  if (threadIdx.x == 0) *row.sums = {0, 0, 0, 0, 0};
  for (int i = threadIdx.x; i < kBins; i += kThreads) row.bin_mass[i] = 0, row.bin_count[i] = 0;
  for (int i = threadIdx.x; i < words; i += kThreads) row.touched[i] = 0;
  __syncthreads();
  if (batch.sampling == nullptr) return;
  __shared__ wz_sampling s;  // not in registers: few are left over
  __shared__ wz_sampling_context c;
  if (threadIdx.x == 0) {
    s = batch.sampling[r];
    c = {};
    if (batch.context != nullptr) c = batch.context[r];
    if (s.repetition_penalty == 1) c.history_count = 0;
    if (s.presence_penalty == 0 && s.frequency_penalty == 0) c.generated_count = 0;
    const double uniform = batch.uniform[r];
    if (!good(s) || !(uniform >= 0 && uniform < 1) || !good(c)) {
      row.sums->bad = 1;
      c.history_count = c.generated_count = c.bias_count = 0;
    }
  }
  __syncthreads();
  const Tokens tokens = {batch.logits + r * batch.vocabulary, batch.vocabulary, c.mask, row};
  tokens.start(c.history, c.history_count);
  tokens.start(c.generated, c.generated_count);
  tokens.start(c.bias_ids, c.bias_count);
  __syncthreads();
  tokens.for_each_once(c.history, c.history_count, [&](int32_t id, int32_t) {
    const float logit = row.v[id];
    tokens.put(id, logit > 0 ? divide(logit, s.repetition_penalty) : multiply(logit, s.repetition_penalty));
  });
  tokens.for_each_once(c.generated, c.generated_count, [&](int32_t id, int32_t times) {
    const float repeated = multiply(s.frequency_penalty, static_cast<float>(times));
    tokens.put(id, subtract(subtract(row.v[id], repeated), s.presence_penalty));
  });
  if (threadIdx.x < kWarp) add_bias(tokens, c.bias_ids, c.bias, c.bias_count);
  __syncthreads();
  const float divisor = s.temperature == 0 ? 1.0f : s.temperature;
  const auto finish = [&](const int32_t* ids, int64_t count) {
#pragma unroll 1
    for (int64_t i = threadIdx.x; i < count; i += kThreads) {
      if (!tokens.known(ids[i])) continue;
      const uint32_t bit = 1u << (ids[i] % 32);
      if ((atomicOr(&row.touched[ids[i] / 32], bit) & bit) == 0) row.v[ids[i]] = add(divide(row.v[ids[i]], divisor), 0.0f);
    }
  };
  finish(c.history, c.history_count);
  finish(c.generated, c.generated_count);
  finish(c.bias_ids, c.bias_count);
}

}  // namespace

int64_t sampling_scratch(int64_t rows, int64_t vocabulary) { return rows * row_layout(vocabulary).bytes; }

double mass_unit(int64_t vocabulary) {
  int leading = 11;
  while (int64_t{1} << leading < vocabulary) ++leading;
  return static_cast<double>(int64_t{1} << (62 - leading));
}

void prepare_rows(const SamplingBatch& batch, cudaStream_t stream) {
  prepare_rows_kernel<<<blocks_of(batch.rows), kThreads, 0, stream>>>(batch);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
