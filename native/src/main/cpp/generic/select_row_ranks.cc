#include "capi/operations.h"
#include "generic/ranking.h"
#include "generic/scratch.h"

namespace wz::WZ_ISA {
namespace {

void rank_row(uint32_t* rank, const uint32_t* key, int64_t n, RowRanks& row, Window& window, uint16_t* ranks) {
  row.open(key, 0xFFFFFFFFu, 0xFFFFFFFFu, n, window);
  row.count();
  row.rank(ranks, 0, n);
  row.settle(ranks);
  for (int64_t i = 0; i < n; ++i) rank[i] = ranks[i];
  if (!row.has_zeros()) return;
  uint32_t zeros = 0;
  for (int64_t i = 0; i < n; ++i) {
    const uint32_t is_zero = key[i] == 0;
    rank[i] = (rank[i] & (is_zero - 1)) | (zeros & (0 - is_zero));  // a branch would be guessed wrong too often
    zeros += is_zero;
  }
}

}  // namespace

void row_ranks(uint32_t* rank, const uint32_t* key, int64_t rows, int64_t cols) {
  Scratch<char> memory(ranking_bytes(cols));
  Scratch<uint16_t> ranks(cols);
  RowRanks row(memory.data(), cols);
  Window window{};
  for (int64_t r = 0; r < rows; ++r, rank += cols, key += cols) {
    if (cols <= kShortRow) {
      rank_short_row(rank, key, cols);
    } else if (cols <= kMaxRankedRow) {
      rank_row(rank, key, cols, row, window, ranks.data());
    } else {
      rank_long_row(rank, key, cols, memory.data());
    }
  }
}

}  // namespace wz::WZ_ISA
