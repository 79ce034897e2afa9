// The passes over whole vocabularies (sampling.h), one logit at a time.
#include <cmath>
#include <limits>
#include "base/elementary_f32.h"
#include "base/vocabulary.h"
#include "capi/operations.h"

namespace wz::reference {

float logits_max(const float* x, int64_t n) {
  float most = x[0];
  for (int64_t i = 0; i < n; ++i) {
    if (std::isnan(x[i])) return x[i];
    most = x[i] > most ? x[i] : most;
  }
  return most + 0.0f;
}

void logits_copy(float* v, const float* logits, const uint32_t* mask, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const bool allowed = mask == nullptr || (mask[i / 32] >> (i % 32) & 1u) != 0;
    v[i] = allowed ? logits[i] + 0.0f : -std::numeric_limits<float>::infinity();
  }
}

void logits_divide(float* v, float* chunk_max, float divisor, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    v[i] = v[i] / divisor + 0.0f;
    float& most = chunk_max[i / kChunk];
    most = i % kChunk == 0 || v[i] > most ? v[i] : most;
  }
}

uint64_t logits_exp(float* e, const float* v, float most, double unit, int64_t n) {
  uint64_t mass = 0;
  for (int64_t i = 0; i < n; ++i) {
    const float probability = exp_f32(v[i] - most);
    mass += mass_of(probability, unit);
    if (e != nullptr) e[i] = probability;
  }
  return mass;
}

}  // namespace wz::reference
