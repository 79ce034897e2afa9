// ldmatrix and mma.sync. A product is exact, the sums are in double and rounded once: what a card truncates on the way it may differ by.
// Fragments, r = lane / 4, t = lane % 4, low half or byte first: see each reader below.
#include <algorithm>
#include <cstring>
#include "machine/block.h"
#include "operations/forms.h"
#include "operations/memory.h"
#include "operations/small_floats.h"

namespace wz::software {
namespace {

void whole(Warp& w, const Instruction& i, const char* what) {
  if (w.exec != kAllLanes) w.block->fault(w, i, __builtin_ctz(w.exec), kLaunchFailure, std::string(what) + " needs all lanes of the warp; only mask " + std::to_string(w.exec) + " is here");
}

// Lanes 8m .. 8m + 7 name the rows of matrix m, 16 bytes each. Conflicts are counted per matrix, over 8 groups of banks.
void matrix_rows(Warp& w, const Instruction& i, Use use, Lanes* a) {
  const u32 rows = i.vector == 4 ? kAllLanes : (1u << 8 * i.vector) - 1;
  Launch& launch = *w.block->launch;
  const bool count = std::exchange(launch.options.count, false);
  if (count) {
    for (int m = 0; m < i.vector; ++m) {
      int groups[8] = {}, most = 0;
      for (int r = 0; r < 8; ++r) {
        bool same = false;
        for (int q = 0; q < r; ++q) same |= a->address[8 * m + q] == a->address[8 * m + r];
        if (!same) most = std::max(most, ++groups[a->address[8 * m + r] / 16 % 8]);
      }
      launch.counters.shared_wavefronts += static_cast<u64>(most);
      launch.counters.shared_ideal += 1;
      launch.counters.shared_bytes += 128;
    }
  }
  for (int l = 0; i.space == Space::kGeneric && l < kLanes; ++l) {
    if ((rows >> l & 1) && (a->address[l] & kWindowMask) != kSharedWindow) w.block->fault(w, i, l, kIllegalAddress, "the address of a matrix row is not in shared memory");
  }
  resolve(w, i, Space::kShared, rows, 16, use, a);
  launch.options.count = count;
}

// Lane l gets row l/4, elements 2(l%4) and the next; transposed: column l/4, rows 2(l%4) and the next.
template <bool kTranspose>
void ldmatrix(Warp& w, const Instruction& i) {
  whole(w, i, "ldmatrix");
  Lanes a;
  addresses(w, i, i.vector, i.immediate, &a);
  matrix_rows(w, i, Use::kRead, &a);
  for (int m = 0; m < i.vector; ++m) {
    u16 element[8][8];
    for (int r = 0; r < 8; ++r) std::memcpy(element[r], reinterpret_cast<const void*>(a.address[8 * m + r]), 16);
    u32* d = out<u32>(w, i.r[m]);
    for (int l = 0; l < kLanes; ++l) {
      const int r = l / 4, c = 2 * (l % 4);
      d[l] = kTranspose ? element[c][r] | static_cast<u32>(element[c + 1][r]) << 16 : element[r][c] | static_cast<u32>(element[r][c + 1]) << 16;
    }
  }
}
template <bool kTranspose>
void stmatrix(Warp& w, const Instruction& i) {
  whole(w, i, "stmatrix");
  Lanes a;
  addresses(w, i, 0, i.immediate, &a);
  matrix_rows(w, i, Use::kWrite, &a);
  for (int m = 0; m < i.vector; ++m) {
    u16 element[8][8];
    const u32* s = in<u32>(w, i.r[1 + m]);
    for (int l = 0; l < kLanes; ++l) {
      const int r = l / 4, c = 2 * (l % 4);
      for (int h = 0; h < 2; ++h) (kTranspose ? element[c + h][r] : element[r][c + h]) = static_cast<u16>(s[l] >> 16 * h);
    }
    for (int r = 0; r < 8; ++r) std::memcpy(reinterpret_cast<void*>(a.address[8 * m + r]), element[r], 16);
  }
}

void movmatrix(Warp& w, const Instruction& i) {
  whole(w, i, "movmatrix");
  u32 s[kLanes];
  std::memcpy(s, in<u32>(w, i.r[1]), sizeof s);
  const auto at = [&s](int row, int column) { return s[4 * row + column / 2] >> 16 * (column % 2) & 0xFFFF; };
  u32* d = out<u32>(w, i.r[0]);
  for (int l = 0; l < kLanes; ++l) d[l] = at(2 * (l % 4), l / 4) | at(2 * (l % 4) + 1, l / 4) << 16;
}

struct Bf16 {
  static double at(u32 word, int k) { return float_of_bf16(static_cast<u16>(word >> 16 * k)); }
  static constexpr int kPerWord = 2;
};
struct F16 {
  static double at(u32 word, int k) { return float_of_f16(static_cast<u16>(word >> 16 * k)); }
  static constexpr int kPerWord = 2;
};
struct Tf32 {
  static double at(u32 word, int) { return float_of(word & 0xFFFFE000u); }
  static constexpr int kPerWord = 1;
};
struct E4m3 {
  static double at(u32 word, int k) { return float_of_e4m3(static_cast<u8>(word >> 8 * k)); }
  static constexpr int kPerWord = 4;
};
struct E5m2 {
  static double at(u32 word, int k) { return float_of_e5m2(static_cast<u8>(word >> 8 * k)); }
  static constexpr int kPerWord = 4;
};
struct S8 {
  static double at(u32 word, int k) { return static_cast<s8>(word >> 8 * k); }
  static constexpr int kPerWord = 4;
};
struct U8 {
  static double at(u32 word, int k) { return static_cast<u8>(word >> 8 * k); }
  static constexpr int kPerWord = 4;
};

enum Result { kF32, kF16, kS32, kS32Saturated };

// D = A B + C, m16n8kK. A register q: row r + 8 (q & 1), columns P t + {0..P-1} + 4 P (q >> 1), P elements a word; B register q: rows
// P t + {0..P-1} + 4 P q, column r. C and D: c[j] at row r + 8 (j >> 1), column 2 t + (j & 1); f16 packs {c0, c1}, {c2, c3}.
template <class A, class B, int K, int kResult>
void mma(Warp& w, const Instruction& i) {
  whole(w, i, "mma.sync");
  constexpr int P = A::kPerWord;
  constexpr int kB = K / (4 * P), kA = 2 * kB, kC = kResult == kF16 ? 2 : 4;
  alignas(64) double a[16][K], b[K][8], c[16][8];
  for (int q = 0; q < kA; ++q) {
    const u32* s = in<u32>(w, i.r[kC + q]);
    for (int l = 0; l < kLanes; ++l) {
      for (int e = 0; e < P; ++e) a[l / 4 + 8 * (q & 1)][P * (l % 4) + e + 4 * P * (q >> 1)] = A::at(s[l], e);
    }
  }
  for (int q = 0; q < kB; ++q) {
    const u32* s = in<u32>(w, i.r[kC + kA + q]);
    for (int l = 0; l < kLanes; ++l) {
      for (int e = 0; e < P; ++e) b[P * (l % 4) + e + 4 * P * q][l / 4] = B::at(s[l], e);
    }
  }
  for (int j = 0; j < 4; ++j) {
    const u32* s = in<u32>(w, i.r[kC + kA + kB + (kResult == kF16 ? j >> 1 : j)]);
    for (int l = 0; l < kLanes; ++l) {
      double v;
      if constexpr (kResult == kF32) v = float_of(s[l]);
      else if constexpr (kResult == kF16) v = float_of_f16(static_cast<u16>(s[l] >> 16 * (j & 1)));
      else v = static_cast<s32>(s[l]);
      c[l / 4 + 8 * (j >> 1)][2 * (l % 4) + (j & 1)] = v;
    }
  }
  for (int row = 0; row < 16; ++row) {
    alignas(64) double sum[8] = {};
    for (int k = 0; k < K; ++k) {
      const double v = a[row][k];
      for (int n = 0; n < 8; ++n) sum[n] += v * b[k][n];
    }
    for (int n = 0; n < 8; ++n) c[row][n] += sum[n];
  }
  for (int j = 0; j < 4; ++j) {
    u32* d = out<u32>(w, i.r[kResult == kF16 ? j >> 1 : j]);
    for (int l = 0; l < kLanes; ++l) {
      const double v = c[l / 4 + 8 * (j >> 1)][2 * (l % 4) + (j & 1)];
      if constexpr (kResult == kF32) d[l] = bits_of(canonical(static_cast<float>(v)));
      else if constexpr (kResult == kF16) d[l] = j & 1 ? (d[l] & 0xFFFFu) | static_cast<u32>(f16_of(v)) << 16 : f16_of(v);
      else if constexpr (kResult == kS32) d[l] = static_cast<u32>(static_cast<s64>(v));
      else d[l] = static_cast<u32>(static_cast<s32>(std::clamp(v, -2147483648.0, 2147483647.0)));
    }
  }
  Counters& count = w.block->launch->counters;
  constexpr u64 kFlops = 2ull * 16 * 8 * K;
  if constexpr (P == 1) count.tensor_flops_tf32 += kFlops;
  else if constexpr (P == 2) count.tensor_flops_16 += kFlops;
  else count.tensor_ops_8 += kFlops;
}

template <class A, class B, int K, int kResult>
void add(Forms& f, const std::string& opcode) {
  constexpr int kB = K / (4 * A::kPerWord), kC = kResult == kF16 ? 2 : 4;
  f.add(opcode, std::string(kC, 'W') + std::string(3 * kB + kC, 'w'), Class::kTensor, mma<A, B, K, kResult>);
}

template <class A, class B>
void add_bytes(Forms& f, const std::string& types) {
  add<A, B, 16, kS32>(f, "mma.sync.aligned.m16n8k16.row.col.s32." + types + ".s32");
  add<A, B, 32, kS32>(f, "mma.sync.aligned.m16n8k32.row.col.s32." + types + ".s32");
  add<A, B, 16, kS32Saturated>(f, "mma.sync.aligned.m16n8k16.row.col.satfinite.s32." + types + ".s32");
  add<A, B, 32, kS32Saturated>(f, "mma.sync.aligned.m16n8k32.row.col.satfinite.s32." + types + ".s32");
}

}  // namespace

void add_matrix_memory_forms(MemoryForms& f) {
  for (const int n : {1, 2, 4}) {
    for (const bool transpose : {false, true}) {
      for (const bool shared : {false, true}) {
        MemoryForm form;
        form.cls = Class::kShared;
        form.space = shared ? Space::kShared : Space::kGeneric;
        form.bytes = 4;
        form.vector = n;
        const std::string rest = ".sync.aligned.m8n8.x" + std::to_string(n) + (transpose ? ".trans" : "") + (shared ? ".shared" : "") + ".b16";
        form.handler = transpose ? ldmatrix<true> : ldmatrix<false>;
        form.signature = "D@";
        f.add("ldmatrix" + rest, form);
        form.handler = transpose ? stmatrix<true> : stmatrix<false>;
        form.signature = "@d";
        f.add("stmatrix" + rest, form);
      }
    }
  }
}

void add_matrix_forms(Forms& f) {
  const std::string p = "mma.sync.aligned.";
  add<Bf16, Bf16, 16, kF32>(f, p + "m16n8k16.row.col.f32.bf16.bf16.f32");
  add<Bf16, Bf16, 8, kF32>(f, p + "m16n8k8.row.col.f32.bf16.bf16.f32");
  add<F16, F16, 16, kF32>(f, p + "m16n8k16.row.col.f32.f16.f16.f32");
  add<F16, F16, 8, kF32>(f, p + "m16n8k8.row.col.f32.f16.f16.f32");
  add<F16, F16, 16, kF16>(f, p + "m16n8k16.row.col.f16.f16.f16.f16");
  add<F16, F16, 8, kF16>(f, p + "m16n8k8.row.col.f16.f16.f16.f16");
  add<Tf32, Tf32, 8, kF32>(f, p + "m16n8k8.row.col.f32.tf32.tf32.f32");
  add<Tf32, Tf32, 4, kF32>(f, p + "m16n8k4.row.col.f32.tf32.tf32.f32");
  add<E4m3, E4m3, 32, kF32>(f, p + "m16n8k32.row.col.f32.e4m3.e4m3.f32");
  add<E4m3, E5m2, 32, kF32>(f, p + "m16n8k32.row.col.f32.e4m3.e5m2.f32");
  add<E5m2, E4m3, 32, kF32>(f, p + "m16n8k32.row.col.f32.e5m2.e4m3.f32");
  add<E5m2, E5m2, 32, kF32>(f, p + "m16n8k32.row.col.f32.e5m2.e5m2.f32");
  f.add("movmatrix.sync.aligned.m8n8.trans.b16", "Ww", Class::kWarp, movmatrix);
  add_bytes<S8, S8>(f, "s8.s8");
  add_bytes<S8, U8>(f, "s8.u8");
  add_bytes<U8, S8>(f, "u8.s8");
  add_bytes<U8, U8>(f, "u8.u8");
}

}  // namespace wz::software
