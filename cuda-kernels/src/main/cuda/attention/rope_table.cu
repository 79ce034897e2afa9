// table [tokens, 2, dim / 2] = scale * cos(p f_i), scale * sin(p f_i). The CPU's sine and cosine (native, base/sine_cosine.h), operation by
// operation, so that both give the same bits.
#include "attention/attention.h"
#include "common/exact.cuh"
#include "common/launch.h"

namespace wz::cuda {
namespace {

constexpr int kThreads = 128;

struct SineCosine {
  double sine;
  double cosine;
};

// Horner's step: every product and sum rounded.
__device__ inline double step(double p, double z, double next) { return add(multiply(p, z), next); }

// x = k pi / 2 + r, |r| <= pi / 4, with pi / 2 in three parts; Taylor polynomials.
__device__ inline SineCosine sine_cosine(double x) {
  constexpr double kShift = 0x1.8p52;  // adding it rounds to an integer
  const double k = subtract(add(multiply(x, 0x1.45f306dc9c883p-1), kShift), kShift);
  double r = fma(-k, 0x1.921fb54442d18p0, x);
  r = fma(-k, 0x1.1a62633145c07p-54, r);
  r = fma(-k, -0x1.f1976b7ed8fbcp-110, r);
  const double z = multiply(r, r);
  double s = 1 / 355687428096000.0;
  s = step(s, z, -1 / 1307674368000.0);
  s = step(s, z, 1 / 6227020800.0);
  s = step(s, z, -1 / 39916800.0);
  s = step(s, z, 1 / 362880.0);
  s = step(s, z, -1 / 5040.0);
  s = step(s, z, 1 / 120.0);
  s = step(s, z, -1 / 6.0);
  const double sine = add(r, multiply(r, multiply(z, s)));
  double c = 1 / 20922789888000.0;
  c = step(c, z, -1 / 87178291200.0);
  c = step(c, z, 1 / 479001600.0);
  c = step(c, z, -1 / 3628800.0);
  c = step(c, z, 1 / 40320.0);
  c = step(c, z, -1 / 720.0);
  c = step(c, z, 1 / 24.0);
  c = step(c, z, -0.5);
  const double cosine = add(1.0, multiply(z, c));
  const double quadrant = subtract(k, multiply(4.0, floor(divide(k, 4.0))));
  if (quadrant == 0) return {sine, cosine};
  if (quadrant == 1) return {cosine, -sine};
  if (quadrant == 2) return {-sine, -cosine};
  if (quadrant == 3) return {-cosine, sine};
  return {subtract(x, x), subtract(x, x)};  // of infinity and NaN: NaN
}

__global__ void __launch_bounds__(kThreads) rope_table_kernel(float* table, const int32_t* positions, const double* frequency, double scale, int64_t tokens, int32_t half) {
  const int64_t at = static_cast<int64_t>(blockIdx.x) * kThreads + threadIdx.x;
  if (at >= tokens * half) return;
  const int64_t t = at / half, i = at % half;
  const SineCosine of = sine_cosine(multiply(static_cast<double>(positions[t]), frequency[i]));
  float* row = table + t * 2 * half;
  row[i] = static_cast<float>(multiply(scale, of.cosine));
  row[half + i] = static_cast<float>(multiply(scale, of.sine));
}

}  // namespace

void rope_table(float* table, const int32_t* positions, const double* frequency, double scale, int64_t tokens, int32_t dim, cudaStream_t stream) {
  rope_table_kernel<<<blocks_of(ceil_divide(tokens * (dim / 2), kThreads)), kThreads, 0, stream>>>(table, positions, frequency, scale, tokens, dim / 2);
  check(cudaGetLastError());
}

}  // namespace wz::cuda
