#include "capi/operations.h"
#include "generic/ranking.h"
#include "generic/scratch.h"

namespace wz::WZ_ISA {

void row_ranks(uint32_t* rank, const uint32_t* key, int64_t rows, int64_t cols) {
  Scratch<char> memory(ranking_bytes(cols));
  for (int64_t r = 0; r < rows; ++r) rank_row(rank + r * cols, key + r * cols, cols, memory.data());
}

}  // namespace wz::WZ_ISA
