// q4_1 weights: see linear_packed.cuh.
#include "matmul/linear_packed.cuh"

namespace wz::cuda {

void linear_q4_1(const DenseLinear& linear, cudaStream_t stream) { launch_packed<WZ_Q4_1>(linear, linear.x.rows, stream); }
void linear_q4_1(const GroupedLinear& linear, cudaStream_t stream) { launch_packed<WZ_Q4_1>(linear, linear.assignments, stream); }

}  // namespace wz::cuda
