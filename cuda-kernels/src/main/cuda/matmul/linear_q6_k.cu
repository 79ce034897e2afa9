// q6_k weights: see linear_packed.cuh.
#include "matmul/linear_packed.cuh"

namespace wz::cuda {

void linear_q6_k(const DenseLinear& linear, cudaStream_t stream) { launch_packed<WZ_Q6_K>(linear, linear.x.rows, stream); }
void linear_q6_k(const GroupedLinear& linear, cudaStream_t stream) { launch_packed<WZ_Q6_K>(linear, linear.assignments, stream); }

}  // namespace wz::cuda
