// The launches behind wootz/cuda_transformer.h, on the current device; arguments are checked, and there is work.
#pragma once
#include <cuda_runtime_api.h>
#include <cstdint>

namespace wz::cuda {

// Whether a table of this type can be embedded.
bool embeds(int32_t dtype);
void embed(float* out, const void* table, int32_t dtype, int64_t rows, int64_t cols, const int32_t* ids, int64_t tokens, cudaStream_t stream);
void rms_norm(float* out, float* x, const float* residual, const float* weight, double epsilon, int64_t rows, int64_t cols, cudaStream_t stream);
void swiglu(float* out, const float* gate, const float* up, int64_t n, cudaStream_t stream);
void moe_route(int32_t* expert, float* weight, const float* logits, int64_t tokens, int32_t experts, int32_t k, bool normalize, cudaStream_t stream);
void moe_sort(int32_t* begin, int32_t* row_of, int32_t* place, const int32_t* expert, int32_t assignments, int32_t experts, int32_t k,
              cudaStream_t stream);
void moe_combine(float* out, const float* y, const int32_t* place, const float* weight, int64_t tokens, int32_t k, int64_t cols,
                 cudaStream_t stream);
void convert(void* dst, int32_t dst_dtype, const void* src, int32_t src_dtype, int64_t n, cudaStream_t stream);

}  // namespace wz::cuda
