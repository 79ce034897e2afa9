// q5_0 weights: see linear_packed.cuh.
#include "matmul/linear_packed.cuh"

namespace wz::cuda {

void linear_q5_0(const DenseLinear& linear, cudaStream_t stream) { launch_packed<WZ_Q5_0>(linear, linear.x.rows, stream); }
void linear_q5_0(const GroupedLinear& linear, cudaStream_t stream) { launch_packed<WZ_Q5_0>(linear, linear.assignments, stream); }

}  // namespace wz::cuda
