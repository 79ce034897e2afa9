#include "wootz/linear.h"
#include <algorithm>
#include "base/packed_weight.h"
#include "base/quantized_row.h"
#include "base/threads.h"
#include "capi/check.h"
#include "capi/table.h"

using wz::Check;

namespace {

// "parts[1].out": put together only where it is told, a decoding step makes thousands of these checks.
struct Field {
  const char* list;
  int64_t i;
  const char* field;
  std::string name() const { return std::string(list) + "[" + std::to_string(i) + "]" + field; }
};

std::string shape_text(const wz_weight& w) { return "[" + std::to_string(w.rows) + ", " + std::to_string(w.cols) + "]"; }
std::string dtype_text(int32_t dtype) { return std::string("dtype ") + wz_dtype_name(dtype) + " (" + std::to_string(dtype) + ")"; }

void at_least(const Check& check, const Field& field, int64_t n, int64_t least) {
  if (n < least) check.at_least(field.name().c_str(), n, least);
}
void within(const Check& check, const Field& field, int64_t n, int64_t least, int64_t most) {
  if (n < least || n > most) check.within(field.name().c_str(), n, least, most);
}
void pointer(const Check& check, const Field& field, const void* p, int64_t elements) {
  if (p == nullptr) check.pointer(field.name().c_str(), p, elements);
}

bool aligned(const void* p) { return reinterpret_cast<uintptr_t>(p) % wz::kLine == 0; }
[[noreturn]] void refuse_alignment(const Check& check, const std::string& name) {
  check.refuse(WZ_INVALID_ARGUMENT, name + ": found an address that is no multiple of 64");
}

// A block type with a packed layout.
const wz::PackedType& packs(const Check& check, const char* name, int32_t dtype) {
  const wz::PackedType* type = wz::packed_type(dtype);
  if (type == nullptr) {
    check.refuse(WZ_UNSUPPORTED, std::string(name) + ": found " + dtype_text(dtype) +
                                     ", expected q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k or q6_k: only these have a packed layout");
  }
  return *type;
}

[[noreturn]] void refuse_columns(const Check& check, const std::string& name, int32_t dtype, int64_t cols) {
  check.refuse(WZ_SHAPE_MISMATCH, name + ": found " + std::to_string(cols) + ", expected a multiple of " +
                                      std::to_string(wz_dtype_block(dtype)) + " for " + wz_dtype_name(dtype));
}

void weight(const Check& check, const char* list, int64_t i, const wz_weight& w, int64_t cols) {
  const int64_t elements = check.shape(w.rows, w.cols);
  within(check, {list, i, ".layout"}, w.layout, WZ_ROWS, WZ_PACKED);
  pointer(check, {list, i, ".data"}, w.data, elements);
  const Field dtype{list, i, ".dtype"};
  if (w.layout == WZ_PACKED) {
    if (wz::packed_type(w.dtype) == nullptr) packs(check, dtype.name().c_str(), w.dtype);
    if (!aligned(w.data)) refuse_alignment(check, Field{list, i, ".data"}.name());
  } else if (w.dtype != WZ_F32 && w.dtype != WZ_F16 && w.dtype != WZ_BF16 && wz_dtype_block(w.dtype) <= 1) {
    check.refuse(WZ_UNSUPPORTED, dtype.name() + ": found " + dtype_text(w.dtype) + ", expected f32, f16, bf16 or a block type");
  }
  if (w.cols % wz_dtype_block(w.dtype) != 0) refuse_columns(check, Field{list, i, ".cols"}.name(), w.dtype, w.cols);
  if (w.cols != cols) {
    check.refuse(WZ_SHAPE_MISMATCH,
                 Field{list, i, ""}.name() + ": found shape " + shape_text(w) + ", expected " + std::to_string(cols) + " columns as the first has");
  }
}

int64_t packed_bytes(const Check& check, const wz::PackedType& type, int64_t rows, int64_t cols) {
  check.shape(rows, cols);
  if (cols % wz_dtype_block(type.dtype) != 0) refuse_columns(check, "cols", type.dtype, cols);
  int64_t bytes = 0;
  if (__builtin_mul_overflow(wz::packed_tiles(rows), wz::packed_tile_bytes(type, cols), &bytes)) {
    check.refuse(WZ_INVALID_ARGUMENT, "shape: found [" + std::to_string(rows) + ", " + std::to_string(cols) + "], expected fewer than 2^63 bytes");
  }
  return bytes;
}

int64_t weight_bytes(const wz_weight& w) { return w.rows * (w.cols / wz_dtype_block(w.dtype)) * wz_dtype_block_bytes(w.dtype); }

// How weights are cut: at multiples of a tile. Few rows of x only read the weight; then all threads get some pieces of equal size, which
// even out what the threads lose to others, but no smaller ones than it takes to stream. Many rows of x reuse what they have read; then the
// kernel wants a strip of rows that stays in the cache.
class Cut {
 public:
  Cut(int64_t bytes, const wz_threads* pool) : bytes_(std::clamp(bytes / (kPiecesOfThread * wz_threads_count(pool)), kLeast, kMost)) {}

