/* Linear layers on CUDA devices: the operations of wootz/linear.h, out = x W^T + bias, on device memory.

   Weights (wz_weight: the struct is host memory, data device memory)
   - WZ_ROWS: f32, f16 or bf16, row-major as the file has it. Activations are float32, sums too, by fused multiply-add.
   - WZ_PACKED: the device's own layout, made by wz_cuda_pack on the device (q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k, q6_k); it is not the
     CPU's. Activations are the 16-bit numbers of wootz/linear.h with a scale for each 32, products of a block are summed exactly.

   A row of out depends on its row of x and on the weight alone, bit for bit: not on m, the other rows, the parts, strides or alignment. The
   sum over the columns is cut at places that follow from their number alone, so it differs from the CPU's in the order of its additions.

   Arrays of parts and experts and the structs in them are host memory and may be reused at once. Nothing synchronises, allocates or reads
   device memory on the host: every operation can be captured into a graph. */
#ifndef WOOTZ_CUDA_LINEAR_H
#define WOOTZ_CUDA_LINEAR_H

#include <stdint.h>
#include "wootz/cuda.h"
#include "wootz/linear.h"
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Experts of one call of wz_cuda_linear_grouped at most. */
#define WZ_CUDA_EXPERTS 256

/* Bytes of a packed weight [rows, cols] on the device. WZ_UNSUPPORTED for a type without a packed layout, WZ_SHAPE_MISMATCH where cols is
   no multiple of the type's block. */
WZ_API wz_status wz_cuda_packed_bytes(int64_t* bytes, int32_t dtype, int64_t rows, int64_t cols);

/* packed = weight [rows, cols], row-major blocks as in a GGUF file. Both device memory, packed aligned to 64 bytes, weight to 2; they must
   not overlap. */
WZ_API wz_status wz_cuda_pack(void* packed, const void* weight, int32_t dtype, int64_t rows, int64_t cols, wz_cuda_stream* stream);

/* Bytes of scratch that wz_cuda_linear and wz_cuda_linear_grouped need for m rows of x of this length. */
WZ_API int64_t wz_cuda_linear_scratch(int64_t m, int64_t cols);

/* For every part: out [m, weight.rows] (+)= x [m, cols] W^T + bias. Row i of x at x + i * x_stride. All parts have the same cols, and may
   not share memory of out. scratch: device memory, wz_cuda_linear_scratch bytes, 64-byte aligned; may be NULL when no weight is packed. */
WZ_API wz_status wz_cuda_linear(const wz_linear_part* parts, int32_t count, const float* x, int64_t x_stride, int64_t m, void* scratch,
                                wz_cuda_stream* stream);

/* Mixture of experts: assignment i of expert e (begin[e] <= i < begin[e + 1]) is row i of out [assignments, rows] =
   x[row_of[i]] W_e^T; row_of NULL: row i of x. begin [count + 1], ascending from 0, and row_of are device memory: out must have room for
   `assignments` rows, the most that begin[count] can be, and rows from begin[count] on are left as they are. All experts have the same
   shape; at most WZ_CUDA_EXPERTS. A row_of outside [0, x_rows) gives a row of NaN. scratch: wz_cuda_linear_scratch(x_rows, cols). */
WZ_API wz_status wz_cuda_linear_grouped(float* out, const wz_weight* experts, int32_t count, const int32_t* begin, const int32_t* row_of,
                                        const float* x, int64_t x_rows, int64_t assignments, void* scratch, wz_cuda_stream* stream);

#ifdef __cplusplus
}
#endif
#endif
