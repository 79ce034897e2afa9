// How arrays are cut for the pool: at multiples of WZ_BLOCK, so that a piece computes what the whole would have computed there.
#pragma once
#include <cstdint>
#include <vector>
#include "base/threads.h"
#include "wootz/wootz.h"

namespace wz {

// Elements of one piece: some hundred kilobytes of inputs, against which handing out the piece costs nothing.
constexpr int64_t kPiece = 64 * WZ_BLOCK;

inline void* element(void* p, int32_t dtype, int64_t i) { return static_cast<char*>(p) + i * wz_dtype_bytes(dtype); }
inline wz_model element(wz_model x, int64_t i) {
  return {x.x != nullptr ? static_cast<const char*>(x.x) + i * wz_dtype_bytes(x.dtype) : nullptr, x.dtype};
}

// The same models, seen from element i on.
class ModelsFrom {
 public:
  ModelsFrom(const wz_model* x, int32_t models) : x_(x), from_(static_cast<size_t>(models)) {}
  const wz_model* operator()(int64_t i) {
    for (size_t k = 0; k < from_.size(); ++k) from_[k] = element(x_[k], i);
    return from_.data();
  }

 private:
  const wz_model* x_;
  std::vector<wz_model> from_;
};

// f(row_begin, row_end, col_begin, col_end) over [rows, cols]: whole rows, several in a piece, or parts of one row where rows are long.
template <class F>
void for_each_tile(ThreadPool* pool, int64_t rows, int64_t cols, F&& f) {
  if (rows == 0 || cols == 0) return;
  if (cols <= kPiece) {
    for_each_range(pool, rows, kPiece / cols, [&](int64_t begin, int64_t end) { f(begin, end, int64_t{0}, cols); });
    return;
  }
  const int64_t parts = (cols + kPiece - 1) / kPiece;
  for_each_piece(pool, rows * parts, [&](int64_t piece) {
    const int64_t begin = piece % parts * kPiece;
    f(piece / parts, piece / parts + 1, begin, cols - begin < kPiece ? cols : begin + kPiece);
  });
}

}  // namespace wz
