// Linear layers: what travels to the kernels, and their launches.
#pragma once
#include <cuda_runtime_api.h>
#include <cstdint>
#include "wootz/cuda_linear.h"

namespace wz::cuda {

constexpr int kLinearParts = 8;  // of one launch

struct LinearOutput {
  const void* weight;
  const float* bias;  // or nullptr
  float* out;
  int64_t out_stride;
  int32_t rows;
  int32_t add;
};

// Which rows of x meet a weight.
struct LinearInput {
  const float* x;
  int64_t stride;   // in elements
  int32_t rows;     // of x
  int32_t cols;
  bool aligned;     // x and stride to 16 bytes
  const void* quantized;  // packed_layout.h; for WZ_PACKED
};

// Some products that share x and the type of their weights: rows 0 .. x.rows of x meet each part.
struct DenseLinear {
  LinearInput x;
  int32_t count;
  LinearOutput part[kLinearParts];
};

// Experts of one type; those with a weight of nullptr have another type and are skipped. Rows begin[e] .. begin[e + 1] of out belong to e.
struct GroupedLinear {
  LinearInput x;
  const int32_t* begin;   // [count + 1], device
  const int32_t* row_of;  // device, or nullptr
  float* out;
  int32_t count;
  int32_t rows;           // of each weight
  int32_t assignments;    // at most
  const void* weight[WZ_CUDA_EXPERTS];
};
static_assert(sizeof(GroupedLinear) <= 4096, "a kernel's parameters");

// x [rows, cols] -> quantized (packed_layout.h).
void linear_quantize(const LinearInput& x, void* quantized, cudaStream_t stream);
int64_t quantized_bytes(int64_t rows, int64_t cols);

void linear_pack(void* packed, const void* weight, int32_t dtype, int64_t rows, int64_t cols, cudaStream_t stream);

// By type of the weight. Rows of a float type may have any number of columns and any alignment of their type.
void linear_rows(const DenseLinear& linear, int32_t dtype, cudaStream_t stream);
void linear_rows(const GroupedLinear& linear, int32_t dtype, cudaStream_t stream);
void linear_packed(const DenseLinear& linear, int32_t dtype, cudaStream_t stream);
void linear_packed(const GroupedLinear& linear, int32_t dtype, cudaStream_t stream);

}  // namespace wz::cuda
