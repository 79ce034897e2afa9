#include "base/routing.h"
#include <algorithm>
#include "base/elementary.h"

namespace wz {
namespace {

// The k largest by insertion into a list that is always sorted: k is small, and most experts fail the one comparison with the list's last.
void largest(int32_t* expert, float* logit, const float* logits, int32_t experts, int32_t k) {
  int32_t found = 0;
  for (int32_t e = 0; e < experts; ++e) {
    if (found == k && !(logits[e] > logit[k - 1])) continue;
    int32_t i = found < k ? found++ : k - 1;
    for (; i > 0 && logits[e] > logit[i - 1]; --i) {
      logit[i] = logit[i - 1];
      expert[i] = expert[i - 1];
    }
    logit[i] = logits[e];
    expert[i] = e;
  }
}

double exp_relative(float logit, float most) { return exp_of_negative(static_cast<double>(logit) - static_cast<double>(most)); }

// sum of exp(logits - most), in order.
double sum_of_exp(const float* logits, int32_t n, float most) {
  constexpr int32_t kPart = 64;  // computed apart from the sum, so that the exponentials vectorise
  double e[kPart];
  double sum = 0;
  for (int32_t begin = 0; begin < n; begin += kPart) {
    const int32_t part = std::min(kPart, n - begin);
    for (int32_t i = 0; i < part; ++i) e[i] = exp_relative(logits[begin + i], most);
    for (int32_t i = 0; i < part; ++i) sum += e[i];
  }
  return sum;
}

}  // namespace

void route(int32_t* expert, float* weight, const float* logits, int32_t experts, int32_t k, bool normalize) {
  largest(expert, weight, logits, experts, k);
  const float most = weight[0];
  const double sum = normalize ? sum_of_exp(weight, k, most) : sum_of_exp(logits, experts, most);
  for (int32_t i = 0; i < k; ++i) weight[i] = static_cast<float>(exp_relative(weight[i], most) / sum);
}

void sort_assignments(int32_t* begin, int32_t* row_of, int32_t* place, const int32_t* expert, int64_t assignments, int32_t experts, int32_t k) {
  std::fill(begin, begin + experts + 1, 0);
  for (int64_t i = 0; i < assignments; ++i) ++begin[expert[i] + 1];
  for (int32_t e = 0; e < experts; ++e) begin[e + 1] += begin[e];
  // begin[e] walks through its expert's assignments and ends where the next one's start: the whole array has then moved by one.
  for (int64_t i = 0; i < assignments; ++i) {
    const int32_t at = begin[expert[i]]++;
    row_of[at] = static_cast<int32_t>(i / k);
    place[i] = at;
  }
  for (int32_t e = experts; e > 0; --e) begin[e] = begin[e - 1];
  begin[0] = 0;
}

}  // namespace wz
