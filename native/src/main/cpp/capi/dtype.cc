#include "wootz/dtype.h"
#include "capi/check.h"
#include "capi/table.h"

namespace {

struct Type {
  const char* name;
  int32_t block;  // elements
  int32_t bytes;  // of a block
};

constexpr Type kPlain[] = {{"f32", 1, 4}, {"f16", 1, 2}, {"bf16", 1, 2}, {"f64", 1, 8}, {"f8_e4m3", 1, 1}, {"f8_e5m2", 1, 1},
                           {"i8", 1, 1},  {"u8", 1, 1},  {"i16", 1, 2},  {"i32", 1, 4}, {"i64", 1, 8}};
constexpr Type kBlocks[] = {{"q4_0", 32, 18},   {"q4_1", 32, 20},    {"q5_0", 32, 22},   {"q5_1", 32, 24},    {"q8_0", 32, 34},
                            {"q2_k", 256, 84},  {"q3_k", 256, 110},  {"q4_k", 256, 144}, {"q5_k", 256, 176},  {"q6_k", 256, 210},
                            {"iq4_nl", 32, 18}, {"iq4_xs", 256, 136}, {"tq1_0", 256, 54}, {"tq2_0", 256, 66}, {"mxfp4", 32, 17}};
constexpr int32_t kPlainCount = sizeof kPlain / sizeof kPlain[0];
constexpr int32_t kBlockCount = sizeof kBlocks / sizeof kBlocks[0];
static_assert(kPlainCount == WZ_I64 + 1 && kBlockCount == WZ_MXFP4 - WZ_Q4_0 + 1);

constexpr Type kNone = {"?", 0, 0};

const Type& type_of(int32_t dtype) {
  if (dtype >= 0 && dtype < kPlainCount) return kPlain[dtype];
  if (dtype >= WZ_Q4_0 && dtype < WZ_Q4_0 + kBlockCount) return kBlocks[dtype - WZ_Q4_0];
  return kNone;
}

}  // namespace

int32_t wz_dtype_bytes(int32_t dtype) { return type_of(dtype).block == 1 ? type_of(dtype).bytes : 0; }
int32_t wz_dtype_block(int32_t dtype) { return type_of(dtype).block; }
int32_t wz_dtype_block_bytes(int32_t dtype) { return type_of(dtype).bytes; }
const char* wz_dtype_name(int32_t dtype) { return type_of(dtype).name; }

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
