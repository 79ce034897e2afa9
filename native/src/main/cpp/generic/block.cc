#include "generic/block.h"
#include <cstring>
#include "dtype/round_to_odd.h"
#include "generic/element.h"
#include "simd.h"
#include "wootz/merge.h"

namespace wz::WZ_ISA {
namespace {

// e4m3 moved to the exponent's place in a binary32 is the value times 2^-120, subnormals included.
inline __attribute__((always_inline)) float f32_of_e4m3(uint8_t b) {
  const uint32_t magnitude = b & 0x7Fu;
  const uint32_t bits = bits_of(float_of(magnitude << 20) * 0x1p120f);
  return float_of((magnitude == 0x7Fu ? 0x7FC00000u : bits) | (b & 0x80u) << 24);
}

// An 8-bit float with M mantissa bits and the exponent bias B; what rounds above the code MAX becomes OVER, NaN becomes NAN.
template <int M, int B, uint32_t MAX, uint32_t OVER, uint32_t NOT_A_NUMBER>
inline __attribute__((always_inline)) uint32_t f8_of_f32(float v) {
  constexpr int kCut = 23 - M;
  constexpr uint32_t kLeastNormal = static_cast<uint32_t>(127 + 1 - B) << 23;
  // Adding 2^(1-B-M+23) puts the unit of the subnormals into the last place of the sum, so the addition rounds.
  constexpr uint32_t kShift = static_cast<uint32_t>(127 + 1 - B - M + 23) << 23;
  const uint32_t magnitude = bits_of(v) & 0x7FFFFFFFu;
  const uint32_t subnormal = bits_of(float_of(magnitude) + float_of(kShift)) - kShift;
  const uint32_t normal =
      (magnitude + ((1u << (kCut - 1)) - 1u) + (magnitude >> kCut & 1u) - (static_cast<uint32_t>(127 - B) << 23)) >> kCut;
  uint32_t code = magnitude < kLeastNormal ? subnormal : normal;
  code = code > MAX ? OVER : code;
  code = magnitude > 0x7F800000u ? NOT_A_NUMBER : code;
  return code | (bits_of(v) >> 24 & 0x80u);
}

template <int M, int B, uint32_t MAX, uint32_t OVER, uint32_t NOT_A_NUMBER>
void store_f8(void* p, const float* v, int64_t n) {
  uint32_t code[WZ_BLOCK];  // narrowed in a loop of its own: the compiler vectorises the two, not the one
  for (int64_t i = 0; i < n; ++i) code[i] = f8_of_f32<M, B, MAX, OVER, NOT_A_NUMBER>(v[i]);
  for (int64_t i = 0; i < n; ++i) put<uint8_t>(p, i, static_cast<uint8_t>(code[i]));
}

// I(v), rounded and saturated; BEYOND is the first value above its range.
template <class I, class T>
inline __attribute__((always_inline)) I integer_of(T v, T beyond, I least, I most) {
  const T r = __builtin_rint(v);
  return v != v ? I{0} : r >= beyond ? most : r < static_cast<T>(least) ? least : static_cast<I>(r);
}

template <class S, class T>
void load_values(T* v, const void* p, int64_t n) {
  for (int64_t i = 0; i < n; ++i) v[i] = static_cast<T>(get<S>(p, i));
}

template <class I, class T>
void store_integers(void* p, const T* v, int64_t n, T beyond, I least, I most) {
  for (int64_t i = 0; i < n; ++i) put<I>(p, i, integer_of<I, T>(v[i], beyond, least, most));
}

template <class T>
void store_integers(void* p, int dtype, const T* v, int64_t n) {
  switch (dtype) {
    case WZ_I8: store_integers<int8_t, T>(p, v, n, 128, INT8_MIN, INT8_MAX); break;
    case WZ_U8: store_integers<uint8_t, T>(p, v, n, 256, 0, UINT8_MAX); break;
    case WZ_I16: store_integers<int16_t, T>(p, v, n, 32768, INT16_MIN, INT16_MAX); break;
    case WZ_I32: store_integers<int32_t, T>(p, v, n, T(0x1p31), INT32_MIN, INT32_MAX); break;
    default: store_integers<int64_t, T>(p, v, n, T(0x1p63), INT64_MIN, INT64_MAX); break;
  }
}

void load_f16(float* v, const void* p, int64_t n) {
  int64_t i = 0;
  for (; i + kHalfLanes <= n; i += kHalfLanes) widen_f16(v + i, static_cast<const char*>(p) + 2 * i);
  if (i < n) {
    uint16_t in[kHalfLanes] = {};
    float out[kHalfLanes];
    std::memcpy(in, static_cast<const char*>(p) + 2 * i, static_cast<size_t>(2 * (n - i)));
    widen_f16(out, in);
    std::memcpy(v + i, out, static_cast<size_t>(4 * (n - i)));
  }
}

void store_f16(void* p, const float* v, int64_t n) {
  int64_t i = 0;
  for (; i + kHalfLanes <= n; i += kHalfLanes) narrow_f16(static_cast<char*>(p) + 2 * i, v + i);
  if (i < n) {
    float in[kHalfLanes] = {};
    uint16_t out[kHalfLanes];
    std::memcpy(in, v + i, static_cast<size_t>(4 * (n - i)));
    narrow_f16(out, in);
    std::memcpy(static_cast<char*>(p) + 2 * i, out, static_cast<size_t>(2 * (n - i)));
  }
}

}  // namespace

void load_block(float* v, const void* p, int dtype, int64_t n) {
  switch (dtype) {
    case WZ_F32: std::memcpy(v, p, static_cast<size_t>(4 * n)); break;
    case WZ_F16: load_f16(v, p, n); break;
    case WZ_BF16:
      for (int64_t i = 0; i < n; ++i) v[i] = get_bf16(p, i);
      break;
    case WZ_F64: load_values<double>(v, p, n); break;
    case WZ_F8_E4M3:
      for (int64_t i = 0; i < n; ++i) v[i] = f32_of_e4m3(get<uint8_t>(p, i));
      break;
    case WZ_F8_E5M2: {
      uint16_t h[WZ_BLOCK];
      for (int64_t i = 0; i < n; ++i) h[i] = static_cast<uint16_t>(get<uint8_t>(p, i) << 8);
      load_f16(v, h, n);
      break;
    }
    case WZ_I8: load_values<int8_t>(v, p, n); break;
    case WZ_U8: load_values<uint8_t>(v, p, n); break;
    case WZ_I16: load_values<int16_t>(v, p, n); break;
    case WZ_I32: load_values<int32_t>(v, p, n); break;
    default: load_values<int64_t>(v, p, n); break;
  }
}

void load_block(double* v, const void* p, int dtype, int64_t n) {
  switch (dtype) {
    case WZ_F64: std::memcpy(v, p, static_cast<size_t>(8 * n)); break;
    case WZ_F32: load_values<float>(v, p, n); break;
    case WZ_BF16:
      for (int64_t i = 0; i < n; ++i) v[i] = static_cast<double>(get_bf16(p, i));
      break;
    case WZ_I32: load_values<int32_t>(v, p, n); break;
    case WZ_I64: load_values<int64_t>(v, p, n); break;
    default: {  // all others fit float
      float f[WZ_BLOCK];
      load_block(f, p, dtype, n);
      for (int64_t i = 0; i < n; ++i) v[i] = static_cast<double>(f[i]);
      break;
    }
  }
}

void store_block(void* p, int dtype, const float* v, int64_t n) {
  switch (dtype) {
    case WZ_F32: std::memmove(p, v, static_cast<size_t>(4 * n)); break;
    case WZ_F16: store_f16(p, v, n); break;
    case WZ_BF16:
      for (int64_t i = 0; i < n; ++i) put<uint16_t>(p, i, static_cast<uint16_t>(bits_rounded_to_bf16(bits_of(v[i])) >> 16));
      break;
    case WZ_F64:
      for (int64_t i = 0; i < n; ++i) put<double>(p, i, static_cast<double>(v[i]));
      break;
    case WZ_F8_E4M3: store_f8<3, 7, 0x7E, 0x7F, 0x7F>(p, v, n); break;
    case WZ_F8_E5M2: store_f8<2, 15, 0x7B, 0x7C, 0x7E>(p, v, n); break;
    default: store_integers(p, dtype, v, n); break;
  }
}

void store_block(void* p, int dtype, const double* v, int64_t n) {
  switch (dtype) {
    case WZ_F64: std::memmove(p, v, static_cast<size_t>(8 * n)); break;
    case WZ_F32:
      for (int64_t i = 0; i < n; ++i) put<float>(p, i, static_cast<float>(v[i]));
      break;
    case WZ_F16:
    case WZ_BF16:
    case WZ_F8_E4M3:
    case WZ_F8_E5M2: {
      float odd[WZ_BLOCK];
      for (int64_t i = 0; i < n; ++i) odd[i] = f32_round_to_odd(v[i]);
      store_block(p, dtype, odd, n);
      break;
    }
    default: store_integers(p, dtype, v, n); break;
  }
}

void round_block_bf16(float* v, int64_t n) {
  for (int64_t i = 0; i < n; ++i) v[i] = rounded_to_bf16(v[i]);
}

void round_block_f16(float* v, int64_t n) {
  int64_t i = 0;
  for (; i + kHalfLanes <= n; i += kHalfLanes) {
    uint16_t h[kHalfLanes];
    narrow_f16(h, v + i);
    widen_f16(v + i, h);
  }
  if (i < n) {
    uint16_t h[kHalfLanes];
    store_f16(h, v + i, n - i);
    load_f16(v + i, h, n - i);
  }
}

}  // namespace wz::WZ_ISA
