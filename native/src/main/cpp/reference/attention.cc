#include <cmath>
#include "base/attention_tile.h"
#include "base/elementary_f32.h"
#include "capi/operations.h"
#include "reference/kv_row.h"

namespace wz::WZ_ISA {
namespace {

constexpr int kLanes = 16;

float tree_sum(float* lanes) {
  for (int s = kLanes / 2; s > 0; s /= 2)
    for (int l = 0; l < s; ++l) lanes[l] += lanes[l + s];
  return lanes[0];
}

// The result of one span: a [head_dim], and how to merge it.
struct Part {
  float a[kMaxHeadDim];
  float maximum;
  float sum;
};

float shift_of(float maximum) { return maximum == -INFINITY ? 0 : maximum; }

// One row: a token's query for one head.
struct Row {
  const wz_attention_settings& settings;
  const wz_kv_cache& cache;
  const int32_t* table;
  const float* q;
  int32_t kv_head;

  // Element row of position n's key or value in the cache.
  int64_t place(int32_t n) const {
    return (static_cast<int64_t>(table[n / cache.page_tokens]) * cache.kv_heads + kv_head) * cache.page_tokens + n % cache.page_tokens;
  }

  float logit(int32_t n) const {
    float key[kMaxHeadDim], lanes[kLanes] = {};
    load_kv(key, cache.keys, cache.dtype, place(n), cache.head_dim);
    for (int c = 0; c < cache.head_dim; ++c) lanes[c % kLanes] = __builtin_fmaf(q[c], key[c], lanes[c % kLanes]);
    const float scaled = settings.scale * tree_sum(lanes);
    return settings.soft_cap > 0 ? settings.soft_cap * tanh_f32(scaled / settings.soft_cap) : scaled;
  }

  // Positions [begin, end), which lie in one span.
  void span(Part& part, int32_t begin, int32_t end) const {
    float e[kSpan], value[kMaxHeadDim], lanes[kLanes] = {};
    part.maximum = -INFINITY;
    for (int32_t n = begin; n < end; ++n) {
      e[n - begin] = logit(n);
      if (e[n - begin] > part.maximum) part.maximum = e[n - begin];
    }
    for (int c = 0; c < cache.head_dim; ++c) part.a[c] = 0;
    for (int32_t n = begin; n < end; ++n) {
      const float weight = exp_f32(e[n - begin] - shift_of(part.maximum));
      lanes[n % kLanes] += weight;
      load_kv(value, cache.values, cache.dtype, place(n), cache.head_dim);
      for (int c = 0; c < cache.head_dim; ++c) part.a[c] = __builtin_fmaf(weight, value[c], part.a[c]);
    }
    part.sum = tree_sum(lanes);
  }
};

Part before_spans(const wz_attention_settings& settings, int32_t head) {
  Part part{};
  part.maximum = settings.sinks != nullptr ? settings.sinks[head] : -INFINITY;
  part.sum = settings.sinks != nullptr ? 1 : 0;
  return part;
}

void merge(Part& all, const float* a, float maximum, float sum, int head_dim) {
  const float larger = maximum > all.maximum ? maximum : all.maximum;
  const float mine = exp_f32(all.maximum - shift_of(larger)), other = exp_f32(maximum - shift_of(larger));
  all.maximum = larger;
  all.sum = __builtin_fmaf(sum, other, all.sum * mine);
  for (int c = 0; c < head_dim; ++c) all.a[c] = __builtin_fmaf(a[c], other, all.a[c] * mine);
}

void finish(float* out, const Part& all, int head_dim) {
  for (int c = 0; c < head_dim; ++c) out[c] = all.a[c] / all.sum;
}

// f(row, query head, token, out's place)
template <class F>
void for_rows(const AttentionTile& tile, F&& f) {
  const int32_t heads = tile.settings->heads, group = heads / tile.cache->kv_heads, dim = tile.cache->head_dim;
  for (int32_t k = tile.kv_head; k < tile.kv_head + tile.kv_heads; ++k) {
    for (int32_t t = 0; t < tile.tokens; ++t) {
      for (int32_t head = k * group; head < (k + 1) * group; ++head) {
        const int64_t at = (static_cast<int64_t>(t) * heads + head) * dim;
        f(Row{*tile.settings, *tile.cache, tile.table, tile.q + at, k}, head, t, at);
      }
    }
  }
}

int32_t later(int32_t a, int32_t b) { return a > b ? a : b; }
int32_t earlier(int32_t a, int32_t b) { return a < b ? a : b; }

}  // namespace

void attention_tile(const AttentionTile& tile) {
  for_rows(tile, [&](const Row& row, int32_t head, int32_t t, int64_t at) {
    const int32_t end = tile.positions[t] + 1, first = first_seen(*tile.settings, tile.positions[t]);
    Part all = before_spans(*tile.settings, head), part;
    for (int32_t span = first / kSpan; span * kSpan < end; ++span) {
      row.span(part, later(first, span * kSpan), earlier(end, span * kSpan + kSpan));
      merge(all, part.a, part.maximum, part.sum, tile.cache->head_dim);
    }
    finish(tile.out + at, all, tile.cache->head_dim);
  });
}

void attention_span(float* partial, int64_t row_stride, int32_t span, const AttentionTile& tile) {
  float* to = partial;
  for_rows(tile, [&](const Row& row, int32_t, int32_t t, int64_t) {
    const int32_t begin = later(first_seen(*tile.settings, tile.positions[t]), span * kSpan);
    const int32_t end = earlier(tile.positions[t] + 1, span * kSpan + kSpan);
    if (begin < end) {
      Part part;
      row.span(part, begin, end);
      const int64_t a = padded(tile.cache->head_dim);
      for (int c = 0; c < tile.cache->head_dim; ++c) to[c] = part.a[c];
      to[a] = part.maximum;
      to[a + 1] = part.sum;
    }
    to += row_stride;
  });
}

void attention_merge(const float* partial, int64_t row_stride, int32_t first_span, const AttentionTile& tile) {
  const int64_t floats = partial_floats(tile.cache->head_dim), a = padded(tile.cache->head_dim);
  const float* from = partial;
  for_rows(tile, [&](const Row&, int32_t head, int32_t t, int64_t at) {
    Part all = before_spans(*tile.settings, head);
    const int32_t last = tile.positions[t] / kSpan;
    for (int32_t span = first_seen(*tile.settings, tile.positions[t]) / kSpan; span <= last; ++span) {
      const float* part = from + (span - first_span) * floats;
      merge(all, part, part[a], part[a + 1], tile.cache->head_dim);
    }
    finish(tile.out + at, all, tile.cache->head_dim);
    from += row_stride;
  });
}

}  // namespace wz::WZ_ISA
