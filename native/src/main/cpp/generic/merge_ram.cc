// RAM and RAM+ (2601.13572): base + d_i (times scale_i) where one model changed the element by more than epsilon, base + the mean of the
// changes where several did, base elsewhere.
#include "capi/operations.h"
#include "generic/scratch.h"
#include "generic/variance.h"

namespace wz::WZ_ISA {
namespace {

// d [models, kBlock] becomes 0 where a model is not active; active [j] = how many are.
template <class A>
void activity(int32_t* active, const typename A::T* d, int models, typename A::T epsilon, int64_t n) {
  using T = typename A::T;
  for (int64_t j = 0; j < n; ++j) active[j] = 0;
  for (int k = 0; k < models; ++k) {
    const T* dk = d + k * kBlock;
    for (int64_t j = 0; j < n; ++j) active[j] += (dk[j] < 0 ? -dk[j] : dk[j]) > epsilon;
  }
}

}  // namespace

void ram_counts(int64_t* counts, const wz_model* x, int models, wz_model base, double epsilon, int arithmetic, int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    Scratch<T> d(models * kBlock);
    alignas(64) T b[kBlock];
    alignas(64) int32_t active[kBlock];
    const T least = A::scalar(epsilon);
    for (int64_t i = 0; i < n; i += kBlock) {
      const int64_t m = smaller(kBlock, n - i);
      load_deltas<A>(d.data(), b, x, models, base, i, m);
      activity<A>(active, d.data(), models, least, m);
      for (int k = 0; k < models; ++k) {
        const T* dk = d.data() + k * kBlock;
        int32_t alone = 0;
        int32_t shared = 0;
        for (int64_t j = 0; j < m; ++j) {
          const int32_t is_active = (dk[j] < 0 ? -dk[j] : dk[j]) > least;
          alone += is_active & (active[j] == 1);
          shared += is_active & (active[j] > 1);
        }
        counts[2 * k] += alone;
        counts[2 * k + 1] += shared;
      }
    }
  });
}

void ram(void* out, int out_dtype, const wz_model* x, int models, wz_model base, double epsilon, const double* scale, int arithmetic,
         int64_t n) {
  with_arithmetic(arithmetic, [&](auto policy) {
    using A = decltype(policy);
    using T = typename A::T;
    Scratch<T> d(models * kBlock);
    alignas(64) T b[kBlock];
    alignas(64) T sum[kBlock];
    alignas(64) int32_t active[kBlock];
    const T least = A::scalar(epsilon);
    const auto round = [&](T* v, int64_t m) {
      if (scale == nullptr) A::round(v, m);
    };
    for (int64_t i = 0; i < n; i += kBlock) {
      const int64_t m = smaller(kBlock, n - i);
      load_deltas<A>(d.data(), b, x, models, base, i, m);
      activity<A>(active, d.data(), models, least, m);
      for (int64_t j = 0; j < m; ++j) sum[j] = 0;
      for (int k = 0; k < models; ++k) {
        const T* dk = d.data() + k * kBlock;
        const T alone = scale == nullptr ? T(1) : static_cast<T>(scale[k]);
        for (int64_t j = 0; j < m; ++j) {
          const T taken = (dk[j] < 0 ? -dk[j] : dk[j]) > least ? dk[j] : T(0);
          sum[j] += taken * (active[j] == 1 ? alone : T(1));
        }
      }
      round(sum, m);
      for (int64_t j = 0; j < m; ++j) sum[j] /= active[j] > 1 ? static_cast<T>(active[j]) : T(1);
      round(sum, m);
      for (int64_t j = 0; j < m; ++j) b[j] = active[j] > 0 ? b[j] + sum[j] : b[j];
      round(b, m);
      store_block(at(out, out_dtype, i), out_dtype, b, m);
    }
  });
}

}  // namespace wz::WZ_ISA