  // Rows of one piece of a weight that meets m rows of x, and how many pieces that makes.
  int64_t rows(const wz_weight& w, int64_t m) const {
    if (m > wz::kPanelRows) return kStripRows;
    const int64_t row_bytes = std::max<int64_t>(weight_bytes(w) / std::max<int64_t>(w.rows, 1), 1);
    return std::max(bytes_ / row_bytes / wz::kTileRows16 * wz::kTileRows16, wz::kTileRows16);
  }
  int64_t pieces(const wz_weight& w, int64_t m) const { return m > 0 ? (w.rows + rows(w, m) - 1) / rows(w, m) : 0; }

 private:
  static constexpr int64_t kPiecesOfThread = 6, kLeast = 32 << 10, kMost = 512 << 10, kStripRows = 64;
  int64_t bytes_;
};

// Rows of x: a piece of those to be quantized.
constexpr int64_t kQuantizedRows = 2 * wz::kPanelRows;

// The rows [begin, end) of x that meet one weight.
struct Rows {
  const float* x;
  int64_t stride;
  const int32_t* row_of;
  int64_t m;
  const void* quantized;
};

void compute(const wz_linear_part& part, const Rows& rows, const Cut& cut, int64_t piece) {
  const wz_weight& w = part.weight;
  const int64_t height = cut.rows(w, rows.m), begin = piece * height, end = std::min(begin + height, w.rows);
  if (w.layout == WZ_PACKED) {
    wz::active().linear_packed(part, rows.quantized, rows.m, begin, end);
  } else {
    wz::active().linear_rows(part, rows.x, rows.stride, rows.row_of, rows.m, begin, end);
  }
}

}  // namespace

wz_status wz_packed_bytes(int64_t* bytes, int32_t dtype, int64_t rows, int64_t cols) {
  return wz::guarded("wz_packed_bytes", [&](const Check& check) {
    check.pointer("bytes", bytes);
    *bytes = packed_bytes(check, packs(check, "dtype", dtype), rows, cols);
  });
}

wz_status wz_pack(void* packed, const void* weight, int32_t dtype, int64_t rows, int64_t cols, wz_threads* pool) {
  return wz::guarded("wz_pack", [&](const Check& check) {
    const wz::PackedType& type = packs(check, "dtype", dtype);
    const int64_t bytes = packed_bytes(check, type, rows, cols);
    check.pointer("packed", packed, bytes);
    check.pointer("weight", weight, bytes);
    if (bytes == 0) return;
    if (!aligned(packed)) refuse_alignment(check, "packed");
    wz::for_each_range(wz::pool_of(pool), wz::packed_tiles(rows), 4, [&](int64_t begin, int64_t end) {
      wz::pack_tiles(packed, weight, type, rows, cols, begin, end);
    });
  });
}

int64_t wz_linear_scratch(int64_t m, int64_t cols) {
  const int64_t blocks = (cols + wz::kBlockCols - 1) / wz::kBlockCols;
  return m * blocks * static_cast<int64_t>(sizeof(wz::QuantizedBlock));
}

