#include "wootz/linear.h"
#include <algorithm>
#include "base/packed_weight.h"
#include "base/quantized_row.h"
#include "base/threads.h"
#include "capi/check.h"
#include "capi/table.h"

using wz::Check;

namespace {

std::string named(const char* list, int64_t i, const char* field) { return std::string(list) + "[" + std::to_string(i) + "]." + field; }

std::string shape_text(const wz_weight& w) { return "[" + std::to_string(w.rows) + ", " + std::to_string(w.cols) + "]"; }

void aligned(const Check& check, const std::string& name, const void* p) {
  if (reinterpret_cast<uintptr_t>(p) % wz::kLine != 0) check.refuse(WZ_INVALID_ARGUMENT, name + ": found an address that is no multiple of 64");
}

// A block type with a packed layout.
const wz::PackedType& packs(const Check& check, const std::string& name, int32_t dtype) {
  const wz::PackedType* type = wz::packed_type(dtype);
  if (type == nullptr) {
    check.refuse(WZ_UNSUPPORTED, name + ": found dtype " + wz_dtype_name(dtype) + " (" + std::to_string(dtype) +
                                     "), expected q8_0, q4_0, q4_1, q5_0, q5_1, q4_k, q5_k or q6_k: only these have a packed layout");
  }
  return *type;
}

void whole_blocks(const Check& check, const std::string& name, int32_t dtype, int64_t cols) {
  const int32_t block = wz_dtype_block(dtype);
  if (cols % block != 0) {
    check.refuse(WZ_SHAPE_MISMATCH,
                 name + ": found " + std::to_string(cols) + ", expected a multiple of " + std::to_string(block) + " for " + wz_dtype_name(dtype));
  }
}

bool computes_rows(int32_t dtype) { return dtype == WZ_F32 || dtype == WZ_F16 || dtype == WZ_BF16 || wz_dtype_block(dtype) > 1; }

void weight(const Check& check, const char* list, int64_t i, const wz_weight& w, int64_t cols) {
  const int64_t elements = check.shape(w.rows, w.cols);
  check.within(named(list, i, "layout").c_str(), w.layout, WZ_ROWS, WZ_PACKED);
  check.pointer(named(list, i, "data").c_str(), w.data, elements);
  const std::string dtype = named(list, i, "dtype");
  if (w.layout == WZ_PACKED) {
    packs(check, dtype, w.dtype);
    aligned(check, named(list, i, "data"), w.data);
  } else if (!computes_rows(w.dtype)) {
    check.refuse(WZ_UNSUPPORTED, dtype + ": found dtype " + wz_dtype_name(w.dtype) + " (" + std::to_string(w.dtype) +
                                     "), expected f32, f16, bf16 or a block type");
  }
  whole_blocks(check, named(list, i, "cols"), w.dtype, w.cols);
  if (w.cols != cols) {
    check.refuse(WZ_SHAPE_MISMATCH, named(list, i, "weight") + ": found shape " + shape_text(w) + ", expected " + std::to_string(cols) +
                                        " columns as the first has");
  }
}

int64_t packed_bytes(const Check& check, const wz::PackedType& type, int64_t rows, int64_t cols) {
  check.shape(rows, cols);
  whole_blocks(check, "cols", type.dtype, cols);
  int64_t bytes = 0;
  if (__builtin_mul_overflow(wz::packed_tiles(rows), wz::packed_tile_bytes(type, cols), &bytes)) {
    check.refuse(WZ_INVALID_ARGUMENT, "shape: found [" + std::to_string(rows) + ", " + std::to_string(cols) + "], expected fewer than 2^63 bytes");
  }
  return bytes;
}

// Rows of a weight that one piece of work computes: a multiple of a tile. Few rows of x only read the weight, and then a piece is some ten
// microseconds of memory traffic; many reuse what they have read, and then the kernel wants a strip of rows that stays in the cache.
int64_t piece_rows(const wz_weight& w, int64_t m) {
  constexpr int64_t kFew = 8, kStripRows = 64, kPieceBytes = 128 << 10;
  if (m > kFew) return kStripRows;
  const int64_t row_bytes = w.cols / wz_dtype_block(w.dtype) * wz_dtype_block_bytes(w.dtype);
  const int64_t rows = kPieceBytes / std::max<int64_t>(row_bytes, 1) / wz::kTileRows16 * wz::kTileRows16;
  return std::max(rows, wz::kTileRows16);
}

int64_t pieces_of(const wz_weight& w, int64_t m) {
  const int64_t rows = piece_rows(w, m);
  return m > 0 ? (w.rows + rows - 1) / rows : 0;
}

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

void compute(const wz_linear_part& part, const Rows& rows, int64_t piece) {
  const wz_weight& w = part.weight;
  const int64_t height = piece_rows(w, rows.m), begin = piece * height, end = std::min(begin + height, w.rows);
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
    aligned(check, "packed", packed);
    wz::for_each_range(wz::pool_of(pool), wz::packed_tiles(rows), 4, [&](int64_t begin, int64_t end) {
      wz::pack_tiles(packed, weight, type, rows, cols, begin, end);
    });
  });
}

