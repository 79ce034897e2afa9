// The passes over whole vocabularies (sampling.h). Floats are compared as integers that are in the same order: such maxima vectorise.
#include "base/elementary_f32.h"
#include "base/vocabulary.h"
#include "capi/operations.h"
#include "generic/element.h"

namespace wz::WZ_ISA {
namespace {

constexpr uint32_t kInfinity = 0x7F800000u;
constexpr float kNegativeInfinity = -__builtin_inff();

// The same order as the floats'; no -0. Its own inverse.
inline __attribute__((always_inline)) int32_t key_of(int32_t bits) { return bits ^ (bits >> 31 & 0x7FFFFFFF); }
inline __attribute__((always_inline)) int32_t key_of(float v) { return key_of(static_cast<int32_t>(WZ_ISA::bits_of(v))); }
inline __attribute__((always_inline)) float value_of_key(int32_t key) { return float_of(static_cast<uint32_t>(key_of(key))); }

inline __attribute__((always_inline)) int32_t larger(int32_t a, int32_t b) { return a > b ? a : b; }

}  // namespace

float logits_max(const float* x, int64_t n) {
  int32_t most = key_of(kNegativeInfinity);
  uint32_t magnitude = 0;
  for (int64_t i = 0; i < n; ++i) {
    const float v = x[i] + 0.0f;
    const uint32_t m = WZ_ISA::bits_of(v) & 0x7FFFFFFFu;
    magnitude = m > magnitude ? m : magnitude;
    most = larger(most, key_of(v));
  }
  return magnitude > kInfinity ? float_of(0x7FC00000u) : value_of_key(most);
}

void logits_copy(float* v, const float* logits, const uint32_t* mask, int64_t n) {
  if (mask == nullptr) {
    for (int64_t i = 0; i < n; ++i) v[i] = logits[i] + 0.0f;
    return;
  }
  for (int64_t begin = 0; begin < n; begin += 32) {
    const uint32_t word = mask[begin / 32];
    const int64_t end = n - begin < 32 ? n : begin + 32;
    for (int64_t i = begin; i < end; ++i) {
      const float allowed = logits[i] + 0.0f;
      v[i] = (word >> (i - begin) & 1u) != 0 ? allowed : kNegativeInfinity;
    }
  }
}

void logits_divide(float* v, float* chunk_max, float divisor, int64_t n) {
  for (int64_t begin = 0; begin < n; begin += kChunk) {
    const int64_t end = n - begin < kChunk ? n : begin + kChunk;
    int32_t most = key_of(kNegativeInfinity);
    for (int64_t i = begin; i < end; ++i) {
      const float quotient = v[i] / divisor + 0.0f;
      v[i] = quotient;
      most = larger(most, key_of(quotient));
    }
    *chunk_max++ = value_of_key(most);
  }
}

uint64_t logits_exp(float* e, const float* v, float most, double unit, int64_t n) {
  uint64_t mass = 0;
  float block[kChunk];
  for (int64_t begin = 0; begin < n; begin += kChunk) {
    const int64_t m = n - begin < kChunk ? n - begin : kChunk;
    float* to = e != nullptr ? e + begin : block;
    for (int64_t i = 0; i < m; ++i) to[i] = exp_f32(v[begin + i] - most);
    for (int64_t i = 0; i < m; ++i) mass += mass_of(to[i], unit);
  }
  return mass;
}

}  // namespace wz::WZ_ISA
