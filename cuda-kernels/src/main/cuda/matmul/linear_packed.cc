// Packed weights by their type; each type's kernels are compiled apart.
#include "matmul/linear.h"
#include "wootz/dtype.h"

namespace wz::cuda {

void linear_q8_0(const DenseLinear& linear, cudaStream_t stream);
void linear_q8_0(const GroupedLinear& linear, cudaStream_t stream);
void linear_q4_0(const DenseLinear& linear, cudaStream_t stream);
void linear_q4_0(const GroupedLinear& linear, cudaStream_t stream);
void linear_q4_1(const DenseLinear& linear, cudaStream_t stream);
void linear_q4_1(const GroupedLinear& linear, cudaStream_t stream);
void linear_q5_0(const DenseLinear& linear, cudaStream_t stream);
void linear_q5_0(const GroupedLinear& linear, cudaStream_t stream);
void linear_q5_1(const DenseLinear& linear, cudaStream_t stream);
void linear_q5_1(const GroupedLinear& linear, cudaStream_t stream);
void linear_q4_k(const DenseLinear& linear, cudaStream_t stream);
void linear_q4_k(const GroupedLinear& linear, cudaStream_t stream);
void linear_q5_k(const DenseLinear& linear, cudaStream_t stream);
void linear_q5_k(const GroupedLinear& linear, cudaStream_t stream);
void linear_q6_k(const DenseLinear& linear, cudaStream_t stream);
void linear_q6_k(const GroupedLinear& linear, cudaStream_t stream);

namespace {

template <class Linear>
void by_type(const Linear& linear, int32_t dtype, cudaStream_t stream) {
  switch (dtype) {
    case WZ_Q8_0: linear_q8_0(linear, stream); break;
    case WZ_Q4_0: linear_q4_0(linear, stream); break;
    case WZ_Q4_1: linear_q4_1(linear, stream); break;
    case WZ_Q5_0: linear_q5_0(linear, stream); break;
    case WZ_Q5_1: linear_q5_1(linear, stream); break;
    case WZ_Q4_K: linear_q4_k(linear, stream); break;
    case WZ_Q5_K: linear_q5_k(linear, stream); break;
    default: linear_q6_k(linear, stream); break;
  }
}

}  // namespace

void linear_packed(const DenseLinear& linear, int32_t dtype, cudaStream_t stream) { by_type(linear, dtype, stream); }
void linear_packed(const GroupedLinear& linear, int32_t dtype, cudaStream_t stream) { by_type(linear, dtype, stream); }

}  // namespace wz::cuda
