// Mixture of experts, on the side of the router: which experts a token goes to, and the assignments in the order of the experts.
#pragma once
#include <cstdint>

namespace wz {

// One token: the k largest of logits [experts], of equals the lower index first, as expert [k], and their softmax probabilities as weight [k];
// with normalize divided by their sum. No logit is NaN or +infinity, and one is finite. Exponentials and sums in float64, in the order of the
// experts (normalize: of the choice).
void route(int32_t* expert, float* weight, const float* logits, int32_t experts, int32_t k, bool normalize);

// Stable counting sort of expert [assignments], all in [0, experts), k of them a token: wz_moe_sort.
void sort_assignments(int32_t* begin, int32_t* row_of, int32_t* place, const int32_t* expert, int64_t assignments, int32_t experts, int32_t k);

}  // namespace wz
