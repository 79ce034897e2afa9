// Blocks of 32 elements from the extremes of their values, with the roundings of ggml's reference so that the bytes are the same: the scale before
// its own rounding to binary16 makes the quants. A scale beyond binary16 is its largest number, one whose inverse overflows is 0.
#pragma once
#include "dtype/f16.h"
#include "dtype/q4_0.h"
#include "dtype/q4_1.h"
#include "dtype/q5_0.h"
#include "dtype/q5_1.h"
#include "dtype/q8_0.h"

namespace wz {

static inline float clamped(float v, float least, float most) { return v < least ? least : v > most ? most : v; }
static inline float within_f16(float v) { return clamped(v, -65504.0f, 65504.0f); }

static inline float inverse_of(float scale) {
  const float inverse = 1.0f / scale;
  return scale != 0 && inverse <= 3.4028235e38f && inverse >= -3.4028235e38f ? inverse : 0.0f;
}

// The value of the largest magnitude, the first of several.
static inline float extreme(const float* x) {
  float most = 0, value = 0;
  for (int i = 0; i < 32; ++i) {
    const float magnitude = x[i] < 0 ? -x[i] : x[i];
    if (magnitude > most) {
      most = magnitude;
      value = x[i];
    }
  }
  return value;
}

static inline void range_of(const float* x, float* least, float* most) {
  *least = *most = x[0];
  for (int i = 1; i < 32; ++i) {
    *least = x[i] < *least ? x[i] : *least;
    *most = x[i] > *most ? x[i] : *most;
  }
}

// The low 4 bits of q[32] into qs[16], the fifth into qh[4].
static inline void pack_nibbles(uint8_t* qs, const uint8_t* q) {
  for (int i = 0; i < 16; ++i) qs[i] = static_cast<uint8_t>((q[i] & 15) | (q[i + 16] & 15) << 4);
}
static inline void pack_fifth_bits(uint8_t* qh, const uint8_t* q) {
  for (int j = 0; j < 4; ++j) {
    int bits = 0;
    for (int i = 0; i < 8; ++i) bits |= (q[8 * j + i] >> 4 & 1) << i;
    qh[j] = static_cast<uint8_t>(bits);
  }
}

// q = trunc(x inverse + zero + 1/2), at most `most`: the extreme is level 0.
static inline float round_around_zero(uint8_t* q, const float* x, float zero, float most) {
  const float d = within_f16(extreme(x) / -zero);
  const float inverse = inverse_of(d);
  for (int i = 0; i < 32; ++i) q[i] = static_cast<uint8_t>(clamped(x[i] * inverse + (zero + 0.5f), 0.0f, most + 0.5f));
  return d;
}

// q = trunc((x - least) inverse + 1/2), at most `most`.
static inline float round_from_minimum(uint8_t* q, float* minimum, const float* x, float most) {
  float least, largest;
  range_of(x, &least, &largest);
  const float d = within_f16((largest - least) / most);
  const float inverse = inverse_of(d);
  for (int i = 0; i < 32; ++i) q[i] = static_cast<uint8_t>(clamped((x[i] - least) * inverse + 0.5f, 0.0f, most + 0.5f));
  *minimum = within_f16(least);
  return d;
}

static inline void encode(BlockQ4_0* b, const float* x) {
  uint8_t q[32];
  b->d = f16_from_f32(round_around_zero(q, x, 8, 15));
  pack_nibbles(b->qs, q);
}

static inline void encode(BlockQ4_1* b, const float* x) {
  uint8_t q[32];
  float minimum;
  b->d = f16_from_f32(round_from_minimum(q, &minimum, x, 15));
  b->m = f16_from_f32(minimum);
  pack_nibbles(b->qs, q);
}

static inline void encode(BlockQ5_0* b, const float* x) {
  uint8_t q[32];
  b->d = f16_from_f32(round_around_zero(q, x, 16, 31));
  pack_nibbles(b->qs, q);
  pack_fifth_bits(b->qh, q);
}

static inline void encode(BlockQ5_1* b, const float* x) {
  uint8_t q[32];
  float minimum;
  b->d = f16_from_f32(round_from_minimum(q, &minimum, x, 31));
  b->m = f16_from_f32(minimum);
  pack_nibbles(b->qs, q);
  pack_fifth_bits(b->qh, q);
}

// To nearest, halves away from zero.
static inline void encode(BlockQ8_0* b, const float* x) {
  const float largest = extreme(x);
  const float d = within_f16((largest < 0 ? -largest : largest) / 127.0f);
  const float inverse = inverse_of(d);
  for (int i = 0; i < 32; ++i) {
    const float v = clamped(x[i] * inverse, -127.0f, 127.0f);
    // Exact: v is below 2^23, so its fraction and the comparison with one half are.
    const auto whole = static_cast<int>(v);
    const float fraction = v - static_cast<float>(whole);
    b->qs[i] = static_cast<int8_t>(whole + (fraction >= 0.5f ? 1 : 0) - (fraction <= -0.5f ? 1 : 0));
  }
  b->d = f16_from_f32(d);
}

}  // namespace wz
