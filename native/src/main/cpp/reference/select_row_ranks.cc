// rank[j] = number of keys of the row below key[j], plus equal keys before j.
#include <algorithm>
#include <numeric>
#include <vector>
#include "capi/operations.h"

namespace wz::reference {

void row_ranks(uint32_t* rank, const uint32_t* key, int64_t rows, int64_t cols) {
  std::vector<uint32_t> order(static_cast<size_t>(cols));
  for (int64_t r = 0; r < rows; ++r) {
    const uint32_t* row = key + r * cols;
    std::iota(order.begin(), order.end(), 0u);
    std::stable_sort(order.begin(), order.end(), [row](uint32_t a, uint32_t b) { return row[a] < row[b]; });
    for (size_t j = 0; j < order.size(); ++j) rank[r * cols + order[j]] = static_cast<uint32_t>(j);
  }
}

}  // namespace wz::reference
