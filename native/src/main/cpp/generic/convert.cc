// dst[i] = convert(src[i]): every pair of types through a block of float (or of double, where float does not hold the source).
#include <cstring>
#include "capi/operations.h"
#include "dtype/round_to_odd.h"
#include "generic/block.h"
#include "generic/element.h"

namespace wz::WZ_ISA {
namespace {

bool is_integer(int dtype) { return dtype >= WZ_I8; }

int64_t integer_at(const void* p, int dtype, int64_t i) {
  switch (dtype) {
    case WZ_I8: return get<int8_t>(p, i);
    case WZ_U8: return get<uint8_t>(p, i);
    case WZ_I16: return get<int16_t>(p, i);
    case WZ_I32: return get<int32_t>(p, i);
    default: return get<int64_t>(p, i);
  }
}

// Saturates. Integers to integers never pass through floating point: i64 does not fit.
template <class I>
void put_clamped(void* p, int64_t i, int64_t v, I least, I most) {
  put<I>(p, i, v < int64_t{least} ? least : v > int64_t{most} ? most : static_cast<I>(v));
}

void put_integer(void* p, int dtype, int64_t i, int64_t v) {
  switch (dtype) {
    case WZ_I8: put_clamped<int8_t>(p, i, v, INT8_MIN, INT8_MAX); break;
    case WZ_U8: put_clamped<uint8_t>(p, i, v, 0, UINT8_MAX); break;
    case WZ_I16: put_clamped<int16_t>(p, i, v, INT16_MIN, INT16_MAX); break;
    case WZ_I32: put_clamped<int32_t>(p, i, v, INT32_MIN, INT32_MAX); break;
    default: put<int64_t>(p, i, v); break;
  }
}

}  // namespace

void convert(void* dst, int dst_dtype, const void* src, int src_dtype, int64_t n) {
  if (dst_dtype == src_dtype) {
    std::memmove(dst, src, static_cast<size_t>(n * element_bytes(dst_dtype)));
    return;
  }
  if (is_integer(dst_dtype) && is_integer(src_dtype)) {
    for (int64_t i = 0; i < n; ++i) put_integer(dst, dst_dtype, i, integer_at(src, src_dtype, i));
    return;
  }
  const bool wide = src_dtype == WZ_F64 || src_dtype == WZ_I32 || src_dtype == WZ_I64;
  for (int64_t i = 0; i < n; i += WZ_BLOCK) {
    const int64_t m = n - i < WZ_BLOCK ? n - i : WZ_BLOCK;
    const char* from = static_cast<const char*>(src) + i * element_bytes(src_dtype);
    char* to = static_cast<char*>(dst) + i * element_bytes(dst_dtype);
    if (!wide) {
      alignas(64) float v[WZ_BLOCK];
      load_block(v, from, src_dtype, m);
      store_block(to, dst_dtype, v, m);
      continue;
    }
    alignas(64) double v[WZ_BLOCK];
    if (src_dtype == WZ_I64 && dst_dtype != WZ_F64) {
      for (int64_t j = 0; j < m; ++j) v[j] = f64_round_to_odd(integer_at(from, WZ_I64, j));
    } else {
      load_block(v, from, src_dtype, m);
    }
    store_block(to, dst_dtype, v, m);
  }
}

}  // namespace wz::WZ_ISA
