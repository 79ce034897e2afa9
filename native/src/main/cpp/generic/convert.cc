// dst[i] = convert(src[i]): every pair of types through a block of float (or of double, where float does not hold the source).
#include <cstring>
#include "capi/operations.h"
#include "dtype/round_to_odd.h"
#include "generic/block.h"

namespace wz::WZ_ISA {
namespace {

bool is_integer(int dtype) { return dtype >= WZ_I8; }

int64_t integer_at(const void* p, int dtype, int64_t i) {
  const char* q = static_cast<const char*>(p) + i * element_bytes(dtype);
  int64_t v = 0;
  switch (dtype) {
    case WZ_I8: v = static_cast<int8_t>(*q); break;
    case WZ_U8: v = static_cast<uint8_t>(*q); break;
    case WZ_I16: { int16_t s; std::memcpy(&s, q, sizeof s); v = s; break; }
    case WZ_I32: { int32_t s; std::memcpy(&s, q, sizeof s); v = s; break; }
    default: std::memcpy(&v, q, sizeof v); break;
  }
  return v;
}

int64_t clamp(int64_t v, int64_t least, int64_t most) { return v < least ? least : v > most ? most : v; }

// Integers to integers never pass through floating point: i64 does not fit.
void put_integer(void* p, int dtype, int64_t i, int64_t v) {
  char* q = static_cast<char*>(p) + i * element_bytes(dtype);
  switch (dtype) {
    case WZ_I8: *q = static_cast<char>(clamp(v, INT8_MIN, INT8_MAX)); break;
    case WZ_U8: *q = static_cast<char>(clamp(v, 0, UINT8_MAX)); break;
    case WZ_I16: { const auto s = static_cast<int16_t>(clamp(v, INT16_MIN, INT16_MAX)); std::memcpy(q, &s, sizeof s); break; }
    case WZ_I32: { const auto s = static_cast<int32_t>(clamp(v, INT32_MIN, INT32_MAX)); std::memcpy(q, &s, sizeof s); break; }
    default: std::memcpy(q, &v, sizeof v); break;
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
