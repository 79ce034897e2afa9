// Which token of a list a sum of weights reaches, in the order of candidates, by one block and without sorting: the digits of the candidate from
// the top, eight bits at a time, each by a histogram of weights, until few candidates are left, which are compared each with each.
#pragma once
#include "sampling/row.cuh"

namespace wz::cuda {

// At most, and kFew at least. Launch bounds ask for 1 block: for more, ptxas would spill registers.
constexpr int kSelectThreads = 512;
constexpr int kDigits = 256;
constexpr int kFew = 256;

// No more threads than there is work for.
inline unsigned select_threads(int64_t vocabulary) {
  return static_cast<unsigned>(std::min<int64_t>(kSelectThreads, std::max<int64_t>(kFew, ceil_divide(vocabulary, kWarp) * kWarp)));
}

struct Reached {
  Candidate candidate;  // the first at which the weights reach the target
  Mass weight;          // their sum there
};

// Shared memory of a selecting block.
struct Selection {
  Mass digit_weight[kDigits];
  uint32_t digit_count[kDigits];
  Candidate few[kFew];
  Mass few_weight[kFew];
  Reached reached;
  Candidate prefix;
  Mass above;
  Mass sum;
  int32_t left, few_count, listed;
};

// Where the weights [n], added from the last to the first to what lies above, reach the target: the place, and the sum before it; -1: nowhere. One whole
// warp calls it.
struct Place {
  int place;
  Mass before;
};
template <class W>
__device__ inline Place from_top(const W* weight, int n, Mass above, Mass target) {
  const int lane = threadIdx.x % kWarp, each = (n + kWarp - 1) / kWarp;
  const int first = n - 1 - lane * each, last = first - each + 1 > 0 ? first - each + 1 : 0;
  Mass sum = 0;
  for (int i = first; i >= last; --i) sum += weight[i];
  Mass up_to = sum;
#pragma unroll
  for (int s = 1; s < kWarp; s *= 2) {
    const Mass lower = __shfl_up_sync(kWholeWarp, up_to, s);
    if (lane >= s) up_to += lower;
  }
  Mass before = above + up_to - sum;
  int place = -1;
  if (before < target && before + sum >= target) {
    place = first;
    while (before + weight[place] < target) before += weight[place--];
  }
  const unsigned found = __ballot_sync(kWholeWarp, place >= 0);
  const int source = found != 0 ? __ffs(static_cast<int>(found)) - 1 : 0;
  return {__shfl_sync(kWholeWarp, place, source), __shfl_sync(kWholeWarp, before, source)};
}

// 1 <= target <= the sum of weight(c) over the list [n], in which 0 stands for nothing. The whole block calls it, and may read the list at once.
template <class Weight>
__device__ inline Reached reach(Selection& s, const Candidate* list, int32_t n, Mass target, Weight&& weight) {
  int shift = 64;
  Candidate prefix = 0;
  Mass above = 0;
  int32_t left = n;
  const auto within = [&](Candidate c) { return c != 0 && (shift == 64 || c >> shift == prefix); };
  while (left > kFew) {
    for (int d = threadIdx.x; d < kDigits; d += blockDim.x) s.digit_weight[d] = 0, s.digit_count[d] = 0;
    __syncthreads();
    for (int32_t i = threadIdx.x; i < n; i += blockDim.x) {
      const Candidate c = list[i];
      if (!within(c)) continue;
      const int digit = static_cast<int>(c >> (shift - 8) & (kDigits - 1));
      atomicAdd(&s.digit_weight[digit], weight(c));
      atomicAdd(&s.digit_count[digit], 1u);
    }
    __syncthreads();
    if (threadIdx.x < kWarp) {
      const Place at = from_top(s.digit_weight, kDigits, above, target);
      if (threadIdx.x == 0) {
        s.prefix = prefix << 8 | static_cast<Candidate>(at.place);
        s.above = at.before;
        s.left = static_cast<int32_t>(s.digit_count[at.place]);
      }
    }
    __syncthreads();
    prefix = s.prefix;
    above = s.above;
    left = s.left;
    shift -= 8;
  }
  if (threadIdx.x == 0) s.few_count = 0;
  __syncthreads();
  for (int32_t i = threadIdx.x; i < n; i += blockDim.x) {
    const Candidate c = list[i];
    if (!within(c)) continue;
    const int at = atomicAdd(&s.few_count, 1);
    s.few[at] = c;
    s.few_weight[at] = weight(c);
  }
  __syncthreads();
  const int found = s.few_count;
  if (static_cast<int>(threadIdx.x) < found) {
    const Candidate mine = s.few[threadIdx.x];
    Mass before = above;
    for (int j = 0; j < found; ++j) before += s.few[j] > mine ? s.few_weight[j] : 0;
    const Mass up_to = before + s.few_weight[threadIdx.x];
    if (before < target && target <= up_to) s.reached = {mine, up_to};
  }
  __syncthreads();
  return s.reached;
}

// list = f(logit, token) of the processed logits that are at least `least`, without those that are 0; returns how many. In no particular order.
template <class F>
__device__ inline int32_t list_tokens(Selection& s, const Row& row, int32_t vocabulary, float least, F&& f) {
  if (threadIdx.x == 0) s.listed = 0;
  __syncthreads();
  const auto take = [&](float v, int32_t i) {
    if (!(v >= least)) return;
    const Candidate c = f(v, i);
    if (c != 0) row.list[atomicAdd(&s.listed, 1)] = c;
  };
  const auto* quads = reinterpret_cast<const float4*>(row.v);
#pragma unroll 4
  for (int32_t q = threadIdx.x; q < vocabulary / 4; q += blockDim.x) {
    const float4 v = quads[q];
    if (!(fmaxf(fmaxf(v.x, v.y), fmaxf(v.z, v.w)) >= least)) continue;
    take(v.x, 4 * q);
    take(v.y, 4 * q + 1);
    take(v.z, 4 * q + 2);
    take(v.w, 4 * q + 3);
  }
  const int32_t rest = vocabulary / 4 * 4 + static_cast<int32_t>(threadIdx.x);
  if (rest < vocabulary) take(row.v[rest], rest);
  __syncthreads();
  return s.listed;
}

// Logits of tokens in a bin and above are at least this: a little less, since logits and their differences are rounded.
__device__ inline float least_logit(float most, int bin) {
  const double slack = 1e-3 + 1e-6 * fabs(static_cast<double>(most));
  const double logit = static_cast<double>(most) + log_of_normal(static_cast<double>(bin_floor(bin))) - slack;
  constexpr double kLeast = -0x1.fffffep127;  // and not -infinity
  return static_cast<float>(logit > kLeast ? logit : kLeast);
}

}  // namespace wz::cuda
