#include "capi/arguments.h"
#include "matmul/linear.h"
#include "matmul/packed_layout.h"
namespace wz::cuda {
namespace {
[[noreturn]] void none(int32_t dtype) { refuse(WZ_UNSUPPORTED, "found dtype " + std::to_string(dtype) + ", which has no CUDA kernel yet"); }
}  // namespace
int64_t quantized_bytes(int64_t rows, int64_t cols) { return rows * packed_units(cols) * kXUnitBytes; }
void linear_quantize(const LinearInput&, void*, cudaStream_t) { refuse(WZ_UNSUPPORTED, "packed weights have no CUDA kernel yet"); }
void linear_pack(void*, const void*, int32_t dtype, int64_t, int64_t, cudaStream_t) { none(dtype); }
void linear_rows(const DenseLinear&, int32_t dtype, cudaStream_t) { none(dtype); }
void linear_rows(const GroupedLinear&, int32_t dtype, cudaStream_t) { none(dtype); }
void linear_packed(const DenseLinear&, int32_t dtype, cudaStream_t) { none(dtype); }
void linear_packed(const GroupedLinear&, int32_t dtype, cudaStream_t) { none(dtype); }
}  // namespace wz::cuda
