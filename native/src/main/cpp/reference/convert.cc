// dst[i] = convert(src[i]): floating-point values round once, integers move by value and saturate.
#include "capi/operations.h"
#include "reference/scalar.h"

namespace wz::reference {
namespace {

bool is_integer(int dtype) { return dtype >= WZ_I8; }

template <class I>
I saturated(int64_t v) {
  if (v < static_cast<int64_t>(std::numeric_limits<I>::min())) return std::numeric_limits<I>::min();
  if (v > static_cast<int64_t>(std::numeric_limits<I>::max())) return std::numeric_limits<I>::max();
  return static_cast<I>(v);
}

void store_integer(void* p, int dtype, int64_t i, int64_t v) {
  void* q = address(p, dtype, i);
  switch (dtype) {
    case WZ_I8: put_bits(q, saturated<int8_t>(v)); break;
    case WZ_U8: put_bits(q, saturated<uint8_t>(v)); break;
    case WZ_I16: put_bits(q, saturated<int16_t>(v)); break;
    case WZ_I32: put_bits(q, saturated<int32_t>(v)); break;
    default: put_bits(q, v); break;
  }
}

void convert_element(void* dst, int dst_dtype, const void* src, int src_dtype, int64_t i) {
  if (is_integer(src_dtype) && is_integer(dst_dtype)) {
    store_integer(dst, dst_dtype, i,
                  src_dtype == WZ_I64 ? bits_at<int64_t>(address(src, src_dtype, i)) : static_cast<int64_t>(load<double>(src, src_dtype, i)));
  } else if (src_dtype == WZ_I64 && dst_dtype != WZ_F64) {
    store(dst, dst_dtype, i, f64_round_to_odd(bits_at<int64_t>(address(src, src_dtype, i))));
  } else {
    store(dst, dst_dtype, i, load<double>(src, src_dtype, i));
  }
}

}  // namespace

void convert(void* dst, int dst_dtype, const void* src, int src_dtype, int64_t n) {
  if (dst_dtype == src_dtype) {
    std::memmove(dst, src, static_cast<size_t>(n * wz_dtype_bytes(src_dtype)));
  } else {
    for (int64_t i = 0; i < n; ++i) convert_element(dst, dst_dtype, src, src_dtype, i);
  }
}

}  // namespace wz::reference
