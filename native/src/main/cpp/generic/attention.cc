// Attention of one tile of queries, span by span. The order of all operations is that of base/attention_tile.h; which rows and keys are computed
// together is chosen here and does not show in the result.
#include <type_traits>
#include "base/attention_tile.h"
#include "base/elementary_f32.h"
#include "capi/operations.h"
#include "generic/attention_products.h"
#include "generic/block.h"

namespace wz::WZ_ISA {
namespace {

constexpr float kInfinity = __builtin_inff();

// Up to so many rows read keys and values as they are in the cache; more have them converted to float32 first.
constexpr int kDirectRows = 8;
// Values that several passes read stay in the first-level cache.
constexpr int32_t kKeysAtOnce = 64;

inline float shift_of(float maximum) { return maximum == -kInfinity ? 0 : maximum; }
inline int32_t lesser(int32_t a, int32_t b) { return a < b ? a : b; }
inline int32_t greater(int32_t a, int32_t b) { return a > b ? a : b; }

inline float sum_of(Lanes v) {
  float sums[4];
  store_sums(sums, v, v, v, v);
  return sums[0];
}

// A tile's queries as rows, and its place to work. Row r is token r / group.
struct Rows {
  const AttentionTile& tile;
  const wz_kv_cache& cache;
  int32_t group;
  int32_t count;
  int64_t width;   // of a row: whole vectors
  int vectors;     // of a row
  float* q;        // [count, width]
  float* weights;  // [count, kSpan]: logits, then their exponentials
  float* kv;       // [kSpan, width]
  float* spare;    // [2, count, width]

  explicit Rows(const AttentionTile& t)
      : tile(t),
        cache(*t.cache),
        group(t.settings->heads / cache.kv_heads),
        count(t.tokens * group),
        width(padded(cache.head_dim)),
        vectors(static_cast<int>(width / kLaneCount)),
        q(t.scratch),
        weights(q + count * width),
        kv(weights + int64_t{count} * kSpan),
        spare(kv + kSpan * width) {
    for (int32_t r = 0; r < count; ++r) {
      const int64_t head = int64_t{r / group} * t.settings->heads + t.kv_head * group + r % group;
      const float* from = t.q + head * cache.head_dim;
      float* to = q + r * width;
      for (int64_t c = 0; c < cache.head_dim; ++c) to[c] = from[c];
      for (int64_t c = cache.head_dim; c < width; ++c) to[c] = 0;
    }
  }

  int32_t position(int32_t row) const { return tile.positions[row / group]; }
  bool direct() const { return cache.head_dim % kLaneCount == 0 && (count <= kDirectRows || cache.dtype == WZ_F32); }
};

// What a row sees of a span, counted from the span's start; begin == end: nothing.
struct Seen {
  int32_t begin;
  int32_t end;
};

inline Seen seen(const Rows& rows, int32_t row, int32_t span) {
  const int32_t position = rows.position(row), start = span * kSpan;
  const int32_t begin = greater(first_seen(*rows.tile.settings, position) - start, 0);
  const int32_t end = position < start ? 0 : lesser(position - start + 1, kSpan);
  return {lesser(begin, kSpan), greater(end, lesser(begin, kSpan))};
}

// Keys or values of one span where they are in the cache: consecutive up to the end of a page.
struct InPages {
  const Rows& rows;
  const char* data;
  int64_t row_bytes;
  int32_t start;  // of the span

  // f(the first key, its number in the span, how many) for [begin, end)
  template <class F>
  void for_runs(int32_t begin, int32_t end, F&& f) const {
    const wz_kv_cache& cache = rows.cache;
    while (begin < end) {
      const int32_t n = start + begin, place = n % cache.page_tokens;
      const int64_t head = int64_t{rows.tile.table[n / cache.page_tokens]} * cache.kv_heads + rows.tile.kv_head;
      const int32_t run = lesser(lesser(end - begin, cache.page_tokens - place), kKeysAtOnce);
      f(data + (head * cache.page_tokens + place) * row_bytes, begin, run);
      begin += run;
    }
  }
};

// The same in float32 in scratch, from number first on.
struct InScratch {
  const float* data;
  int64_t row_bytes;
  int32_t first;