int64_t wz_linear_scratch(int64_t m, int64_t cols) {
  const int64_t blocks = (cols + wz::kBlockCols - 1) / wz::kBlockCols;
  return m * blocks * static_cast<int64_t>(sizeof(wz::QuantizedBlock));
}

wz_status wz_linear(const wz_linear_part* parts, int32_t count, const float* x, int64_t x_stride, int64_t m, void* scratch, wz_threads* pool) {
  return wz::guarded("wz_linear", [&](const Check& check) {
    check.count("count", count);
    check.count("m", m);
    check.pointer("parts", parts, count);
    if (count == 0) return;
    const int64_t cols = parts[0].weight.cols;
    bool quantizes = false;
    int64_t pieces = 0;
    for (int32_t i = 0; i < count; ++i) {
      const wz_linear_part& part = parts[i];
      weight(check, "parts", i, part.weight, cols);
      check.at_least(named("parts", i, "out_stride").c_str(), part.out_stride, part.weight.rows);
      check.pointer(named("parts", i, "out").c_str(), part.out, check.shape(m, part.weight.rows));
      quantizes = quantizes || part.weight.layout == WZ_PACKED;
      pieces += pieces_of(part.weight, m);
    }
    check.at_least("x_stride", x_stride, cols);
    const int64_t elements = check.shape(m, cols);
    check.pointer("x", x, elements);
    if (quantizes) {
      check.pointer("scratch", scratch, elements);
      aligned(check, "scratch", scratch);
      wz::for_each_range(wz::pool_of(pool), m, kQuantizedRows, [&](int64_t begin, int64_t end) {
        wz::active().linear_quantize(scratch, x, x_stride, nullptr, m, begin, end, cols);
      });
    }
    const Rows rows{x, x_stride, nullptr, m, scratch};
    wz::for_each_piece(wz::pool_of(pool), pieces, [&](int64_t piece) {
      const wz_linear_part* part = parts;
      for (int64_t n; piece >= (n = pieces_of(part->weight, m)); ++part) piece -= n;
      compute(*part, rows, piece);
    });
  });
}

wz_status wz_linear_grouped(float* out, const wz_weight* experts, int32_t count, const int32_t* begin, const int32_t* row_of, const float* x,
                            int64_t x_rows, void* scratch, wz_threads* pool) {
  return wz::guarded("wz_linear_grouped", [&](const Check& check) {
    check.at_least("count", count, 1);
    check.count("x_rows", x_rows);
    check.pointer("experts", experts, count);
    check.pointer("begin", begin, count + 1);
    check.within("begin[0]", begin[0], 0, 0);
    const int64_t rows = experts[0].rows, cols = experts[0].cols;
    bool quantizes = false;
    int64_t pieces = 0;
    for (int32_t e = 0; e < count; ++e) {
      weight(check, "experts", e, experts[e], cols);
      if (experts[e].rows != rows) {
        check.refuse(WZ_SHAPE_MISMATCH, named("experts", e, "weight") + ": found shape " + shape_text(experts[e]) + ", expected " +
                                            shape_text(experts[0]) + " as the first has");
      }
      check.at_least(("begin[" + std::to_string(e + 1) + "]").c_str(), begin[e + 1], begin[e]);
      quantizes = quantizes || experts[e].layout == WZ_PACKED;
      pieces += pieces_of(experts[e], begin[e + 1] - begin[e]);
    }
    const int64_t assignments = begin[count];
    check.pointer("out", out, check.shape(assignments, rows));
    check.pointer("x", x, check.shape(x_rows, cols));
    if (row_of == nullptr) {
      check.at_least("x_rows", x_rows, assignments);
    } else {
      for (int64_t i = 0; i < assignments; ++i) check.within(("row_of[" + std::to_string(i) + "]").c_str(), row_of[i], 0, x_rows - 1);
    }
    // Expert e's rows of x are those of its assignments; quantized, they are one set of panels for each expert.
    const auto rows_of = [&](int32_t e) {
      const int64_t first = begin[e], m = begin[e + 1] - first;
      char* quantized = scratch != nullptr ? static_cast<char*>(scratch) + wz_linear_scratch(first, cols) : nullptr;
      return row_of != nullptr ? Rows{x, cols, row_of + first, m, quantized} : Rows{x + first * cols, cols, nullptr, m, quantized};
    };
    if (quantizes && assignments * cols > 0) {
      check.pointer("scratch", scratch);
      aligned(check, "scratch", scratch);
      wz::for_each_piece(wz::pool_of(pool), count, [&](int64_t e) {
        const Rows r = rows_of(static_cast<int32_t>(e));
        if (experts[e].layout == WZ_PACKED && r.m > 0) {
          wz::active().linear_quantize(const_cast<void*>(r.quantized), r.x, r.stride, r.row_of, r.m, 0, r.m, cols);
        }
      });
    }
    wz::for_each_piece(wz::pool_of(pool), pieces, [&](int64_t piece) {
      int32_t e = 0;
      for (int64_t n; piece >= (n = pieces_of(experts[e], begin[e + 1] - begin[e])); ++e) piece -= n;
      compute({experts[e], nullptr, out + begin[e] * rows, rows, 0}, rows_of(e), piece);
    });
  });
}
