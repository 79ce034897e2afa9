// Arithmetic steps that round once each and are never contracted into a fused multiply-add, so that a device gives the CPU's bits.
// On the host the compiler is told so by -ffp-contract=off.
#pragma once

namespace wz::cuda {

#ifdef __CUDA_ARCH__
__device__ inline float multiply(float a, float b) { return __fmul_rn(a, b); }
__device__ inline float add(float a, float b) { return __fadd_rn(a, b); }
__device__ inline float subtract(float a, float b) { return __fsub_rn(a, b); }
__device__ inline float divide(float a, float b) { return __fdiv_rn(a, b); }
__device__ inline double multiply(double a, double b) { return __dmul_rn(a, b); }
__device__ inline double add(double a, double b) { return __dadd_rn(a, b); }
__device__ inline double subtract(double a, double b) { return __dsub_rn(a, b); }
__device__ inline double divide(double a, double b) { return __ddiv_rn(a, b); }
#else
template <class T>
__host__ __device__ inline T multiply(T a, T b) { return a * b; }
template <class T>
__host__ __device__ inline T add(T a, T b) { return a + b; }
template <class T>
__host__ __device__ inline T subtract(T a, T b) { return a - b; }
template <class T>
__host__ __device__ inline T divide(T a, T b) { return a / b; }
#endif

}  // namespace wz::cuda
