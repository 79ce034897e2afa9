// q4_k weights: see linear_packed.cuh.
#include "matmul/linear_packed.cuh"

namespace wz::cuda {

void linear_q4_k(const DenseLinear& linear, cudaStream_t stream) { launch_packed<WZ_Q4_K>(linear, linear.x.rows, stream); }
void linear_q4_k(const GroupedLinear& linear, cudaStream_t stream) { launch_packed<WZ_Q4_K>(linear, linear.assignments, stream); }

}  // namespace wz::cuda
