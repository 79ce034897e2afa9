// Rows of the KV cache as lanes: one type per element type of the cache, with the same loads.
#pragma once
#include <cstdint>
#include "lanes.h"
#include "wootz/dtype.h"

namespace wz::WZ_ISA {
namespace {

// load(row, v): elements [16 v, 16 v + 16) of a row; bytes(n): of a row of n elements.
struct KvF32 {
  static Lanes load(const char* row, int v) { return load_lanes(row + 64 * v); }
  static int64_t bytes(int64_t n) { return 4 * n; }
};

struct KvF16 {
  static Lanes load(const char* row, int v) { return lanes_from_f16(row + 32 * v); }
  static int64_t bytes(int64_t n) { return 2 * n; }
};

struct KvBf16 {
  static Lanes load(const char* row, int v) { return lanes_from_bf16(row + 32 * v); }
  static int64_t bytes(int64_t n) { return 2 * n; }
};

struct KvE4m3 {
  static Lanes load(const char* row, int v) { return lanes_from_e4m3(row + 16 * v); }
  static int64_t bytes(int64_t n) { return n; }
};

struct KvQ8 {
  static constexpr int kElements = 32, kBytes = 34;  // f16 scale, 32 x int8
  static Lanes load(const char* row, int v) {
    const char* block = row + v / 2 * kBytes;
    return multiply(lanes_of(half_at(block)), lanes_from_i8(block + 2 + v % 2 * 16));
  }
  static int64_t bytes(int64_t n) { return n / kElements * kBytes; }
};

// f(an object of the type that reads this dtype)
template <class F>
inline __attribute__((always_inline)) void with_kv(int dtype, F&& f) {
  switch (dtype) {
    case WZ_F32: f(KvF32{}); break;
    case WZ_F16: f(KvF16{}); break;
    case WZ_BF16: f(KvBf16{}); break;
    case WZ_F8_E4M3: f(KvE4m3{}); break;
    default: f(KvQ8{}); break;
  }
}

}  // namespace
}  // namespace wz::WZ_ISA