wz_status wz_linear(const wz_linear_part* parts, int32_t count, const float* x, int64_t x_stride, int64_t m, void* scratch,
    wz_threads* pool) {
  return wz::guarded("wz_linear", [&](const Check& check) {
    check.count("count", count);
    check.count("m", m);
    check.pointer("parts", parts, count);
    if (count == 0) return;
    const int64_t cols = parts[0].weight.cols;
    bool quantizes = false;
    int64_t bytes = 0;
    for (int32_t i = 0; i < count; ++i) {
      const wz_linear_part& part = parts[i];
      weight(check, "parts", i, part.weight, cols);
      at_least(check, {"parts", i, ".out_stride"}, part.out_stride, part.weight.rows);
      pointer(check, {"parts", i, ".out"}, part.out, check.shape(m, part.weight.rows));
      quantizes = quantizes || part.weight.layout == WZ_PACKED;
      bytes += weight_bytes(part.weight);
    }
    check.at_least("x_stride", x_stride, cols);
    const int64_t elements = check.shape(m, cols);
    check.pointer("x", x, elements);
    if (quantizes) {
      check.pointer("scratch", scratch, elements);
      if (!aligned(scratch)) refuse_alignment(check, "scratch");
      wz::for_each_range(wz::pool_of(pool), m, kQuantizedRows, [&](int64_t begin, int64_t end) {
        wz::active().linear_quantize(scratch, x, x_stride, nullptr, m, begin, end, cols);
      });
    }
    const Cut cut(bytes, pool);
    int64_t pieces = 0;
    for (int32_t i = 0; i < count; ++i) pieces += cut.pieces(parts[i].weight, m);
    const Rows rows{x, x_stride, nullptr, m, scratch};
    wz::for_each_piece(wz::pool_of(pool), pieces, [&](int64_t piece) {
      const wz_linear_part* part = parts;
      for (int64_t n; piece >= (n = cut.pieces(part->weight, m)); ++part) piece -= n;
      compute(*part, rows, cut, piece);
    });
  });
}

wz_status wz_linear_grouped(float* out, const wz_weight* experts, int32_t count, const int32_t* begin, const int32_t* row_of,
                            const float* x, int64_t x_rows, void* scratch, wz_threads* pool) {
  return wz::guarded("wz_linear_grouped", [&](const Check& check) {
    check.at_least("count", count, 1);
    check.count("x_rows", x_rows);
    check.pointer("experts", experts, count);
    check.pointer("begin", begin, count + 1);
    check.within("begin[0]", begin[0], 0, 0);
    const int64_t rows = experts[0].rows, cols = experts[0].cols;
    bool quantizes = false;
    int64_t bytes = 0;
    for (int32_t e = 0; e < count; ++e) {
      weight(check, "experts", e, experts[e], cols);
      if (experts[e].rows != rows) {
        check.refuse(WZ_SHAPE_MISMATCH, Field{"experts", e, ""}.name() + ": found shape " + shape_text(experts[e]) + ", expected " +
                                            shape_text(experts[0]) + " as the first has");
      }
      at_least(check, {"begin", e + 1, ""}, begin[e + 1], begin[e]);
      quantizes = quantizes || experts[e].layout == WZ_PACKED;
      if (begin[e + 1] > begin[e]) bytes += weight_bytes(experts[e]);
    }
    const int64_t assignments = begin[count];
    check.pointer("out", out, check.shape(assignments, rows));
    check.pointer("x", x, check.shape(x_rows, cols));
    if (row_of == nullptr) {
      check.at_least("x_rows", x_rows, assignments);
    } else {
      for (int64_t i = 0; i < assignments; ++i) within(check, {"row_of", i, ""}, row_of[i], 0, x_rows - 1);
    }
    // Expert e's rows of x are those of its assignments; quantized, they are one set of panels for each expert.
    const auto rows_of = [&](int32_t e) {
      const int64_t first = begin[e], m = begin[e + 1] - first;
      char* quantized = scratch != nullptr ? static_cast<char*>(scratch) + wz_linear_scratch(first, cols) : nullptr;
      return row_of != nullptr ? Rows{x, cols, row_of + first, m, quantized} : Rows{x + first * cols, cols, nullptr, m, quantized};
    };
    if (quantizes && assignments * cols > 0) {
      check.pointer("scratch", scratch);
      if (!aligned(scratch)) refuse_alignment(check, "scratch");
      wz::for_each_piece(wz::pool_of(pool), count, [&](int64_t e) {
        const Rows r = rows_of(static_cast<int32_t>(e));
        if (experts[e].layout == WZ_PACKED && r.m > 0) {
          wz::active().linear_quantize(const_cast<void*>(r.quantized), r.x, r.stride, r.row_of, r.m, 0, r.m, cols);
        }
      });
    }
    const Cut cut(bytes, pool);
    int64_t pieces = 0;
    for (int32_t e = 0; e < count; ++e) pieces += cut.pieces(experts[e], begin[e + 1] - begin[e]);
    wz::for_each_piece(wz::pool_of(pool), pieces, [&](int64_t piece) {
      int32_t e = 0;
      for (int64_t n; piece >= (n = cut.pieces(experts[e], begin[e + 1] - begin[e])); ++e) piece -= n;
      compute({experts[e], nullptr, out + begin[e] * rows, rows, 0}, rows_of(e), cut, piece);
    });
  });
}
