#include <vector>
#include "capi/operations.h"
#include "reference/kv_row.h"

namespace wz::WZ_ISA {

void kv_rotate(void* to, const void* from, int dtype, const wz_rope& delta, int32_t head_dim, int64_t rows) {
  const int64_t row_bytes = int64_t{head_dim} / wz_dtype_block(dtype) * wz_dtype_block_bytes(dtype);
  const std::vector<char> source(static_cast<const char*>(from), static_cast<const char*>(from) + rows * row_bytes);
  std::memmove(to, from, source.size());
  // A block is rounded again where one of its elements turns.
  const int block = wz_dtype_block(dtype), turned = (delta.dim + block - 1) / block * block;
  std::vector<float> v(static_cast<size_t>(turned));
  for (int64_t i = 0; i < rows; ++i) {
    load_kv(v.data(), source.data() + i * row_bytes, dtype, 0, turned);
    rotate(v.data(), delta, 0);
    store_kv(static_cast<char*>(to) + i * row_bytes, dtype, 0, v.data(), turned);
  }
}

}  // namespace wz::WZ_ISA
