// probabilities = softmax(logits [tokens, experts]); the k largest of each token, of equals the lower expert, one warp a token. Choice after choice:
// the largest candidate below the last one, where a candidate is the logit's ordered bits above the complement of the expert's number.
#include "common/elementary.cuh"
#include "common/launch.h"
#include "common/ordered.cuh"
#include "common/reduce.cuh"
#include "ops/transformer.h"

namespace wz::cuda {
namespace {

constexpr int kThreads = 128;

struct Routing {
  int32_t* expert;
  float* weight;
  const float* logits;
  int64_t tokens;
  int32_t experts, k;
  bool normalize;
};

__device__ inline double exp_relative(float logit, float most) { return exp_of_negative(subtract(static_cast<double>(logit), static_cast<double>(most))); }

__global__ void __launch_bounds__(kThreads) moe_route_kernel(const __grid_constant__ Routing a) {
  const int lane = threadIdx.x % kWarp;
  const int64_t token = static_cast<int64_t>(blockIdx.x) * (kThreads / kWarp) + threadIdx.x / kWarp;
  if (token >= a.tokens) return;
  const float* logits = a.logits + token * a.experts;
  int32_t* expert = a.expert + token * a.k;
  float* weight = a.weight + token * a.k;
  bool good = true;
  for (int32_t e = lane; e < a.experts; e += kWarp) good = good && logits[e] < bits<float>(0x7F800000u);
  good = __all_sync(kWholeWarp, good);
  float most = 0;
  double sum = 0;
  Candidate last = ~Candidate{0};
  for (int32_t i = 0; good && i < a.k; ++i) {
    Candidate best = 0;
    for (int32_t e = lane; e < a.experts; e += kWarp) {
      const Candidate c = candidate(add(logits[e], 0.0f), e);
      best = c < last && c > best ? c : best;
    }
    last = warp_max(best);
    const float logit = value_of(last);
    if (i == 0) most = logit;
    if (a.normalize) sum = add(sum, exp_relative(logit, most));
    if (lane == i % kWarp) {
      expert[i] = id_of(last);
      weight[i] = logit;
    }
    good = most > -bits<float>(0x7F800000u);
  }
  if (good && !a.normalize) {
    for (int32_t e = lane; e < a.experts; e += kWarp) sum = add(sum, exp_relative(logits[e], most));
    sum = warp_sum(sum);
  }
  for (int32_t i = lane; i < a.k; i += kWarp) {  // the lane that wrote choice i
    if (!good) expert[i] = i;
    weight[i] = good ? static_cast<float>(divide(exp_relative(weight[i], most), sum)) : bits<float>(0x7FC00000u);
  }
}

}  // namespace

void moe_route(int32_t* expert, float* weight, const float* logits, int64_t tokens, int32_t experts, int32_t k, bool normalize, cudaStream_t stream) {
  const Routing a = {expert, weight, logits, tokens, experts, k, normalize};
  moe_route_kernel<<<blocks_of(ceil_divide(tokens, kThreads / kWarp)), kThreads, 0, stream>>>(a);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
