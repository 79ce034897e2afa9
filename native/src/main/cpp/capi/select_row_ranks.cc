#include <string>
#include "capi/check.h"
#include "capi/table.h"

wz_status wz_select_row_ranks(uint32_t* rank, const uint32_t* key, int64_t rows, int64_t cols) {
  return wz::guarded("wz_select_row_ranks", [&](const wz::Check& check) {
    const int64_t n = check.shape(rows, cols);
    check.pointer("rank", rank, n);
    check.pointer("key", key, n);
    if (cols > UINT32_MAX) check.refuse(WZ_UNSUPPORTED, "cols: found " + std::to_string(cols) + ", expected less than 2^32");
    if (n > 0) wz::active().row_ranks(rank, key, rows, cols);
  });
}
