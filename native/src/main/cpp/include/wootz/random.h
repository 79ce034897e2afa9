/* Random numbers. Philox4x32-10 (Salmon et al., SC 2011) is a function of (key, index): the same numbers in any order, on any
   number of threads, on any device. MT19937 (Matsumoto & Nishimura 1998) is here only to reproduce mergekit's masks. */
#ifndef WOOTZ_RANDOM_H
#define WOOTZ_RANDOM_H

#include <stdint.h>
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* One key for (seed, name, stream): different names or streams give unrelated numbers. name: UTF-8, not NULL.
   key = mix64(mix64(seed) + fnv1a64(name)) + 0x9E3779B97F4A7C15 * stream, mix64 = SplitMix64's finaliser. */
WZ_API uint64_t wz_philox_key(uint64_t seed, const char* name, uint32_t stream);

/* out[i] = word (first + i) of the key's sequence: word j is output j % 4 of Philox4x32-10 with counter
   {lo32(j / 4), hi32(j / 4), 0, 0} and key {lo32(key), hi32(key)}. */
WZ_API wz_status wz_philox_words(uint32_t* out, uint64_t key, int64_t first, int64_t n);

/* out[i] = (word >> 8) / 2^24, in [0, 1). */
WZ_API wz_status wz_philox_uniform(float* out, uint64_t key, int64_t first, int64_t n);

/* out[i] ~ mean + deviation * N(0, 1) by Box-Muller on pairs of words: elements 2k and 2k + 1 of the sequence are
   r cos(2 pi v) and r sin(2 pi v), r = sqrt(-2 ln u), u = (word(2k) + 1) / 2^32, v = word(2k + 1) / 2^32.
   Computed in float64, rounded once to dtype (f32, f16, bf16). The same bits on every instruction set. */
WZ_API wz_status wz_philox_normal(void* out, int32_t dtype, uint64_t key, int64_t first, int64_t n, double mean, double deviation);

typedef struct wz_mt19937 wz_mt19937;

/* init_genrand(seed mod 2^32). */
WZ_API wz_status wz_mt19937_create(uint64_t seed, wz_mt19937** generator);
/* A second generator at the same place of the same sequence. */
WZ_API wz_status wz_mt19937_copy(const wz_mt19937* generator, wz_mt19937** copy);
WZ_API void wz_mt19937_free(wz_mt19937* generator);
/* The next n outputs, or past them. */
WZ_API wz_status wz_mt19937_words(wz_mt19937* generator, uint32_t* out, int64_t n);
WZ_API wz_status wz_mt19937_skip(wz_mt19937* generator, int64_t n);
/* keep[i] = ((x & 0xFFFFFF) / 2^24 < p[i]) ? 1 : 0 for the next n outputs x; p has n elements, or 1 if p_count is 1. */
WZ_API wz_status wz_mt19937_keep(wz_mt19937* generator, uint8_t* keep, const float* p, int64_t p_count, int64_t n);

#ifdef __cplusplus
}
#endif
#endif
