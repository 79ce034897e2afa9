// What capi/attention.cc asks of one instruction set, and the constants of the result's definition. The order of every operation:
//
//   logit(n)  = scale * dot(q, k_n), dot: element c by fused multiply-add onto lane c % 16, lanes added as a tree (l + 8, + 4, + 2, + 1);
//               with a soft cap c * tanh_f32(logit / c)
//   one span  = the positions of [256 i, 256 i + 256) that the token sees: maximum m of the logits (NaN left out); e_n = exp_f32(logit(n) - m);
//               sum: e_n onto lane n % 16, lanes as above; a = sum of e_n v_n by fused multiply-add from 0 on, n ascending
//   merged    = spans ascending, from {m: sink or -infinity, sum: 1 with a sink, 0 without, a: 0}: M = the larger maximum, f = exp_f32(m - M) of both;
//               sum = fma(sum', f', sum * f), the same for a
//   out       = a / sum
//
// A maximum of -infinity (all logits are) counts as 0 in exponents.
#pragma once
#include <cstdint>
#include "wootz/attention.h"

namespace wz {

constexpr int kSpan = 256;
constexpr int kMaxHeadDim = 512;

// Consecutive tokens of one sequence, and all query heads of a few consecutive key heads: a row for each, key heads outside, then tokens.
struct AttentionTile {
  const wz_attention_settings* settings;
  const wz_kv_cache* cache;
  const int32_t* table;      // of the sequence
  const int32_t* positions;  // [tokens]
  const float* q;            // of the first token: [tokens, heads, head_dim]
  float* out;                // likewise
  int32_t tokens;            // at least 1
  int32_t kv_head;           // the first
  int32_t kv_heads;          // at least 1; all rows together at most tile_rows(group)
  float* scratch;  // attention_tile_scratch(...) floats, 64-byte aligned
};

// Rows of a tile: as many tokens as fit, at least one, whose group of heads may be larger.
constexpr int kTileRows = 128;
constexpr int kMaxGroup = 256;
constexpr int kMaxTileRows = kMaxGroup > kTileRows ? kMaxGroup : kTileRows;

inline int32_t tile_rows(int32_t group) { return group > kTileRows ? group : kTileRows; }

// A row of whole registers: a multiple of 16 floats.
inline int64_t padded(int64_t head_dim) { return (head_dim + 15) / 16 * 16; }

// Floats: queries, logits, one span of keys or values in float32, sums of a span, sums of all spans.
inline int64_t attention_tile_scratch(int32_t group, int32_t head_dim) {
  return tile_rows(group) * (3 * padded(head_dim) + kSpan) + kSpan * padded(head_dim);
}

// The first position that a token at this position sees.
inline int32_t first_seen(const wz_attention_settings& settings, int32_t position) {
  return settings.window > 0 && position >= settings.window ? position - settings.window + 1 : 0;
}

// Floats of one row's result for one span: a [padded(head_dim)], maximum, sum, and up to a cache line.
inline int64_t partial_floats(int32_t head_dim) { return padded(head_dim) + 16; }

// What wz_qk_rope_append asks; row t of q, k, v and of the table is token t.
struct Append {
  float* q;
  float* k;
  const float* v;
  const float* q_norm;
  const float* k_norm;
  double epsilon;
  const wz_rope* rope;
  int32_t heads;
  const wz_batch* batch;
  const wz_kv_cache* cache;
};

}  // namespace wz
