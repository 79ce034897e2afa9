#include <cstring>
#include "capi/operations.h"
#include "generic/kv_row.h"

namespace wz::WZ_ISA {

void kv_rotate(void* to, const void* from, int dtype, const wz_rope& delta, int32_t head_dim, int64_t rows) {
  const int block = dtype == WZ_Q8_0 ? kQ8Block : 1;
  const int64_t block_bytes = dtype == WZ_Q8_0 ? kQ8Bytes : element_bytes(dtype);
  const int turned = (delta.dim + block - 1) / block * block;  // what is read and rounded again
  const int64_t turned_bytes = turned / block * block_bytes, row_bytes = head_dim / block * block_bytes;
  const bool backward = reinterpret_cast<uintptr_t>(to) > reinterpret_cast<uintptr_t>(from);
  float v[kMaxHeadDim];
  for (int64_t i = 0; i < rows; ++i) {
    const int64_t at = (backward ? rows - 1 - i : i) * row_bytes;
    char* row = static_cast<char*>(to) + at;
    const char* source = static_cast<const char*>(from) + at;
    load_row(v, source, dtype, turned);
    rotate(v, delta, 0);
    std::memmove(row + turned_bytes, source + turned_bytes, static_cast<size_t>(row_bytes - turned_bytes));
    store_row(row, dtype, 0, v, turned);
  }
}

}  // namespace wz::WZ_ISA