  template <class F>
  void for_runs(int32_t begin, int32_t end, F&& f) const {
    while (begin < end) {
      const int32_t run = lesser(end - begin, kKeysAtOnce);
      f(reinterpret_cast<const char*>(data) + (begin - first) * row_bytes, begin, run);
      begin += run;
    }
  }
};

template <class K>
void convert(float* to, const InPages& from, Seen range, int64_t width, int vectors) {
  const wz_kv_cache& cache = from.rows.cache;
  from.for_runs(range.begin, range.end, [&](const char* keys, int32_t, int32_t run) {
    for (int32_t i = 0; i < run; ++i, to += width) {
      const char* key = keys + i * from.row_bytes;
      if (cache.head_dim % kLaneCount == 0) {
        for (int v = 0; v < vectors; ++v) store_lanes(to + v * kLaneCount, K::load(key, v));
      } else {
        load_block(to, key, cache.dtype, cache.head_dim);
        for (int64_t c = cache.head_dim; c < width; ++c) to[c] = 0;
      }
    }
  });
}

// f.template operator()<R>(row) for rows [0, count): as many at once as registers allow.
template <class F>
inline void by_query_rows(int32_t count, F&& f) {
  int32_t r = 0;
  for (; r + kQueryRows <= count; r += kQueryRows) f(std::integral_constant<int, kQueryRows>{}, r);
  if constexpr (kQueryRows > 2) {
    for (; r + 2 <= count; r += 2) f(std::integral_constant<int, 2>{}, r);
  }
  for (; r < count; ++r) f(std::integral_constant<int, 1>{}, r);
}

// Of rows [row, row + R): everything that one of them sees, and what all see.
struct Overlap {
  Seen any;
  Seen all;
};

inline Overlap overlap(const Seen* of, int rows) {
  Overlap o{{kSpan, 0}, {0, kSpan}};
  for (int r = 0; r < rows; ++r) {
    o.all = {greater(o.all.begin, of[r].begin), lesser(o.all.end, of[r].end)};
    if (of[r].begin < of[r].end) o.any = {lesser(o.any.begin, of[r].begin), greater(o.any.end, of[r].end)};
  }
  return o;
}

// Logits of all rows. Keys are taken from a multiple of four on, so that four of them never lie in two pages; what a row does not see is never used.
template <class K, class Source>
void logits(const Rows& rows, const Seen* of, const Source& keys, Seen range) {
  keys.for_runs(range.begin & ~3, range.end, [&](const char* run, int32_t first, int32_t count) {
    by_query_rows(rows.count, [&](auto r, int32_t row) {
      const Seen any = overlap(of + row, r).any;
      const int32_t begin = greater(any.begin & ~3, first), end = lesser(any.end, first + count);
      if (begin >= end) return;
      dots<K, r>(rows.weights + int64_t{row} * kSpan + begin, kSpan, rows.q + row * rows.width, rows.width,
                 run + (begin - first) * keys.row_bytes, keys.row_bytes, rows.vectors, end - begin);
    });
  });
}

// Logits become weights; returns {maximum, sum}. Around what is seen the vectors are filled up with zeros.
struct Softmax {
  float maximum;
  float sum;
};

inline Softmax weigh_logits(float* logit, Seen of, const wz_attention_settings& settings) {
  const int32_t begin = of.begin / kLaneCount * kLaneCount, end = (of.end + kLaneCount - 1) / kLaneCount * kLaneCount;
  const float scale = settings.scale, cap = settings.soft_cap;
  for (int32_t i = of.begin; i < of.end; ++i) logit[i] *= scale;
  if (cap > 0) {
    for (int32_t i = of.begin; i < of.end; ++i) logit[i] = cap * tanh_f32(logit[i] / cap);
  }
  for (int32_t i = begin; i < of.begin; ++i) logit[i] = -kInfinity;
  for (int32_t i = of.end; i < end; ++i) logit[i] = -kInfinity;
  Lanes most = lanes_of(-kInfinity);
  for (int32_t i = begin; i < end; i += kLaneCount) most = larger(load_lanes(logit + i), most);
  alignas(64) float lane[kLaneCount];
  store_lanes(lane, most);
  for (int s = kLaneCount / 2; s > 0; s /= 2)
    for (int l = 0; l < s; ++l) lane[l] = lane[l + s] > lane[l] ? lane[l + s] : lane[l];
  const float shift = shift_of(lane[0]);
  Lanes sum = lanes_of(0);
  for (int32_t i = begin; i < end; i += kLaneCount) {
    for (int l = 0; l < kLaneCount; ++l) logit[i + l] = exp_f32(logit[i + l] - shift);
    sum = add(sum, load_lanes(logit + i));
  }
  return {lane[0], sum_of(sum)};
}

// a [count, width] = weights times values. What only some rows of a group see is added row by row: a value that a row does not see may be NaN.
template <class V, class Source>
void weighted_values(float* a, int64_t a_stride, const Rows& rows, const Seen* of, const Source& values) {
  const auto add_up = [&](auto r, int32_t row, int32_t begin, int32_t end) {
    values.for_runs(begin, end, [&](const char* run, int32_t first, int32_t count) {
      weighted_sum<V, r>(a + row * a_stride, a_stride, rows.weights + int64_t{row} * kSpan + first, kSpan, run, values.row_bytes, rows.vectors,
                         count);
    });
  };
  constexpr auto kOne = std::integral_constant<int, 1>{};
  by_query_rows(rows.count, [&](auto r, int32_t row) {
    for (int i = 0; i < r; ++i)
      for (int64_t c = 0; c < rows.width; ++c) a[(row + i) * a_stride + c] = 0;
    const Seen all = overlap(of + row, r).all;
    if (r == 1 || all.begin >= all.end) {
      for (int i = 0; i < r; ++i) add_up(kOne, row + i, of[row + i].begin, of[row + i].end);
      return;
    }
    for (int i = 0; i < r; ++i) add_up(kOne, row + i, of[row + i].begin, all.begin);
    add_up(r, row, all.begin, all.end);
    for (int i = 0; i < r; ++i) add_up(kOne, row + i, all.end, of[row + i].end);
  });
}

// One span for all rows: a [count, a_stride], result(row, softmax) for each.
template <class Result>
void attend_span(const Rows& rows, int32_t span, float* a, int64_t a_stride, Result&& result) {
  Seen of[kMaxTileRows];
  for (int32_t r = 0; r < rows.count; ++r) of[r] = seen(rows, r, span);
  const Seen range = overlap(of, rows.count).any;
  if (range.begin >= range.end) return;
  const auto soften = [&] {
    for (int32_t r = 0; r < rows.count; ++r) {
      if (of[r].begin < of[r].end) result(r, weigh_logits(rows.weights + int64_t{r} * kSpan, of[r], *rows.tile.settings));
    }
  };
  with_kv(rows.cache.dtype, [&](auto type) {
    using Kv = decltype(type);
    const int64_t row_bytes = Kv::bytes(rows.cache.head_dim);
    const InPages keys{rows, static_cast<const char*>(rows.cache.keys), row_bytes, span * kSpan};
    const InPages values{rows, static_cast<const char*>(rows.cache.values), row_bytes, span * kSpan};
    if (rows.direct()) {
      logits<Kv>(rows, of, keys, range);
      soften();
      weighted_values<Kv>(a, a_stride, rows, of, values);
      return;
    }
    const Seen taken{range.begin & ~3, range.end};
    const InScratch converted{rows.kv, 4 * rows.width, taken.begin};
    convert<Kv>(rows.kv, keys, taken, rows.width, rows.vectors);
    logits<KvF32>(rows, of, converted, range);
    soften();
    convert<Kv>(rows.kv, values, taken, rows.width, rows.vectors);
    weighted_values<KvF32>(a, a_stride, rows, of, converted);
  });
}

// The spans of one row, merged so far.
struct Merged {
  float* a;
  float maximum;
  float sum;
};

inline void start(Merged& all, const AttentionTile& tile, int32_t head, int64_t width) {
  const float* sinks = tile.settings->sinks;
  all.maximum = sinks != nullptr ? sinks[head] : -kInfinity;
  all.sum = sinks != nullptr ? 1 : 0;
  for (int64_t c = 0; c < width; ++c) all.a[c] = 0;
}

inline void merge(Merged& all, const float* a, Softmax part, int64_t width) {
  const float most = part.maximum > all.maximum ? part.maximum : all.maximum;
  const float mine = exp_f32(all.maximum - shift_of(most)), other = exp_f32(part.maximum - shift_of(most));
  all.maximum = most;
  all.sum = __builtin_fmaf(part.sum, other, all.sum * mine);
  for (int64_t c = 0; c < width; c += kLaneCount)
    store_lanes(all.a + c, multiply_add(load_lanes(a + c), lanes_of(other), multiply(load_lanes(all.a + c), lanes_of(mine))));
}

inline void finish(float* out, const Merged& all, int64_t n) {
  for (int64_t c = 0; c < n; ++c) out[c] = all.a[c] / all.sum;
}

inline float* out_of(const AttentionTile& tile, int32_t token, int32_t head) {
  return tile.out + (int64_t{token} * tile.settings->heads + head) * tile.cache->head_dim;
}

}  // namespace

void attention_tile(const AttentionTile& tile) {
  const Rows rows(tile);
  float* part = rows.spare;
  Softmax softmax[kMaxTileRows];
  Merged all[kMaxTileRows];
  for (int32_t r = 0; r < rows.count; ++r) {
    all[r].a = part + (int64_t{rows.count} + r) * rows.width;
    start(all[r], tile, tile.kv_head * rows.group + r % rows.group, rows.width);
  }
  const int32_t last = tile.positions[tile.tokens - 1] / kSpan;
  for (int32_t span = first_seen(*tile.settings, tile.positions[0]) / kSpan; span <= last; ++span) {
    bool seen_by[kMaxTileRows] = {};
    attend_span(rows, span, part, rows.width, [&](int32_t r, Softmax s) {
      softmax[r] = s;
      seen_by[r] = true;
    });
    for (int32_t r = 0; r < rows.count; ++r) {
      if (seen_by[r]) merge(all[r], part + r * rows.width, softmax[r], rows.width);
    }
  }
  for (int32_t r = 0; r < rows.count; ++r)
    finish(out_of(tile, r / rows.group, tile.kv_head * rows.group + r % rows.group), all[r], tile.cache->head_dim);
}

void attention_span(float* partial, int64_t row_stride, int32_t span, const AttentionTile& tile) {
  const Rows rows(tile);
  attend_span(rows, span, partial, row_stride, [&](int32_t r, Softmax s) {
    partial[r * row_stride + rows.width] = s.maximum;
    partial[r * row_stride + rows.width + 1] = s.sum;
  });
}

void attention_merge(const float* partial, int64_t row_stride, int32_t first_span, const AttentionTile& tile) {
  alignas(64) float a[kMaxHeadDim];
  const int32_t group = tile.settings->heads / tile.cache->kv_heads;
  const int64_t width = padded(tile.cache->head_dim), floats = partial_floats(tile.cache->head_dim);
  for (int32_t r = 0; r < tile.tokens * group; ++r) {
    const int32_t position = tile.positions[r / group], head = tile.kv_head * group + r % group;
    Merged all{a, 0, 0};
    start(all, tile, head, width);
    for (int32_t span = first_seen(*tile.settings, position) / kSpan; span <= position / kSpan; ++span) {
      const float* part = partial + r * row_stride + (span - first_span) * floats;
      merge(all, part, {part[width], part[width + 1]}, width);
    }
    finish(out_of(tile, r / group, head), all, tile.cache->head_dim);
  }
}

}  // namespace wz::WZ_ISA
