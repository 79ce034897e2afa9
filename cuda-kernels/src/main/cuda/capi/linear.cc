// The C face of the linear layers: arguments checked as on the CPU, products sorted by the kernel that takes them.
#include "wootz/linear.h"
#include <algorithm>
#include <string>
#include <vector>
#include "capi/arguments.h"
#include "common/launch.h"
#include "matmul/linear.h"
#include "matmul/packed_layout.h"

namespace wz::cuda {
namespace {

constexpr int64_t kMostIndex = 0x7FFFFFFF;  // rows and columns are 32-bit numbers in the kernels

std::string shape_text(const wz_weight& w) { return "[" + std::to_string(w.rows) + ", " + std::to_string(w.cols) + "]"; }
std::string dtype_text(int32_t dtype) { return "dtype " + std::to_string(dtype); }

const PackedLayout& packs(const std::string& name, int32_t dtype) {
  const PackedLayout* layout = packed_layout(dtype);
  if (layout == nullptr) {
    refuse(WZ_UNSUPPORTED, name + ": found " + dtype_text(dtype) +
                               ", expected q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k or q6_k: only these have a packed layout");
  }
  return *layout;
}

void check_cols(const std::string& name, const PackedLayout& layout, int64_t cols) {
  const int64_t block = layout.units * kUnitCols == 256 ? 256 : kBlockCols;
  if (cols % block != 0) {
    refuse(WZ_SHAPE_MISMATCH, name + ": found " + std::to_string(cols) + ", expected a multiple of " + std::to_string(block) + " for " +
                                  dtype_text(layout.dtype));
  }
}

int64_t packed_bytes(const PackedLayout& layout, int64_t rows, int64_t cols) {
  check_shape(rows, cols);
  check_within("rows", rows, 0, kMostIndex);
  check_within("cols", cols, 0, kMostIndex);
  check_cols("cols", layout, cols);
  return packed_tiles(rows) * (packed_units(cols) / layout.units) * layout.record();
}

// "parts[1]": put together only where it is told, a decoding step makes thousands of these checks.
struct Item {
  const char* list;
  int32_t i;
  std::string field(const char* field) const { return std::string(list) + "[" + std::to_string(i) + "]" + field; }
};

void check_weight(const Item& item, const wz_weight& w, int64_t cols, OneDevice& memory) {
  const int64_t elements = check_shape(w.rows, w.cols);
  if (w.rows > kMostIndex) check_within(item.field(".rows"), w.rows, 0, kMostIndex);
  if (w.cols > kMostIndex) check_within(item.field(".cols"), w.cols, 0, kMostIndex);
  if (w.layout != WZ_ROWS && w.layout != WZ_PACKED) check_within(item.field(".layout"), w.layout, WZ_ROWS, WZ_PACKED);
  if (w.layout == WZ_PACKED) {
    check_cols(item.field(".cols"), packs(item.field(".dtype"), w.dtype), w.cols);
    if (!aligned(w.data, 64)) check_aligned(item.field(".data"), w.data, 64);
  } else {
    if (w.dtype != WZ_F32 && w.dtype != WZ_F16 && w.dtype != WZ_BF16) {
      refuse(WZ_UNSUPPORTED, item.field(".dtype") + ": found " + dtype_text(w.dtype) +
                                 " by rows, expected f32, f16 or bf16; block types have to be packed (wz_cuda_pack)");
    }
    const uintptr_t bytes = w.dtype == WZ_F32 ? 4 : 2;
    if (!aligned(w.data, bytes)) check_aligned(item.field(".data"), w.data, bytes);
  }
  if (w.cols != cols) {
    refuse(WZ_SHAPE_MISMATCH,
           item.field("") + ": found shape " + shape_text(w) + ", expected " + std::to_string(cols) + " columns as the first has");
  }
  if (elements > 0) memory.tensor(item.list, w.data, elements);
}

// x as the kernels see it; the packed ones see it quantized into scratch, by `quantize` before the first of them runs.
LinearInput input(const float* x, int64_t stride, int64_t rows, int64_t cols, const void* scratch) {
  return {x, stride, static_cast<int32_t>(rows), static_cast<int32_t>(cols), aligned(x) && stride % 4 == 0, scratch};
}

void check_scratch(const void* scratch, int64_t elements, OneDevice& memory) {
  memory.tensor("scratch", scratch, elements);
  check_aligned("scratch", scratch, 64);
}

bool same_kernel(const wz_weight& a, const wz_weight& b) { return a.dtype == b.dtype && a.layout == b.layout; }

template <class Linear>
void launch(const Linear& linear, const wz_weight& w, cudaStream_t stream) {
  if (w.layout == WZ_PACKED) {
    linear_packed(linear, w.dtype, stream);
  } else {
    linear_rows(linear, w.dtype, stream);
  }
}

}  // namespace
}  // namespace wz::cuda

using wz::cuda::check_at_least;
using wz::cuda::guarded;
using wz::cuda::refuse;

wz_status wz_cuda_packed_bytes(int64_t* bytes, int32_t dtype, int64_t rows, int64_t cols) {
  return guarded("wz_cuda_packed_bytes", [&] {
    wz::cuda::check_host("bytes", bytes);
    *bytes = wz::cuda::packed_bytes(wz::cuda::packs("dtype", dtype), rows, cols);
  });
}

