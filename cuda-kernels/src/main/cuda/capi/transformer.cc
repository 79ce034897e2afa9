// The C face of the small operations of a decoder layer: the CPU's checks, as far as the host can see.
#include "wootz/cuda_transformer.h"
#include <limits>
#include "capi/arguments.h"
#include "ops/transformer.h"

using namespace wz::cuda;

namespace {

// Elements and bytes of a block of a type that embed takes.
struct BlockSize {
  int64_t elements, bytes;
};

BlockSize block_size(int32_t dtype) {
  switch (dtype) {
    case WZ_F32: return {1, 4};
    case WZ_F16:
    case WZ_BF16: return {1, 2};
    case WZ_F64: return {1, 8};
    case WZ_Q4_0:
    case WZ_Q4_1:
    case WZ_Q5_0:
    case WZ_Q5_1:
    case WZ_Q8_0: return {32, 2};
    default: return {256, 2};
  }
}

// tokens * k as assignments that an int32 can number.
int64_t check_assignments(int64_t tokens, int32_t k) {
  check_within("tokens", tokens, 0, std::numeric_limits<int32_t>::max() / (k > 0 ? k : 1));
  return tokens * k;
}

}  // namespace

wz_status wz_cuda_embed(float* out, const void* table, int32_t dtype, int64_t rows, int64_t cols, const int32_t* ids, int64_t tokens,
                        wz_cuda_stream* stream) {
  return guarded("wz_cuda_embed", [&] {
    if (!embeds(dtype)) {
      refuse(WZ_UNSUPPORTED, "table: found dtype " + std::to_string(dtype) +
                                 ", expected f32, f16, bf16, f64, q4_0, q4_1, q5_0, q5_1, q8_0, q4_k, q5_k or q6_k");
    }
    check_shape(rows, cols);
    const BlockSize block = block_size(dtype);
    if (cols % block.elements != 0) {
      refuse(WZ_INVALID_ARGUMENT, "cols: found " + std::to_string(cols) + ", expected a multiple of " + std::to_string(block.elements) +
                                      ", the block of the table's type");
    }
    const int64_t n = check_shape(tokens, cols);
    if (n == 0) return;
    OneDevice memory;
    memory.tensor("out", out);
    memory.tensor("table", table, rows);
    memory.tensor("ids", ids);
    check_aligned("table", table, static_cast<uintptr_t>(block.bytes));
    CurrentDevice current(memory.device());
    embed(out, table, dtype, rows, cols, ids, tokens, stream_of(stream));
  });
}

wz_status wz_cuda_rms_norm(float* out, float* x, const float* add, const float* weight, double epsilon, int64_t rows, int64_t cols,
                           wz_cuda_stream* stream) {
  return guarded("wz_cuda_rms_norm", [&] {
    const int64_t n = check_shape(rows, cols);
    if (!(epsilon >= 0)) refuse(WZ_INVALID_ARGUMENT, "epsilon: found " + std::to_string(epsilon) + ", expected 0 or more");
    if (n == 0) return;
    OneDevice memory;
    memory.tensor("x", x);
    memory.tensor("weight", weight);
    memory.tensor("out", out);
    memory.optional("add", add);
    CurrentDevice current(memory.device());
    rms_norm(out, x, add, weight, epsilon, rows, cols, stream_of(stream));
  });
}

wz_status wz_cuda_swiglu(float* out, const float* gate, const float* up, int64_t rows, int64_t cols, wz_cuda_stream* stream) {
  return guarded("wz_cuda_swiglu", [&] {
    const int64_t n = check_shape(rows, cols);
    if (n == 0) return;
    OneDevice memory;
    memory.tensor("gate", gate);
    memory.tensor("up", up);
    memory.tensor("out", out);
    CurrentDevice current(memory.device());
    swiglu(out, gate, up, n, stream_of(stream));
  });
}

wz_status wz_cuda_moe_route(int32_t* expert, float* weight, const float* logits, int64_t tokens, int32_t experts, int32_t k, int32_t normalize,
                            wz_cuda_stream* stream) {
  return guarded("wz_cuda_moe_route", [&] {
    check_at_least("experts", experts, 1);
    check_within("k", k, 1, experts);
    if (check_assignments(tokens, k) == 0) return;
    OneDevice memory;
    memory.tensor("expert", expert);
    memory.tensor("weight", weight);
    memory.tensor("logits", logits);
    CurrentDevice current(memory.device());
    moe_route(expert, weight, logits, tokens, experts, k, normalize != 0, stream_of(stream));
  });
}

wz_status wz_cuda_moe_sort(int32_t* begin, int32_t* row_of, int32_t* place, const int32_t* expert, int64_t tokens, int32_t experts, int32_t k,
                           wz_cuda_stream* stream) {
  return guarded("wz_cuda_moe_sort", [&] {
    check_at_least("experts", experts, 1);
    check_at_least("k", k, 1);
    const int64_t n = check_assignments(tokens, k);
    OneDevice memory;
    memory.tensor("begin", begin);
    memory.tensor("row_of", row_of, n);
    memory.tensor("place", place, n);
    memory.tensor("expert", expert, n);
    CurrentDevice current(memory.device());
    moe_sort(begin, row_of, place, expert, static_cast<int32_t>(n), experts, k, stream_of(stream));
  });
}

wz_status wz_cuda_moe_combine(float* out, const float* y, const int32_t* place, const float* weight, int64_t tokens, int32_t k, int64_t cols,
                              wz_cuda_stream* stream) {
  return guarded("wz_cuda_moe_combine", [&] {
    check_at_least("k", k, 1);
    if (check_shape(check_assignments(tokens, k), cols) == 0) return;
    OneDevice memory;
    memory.tensor("y", y);
    memory.tensor("place", place);
    memory.tensor("weight", weight);
    memory.tensor("out", out);
    CurrentDevice current(memory.device());
    moe_combine(out, y, place, weight, tokens, k, cols, stream_of(stream));
  });
}

wz_status wz_cuda_convert(void* dst, int32_t dst_dtype, const void* src, int32_t src_dtype, int64_t n, wz_cuda_stream* stream) {
  return guarded("wz_cuda_convert", [&] {
    check_at_least("n", n, 0);
    check_dtype("dst", dst_dtype);
    check_dtype("src", src_dtype);
    if (n == 0) return;
    OneDevice memory;
    memory.tensor("dst", dst);
    memory.tensor("src", src);
    CurrentDevice current(memory.device());
    convert(dst, dst_dtype, src, src_dtype, n, stream_of(stream));
  });
}
