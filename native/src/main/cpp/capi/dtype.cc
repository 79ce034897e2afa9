#include "wootz/dtype.h"
#include "capi/check.h"
#include "capi/table.h"

namespace {

struct Type {
  const char* name;
  int32_t bytes;
};

constexpr Type kTypes[] = {{"f32", 4},     {"f16", 2}, {"bf16", 2}, {"f64", 8}, {"f8_e4m3", 1}, {"f8_e5m2", 1},
                           {"i8", 1},      {"u8", 1},  {"i16", 2},  {"i32", 4}, {"i64", 8}};
constexpr int32_t kCount = sizeof kTypes / sizeof kTypes[0];

}  // namespace

int32_t wz_dtype_bytes(int32_t dtype) { return dtype >= 0 && dtype < kCount ? kTypes[dtype].bytes : 0; }
const char* wz_dtype_name(int32_t dtype) { return dtype >= 0 && dtype < kCount ? kTypes[dtype].name : "?"; }

wz_status wz_convert(void* dst, int32_t dst_dtype, const void* src, int32_t src_dtype, int64_t n) {
  return wz::guarded("wz_convert", [&](const wz::Check& check) {
    check.dtype("dst_dtype", dst_dtype);
    check.dtype("src_dtype", src_dtype);
    check.count("n", n);
    check.pointer("dst", dst, n);
    check.pointer("src", src, n);
    if (n > 0) wz::active().convert(dst, dst_dtype, src, src_dtype, n);
  });
}
