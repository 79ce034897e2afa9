#include "wootz/quantize.h"
#include "capi/check.h"
#include "capi/pieces.h"
#include "capi/table.h"

namespace {

// Whole blocks of every type.
constexpr int64_t kDequantizedPiece = 64 * WZ_BLOCK;
static_assert(kDequantizedPiece % 256 == 0);

// Elements are whole blocks of the type.
void blocks(const wz::Check& check, const char* name, int64_t n, int32_t dtype) {
  check.count(name, n);
  const int32_t block = wz_dtype_block(dtype);
  if (n % block != 0) {
    check.refuse(WZ_INVALID_ARGUMENT, std::string(name) + ": found " + std::to_string(n) + ", expected a multiple of " +
                                          std::to_string(block) + ", the block of " + wz_dtype_name(dtype));
  }
}

}  // namespace

wz_status wz_dequantize(float* out, const void* data, int32_t dtype, int64_t n, wz_threads* pool) {
  return wz::guarded("wz_dequantize", [&](const wz::Check& check) {
    check.weight("dtype", dtype);
    blocks(check, "n", n, dtype);
    check.pointer("out", out, n);
    check.pointer("blocks", data, n);
    wz::for_each_range(wz::pool_of(pool), n, kDequantizedPiece, [&](int64_t begin, int64_t end) {
      const char* from = static_cast<const char*>(data) + begin / wz_dtype_block(dtype) * wz_dtype_block_bytes(dtype);
      wz::active().dequantize(out + begin, from, dtype, end - begin);
    });
  });
}
