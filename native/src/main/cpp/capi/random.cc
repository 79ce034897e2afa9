#include "wootz/random.h"
#include <algorithm>
#include "base/mt19937.h"
#include "capi/check.h"
#include "capi/table.h"

using wz::Check;

struct wz_mt19937 {
  wz::Mt19937 generator;
};

namespace {

// SplitMix64's finaliser (Steele, Lea, Flood 2014).
uint64_t mix64(uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

uint64_t fnv1a64(const char* text) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (; *text != 0; ++text) hash = (hash ^ static_cast<unsigned char>(*text)) * 0x100000001B3u;
  return hash;
}

void range(const Check& check, const void* out, int64_t first, int64_t n) {
  check.count("first", first);
  check.count("n", n);
  check.pointer("out", out, n);
  if (n > INT64_MAX - first) check.refuse(WZ_INVALID_ARGUMENT, "first + n: found more than 2^63 - 1");
}

}  // namespace

uint64_t wz_philox_key(uint64_t seed, const char* name, uint32_t stream) {
  return mix64(mix64(seed) + fnv1a64(name != nullptr ? name : "")) + 0x9E3779B97F4A7C15u * stream;
}

wz_status wz_philox_words(uint32_t* out, uint64_t key, int64_t first, int64_t n) {
  return wz::guarded("wz_philox_words", [&](const Check& check) {
    range(check, out, first, n);
    wz::active().philox_words(out, key, first, n);
  });
}

wz_status wz_philox_uniform(float* out, uint64_t key, int64_t first, int64_t n) {
  return wz::guarded("wz_philox_uniform", [&](const Check& check) {
    range(check, out, first, n);
    uint32_t words[WZ_BLOCK];
    for (int64_t i = 0; i < n; i += WZ_BLOCK) {
      const int64_t m = std::min<int64_t>(WZ_BLOCK, n - i);
      wz::active().philox_words(words, key, first + i, m);
      for (int64_t j = 0; j < m; ++j) out[i + j] = static_cast<float>(words[j] >> 8) * 0x1p-24f;
    }
  });
}

wz_status wz_philox_normal(void* out, int32_t dtype, uint64_t key, int64_t first, int64_t n, double mean, double deviation) {
  return wz::guarded("wz_philox_normal", [&](const Check& check) {
    check.output("dtype", dtype);
    range(check, out, first, n);
    check.number("mean", mean);
    check.number("deviation", deviation);
    wz::active().philox_normal(out, dtype, key, first, n, mean, deviation);
  });
}

wz_status wz_mt19937_create(uint64_t seed, wz_mt19937** generator) {
  return wz::guarded("wz_mt19937_create", [&](const Check& check) {
    check.pointer("generator", generator);
    *generator = new wz_mt19937{wz::Mt19937(static_cast<uint32_t>(seed))};
  });
}

wz_status wz_mt19937_copy(const wz_mt19937* generator, wz_mt19937** copy) {
  return wz::guarded("wz_mt19937_copy", [&](const Check& check) {
    check.pointer("generator", generator);
    check.pointer("copy", copy);
    *copy = new wz_mt19937(*generator);
  });
}

void wz_mt19937_free(wz_mt19937* generator) { delete generator; }

wz_status wz_mt19937_words(wz_mt19937* generator, uint32_t* out, int64_t n) {
  return wz::guarded("wz_mt19937_words", [&](const Check& check) {
    check.pointer("generator", generator);
    check.count("n", n);
    check.pointer("out", out, n);
    generator->generator.words(out, n);
  });
}

wz_status wz_mt19937_skip(wz_mt19937* generator, int64_t n) {
  return wz::guarded("wz_mt19937_skip", [&](const Check& check) {
    check.pointer("generator", generator);
    check.count("n", n);
    generator->generator.skip(n);
  });
}

wz_status wz_mt19937_keep(wz_mt19937* generator, uint8_t* keep, const float* p, int64_t p_count, int64_t n) {
  return wz::guarded("wz_mt19937_keep", [&](const Check& check) {
    check.pointer("generator", generator);
    check.count("n", n);
    check.pointer("keep", keep, n);
    if (p_count != 1 && p_count != n) {
      check.refuse(WZ_SHAPE_MISMATCH, "p_count: found " + std::to_string(p_count) + ", expected 1 or n = " + std::to_string(n));
    }
    check.pointer("p", p, p_count);
    uint32_t words[wz::Mt19937::kState];
    for (int64_t i = 0; i < n; i += wz::Mt19937::kState) {
      const int64_t m = std::min<int64_t>(wz::Mt19937::kState, n - i);
      generator->generator.words(words, m);
      for (int64_t j = 0; j < m; ++j) {
        const float u = static_cast<float>(words[j] & 0xFFFFFFu) * 0x1p-24f;
        keep[i + j] = u < (p_count == 1 ? p[0] : p[i + j]) ? 1 : 0;
      }
    }
  });
}