wz_status wz_cuda_pack(void* packed, const void* weight, int32_t dtype, int64_t rows, int64_t cols, wz_cuda_stream* stream) {
  return guarded("wz_cuda_pack", [&] {
    using namespace wz::cuda;
    const int64_t bytes = packed_bytes(packs("dtype", dtype), rows, cols);
    if (bytes == 0) return;
    OneDevice memory;
    memory.tensor("packed", packed, bytes);
    memory.tensor("weight", weight, bytes);
    check_aligned("packed", packed, 64);
    check_aligned("weight", weight, 2);
    CurrentDevice current(memory.device());
    linear_pack(packed, weight, dtype, rows, cols, stream_of(stream));
  });
}

int64_t wz_cuda_linear_scratch(int64_t m, int64_t cols) { return wz::cuda::quantized_bytes(m, cols); }

wz_status wz_cuda_linear(const wz_linear_part* parts, int32_t count, const float* x, int64_t x_stride, int64_t m, void* scratch,
                         wz_cuda_stream* stream) {
  return guarded("wz_cuda_linear", [&] {
    using namespace wz::cuda;
    check_at_least("count", count, 0);
    check_within("m", m, 0, kMostIndex);
    if (count == 0) return;
    check_host("parts", parts);
    const int64_t cols = parts[0].weight.cols;
    OneDevice memory;
    bool packed = false;
    for (int32_t i = 0; i < count; ++i) {
      const wz_linear_part& part = parts[i];
      const Item item = {"parts", i};
      check_weight(item, part.weight, cols, memory);
      if (part.out_stride < part.weight.rows) check_at_least(item.field(".out_stride"), part.out_stride, part.weight.rows);
      if (m * part.weight.rows > 0) memory.tensor("parts.out", part.out);
      if (part.bias != nullptr) memory.tensor("parts.bias", part.bias, part.weight.rows);
      packed = packed || part.weight.layout == WZ_PACKED;
    }
    check_at_least("x_stride", x_stride, cols);
    const int64_t elements = check_shape(m, cols);
    memory.tensor("x", x, elements);
    if (packed) check_scratch(scratch, elements, memory);
    if (m == 0) return;
    CurrentDevice current(memory.device());
    const LinearInput in = input(x, x_stride, m, cols, scratch);
    if (packed) linear_quantize(in, scratch, stream_of(stream));
    std::vector<bool> done(static_cast<size_t>(count), false);
    for (int32_t i = 0; i < count; ++i) {
      DenseLinear linear = {in, 0, {}};
      for (int32_t k = i; k < count && linear.count < kLinearParts; ++k) {
        const wz_linear_part& part = parts[k];
        if (done[static_cast<size_t>(k)] || !same_kernel(part.weight, parts[i].weight)) continue;
        done[static_cast<size_t>(k)] = true;
        if (part.weight.rows == 0) continue;
        linear.part[linear.count++] = {part.weight.data, part.bias, part.out, part.out_stride, static_cast<int32_t>(part.weight.rows), part.add};
      }
      if (linear.count > 0) launch(linear, parts[i].weight, stream_of(stream));
    }
  });
}

wz_status wz_cuda_linear_grouped(float* out, const wz_weight* experts, int32_t count, const int32_t* begin, const int32_t* row_of,
                                 const float* x, int64_t x_rows, int64_t assignments, void* scratch, wz_cuda_stream* stream) {
  return guarded("wz_cuda_linear_grouped", [&] {
    using namespace wz::cuda;
    check_within("count", count, 1, WZ_CUDA_EXPERTS);
    check_within("x_rows", x_rows, 0, kMostIndex);
    check_within("assignments", assignments, 0, kMostIndex);
    if (row_of == nullptr) check_at_least("x_rows", x_rows, assignments);
    check_host("experts", experts);
    const int64_t rows = experts[0].rows, cols = experts[0].cols;
    OneDevice memory;
    bool packed = false;
    for (int32_t e = 0; e < count; ++e) {
      check_weight({"experts", e}, experts[e], cols, memory);
      if (experts[e].rows != rows) {
        refuse(WZ_SHAPE_MISMATCH, Item{"experts", e}.field("") + ": found shape " + shape_text(experts[e]) + ", expected " +
                                      shape_text(experts[0]) + " as the first has");
      }
      packed = packed || experts[e].layout == WZ_PACKED;
    }
    memory.tensor("begin", begin);
    if (row_of != nullptr) memory.tensor("row_of", row_of, assignments);
    memory.tensor("out", out, check_shape(assignments, rows));
    memory.tensor("x", x, check_shape(x_rows, cols));
    if (packed) check_scratch(scratch, x_rows * cols, memory);
    if (assignments == 0 || rows == 0) return;
    CurrentDevice current(memory.device());
    GroupedLinear linear = {input(x, cols, x_rows, cols, scratch), begin, row_of, out, count, static_cast<int32_t>(rows),
                            static_cast<int32_t>(assignments), {}};
    if (packed && x_rows > 0) linear_quantize(linear.x, scratch, stream_of(stream));
    std::vector<bool> done(static_cast<size_t>(count), false);
    for (int32_t i = 0; i < count; ++i) {
      if (done[static_cast<size_t>(i)]) continue;
      for (int32_t e = i; e < count; ++e) {
        const bool same = !done[static_cast<size_t>(e)] && same_kernel(experts[e], experts[i]);
        linear.weight[e] = same ? experts[e].data : nullptr;
        if (same) done[static_cast<size_t>(e)] = true;
      }
      launch(linear, experts[i], stream_of(stream));
      std::fill(linear.weight, linear.weight + count, nullptr);
    }
  });
}
