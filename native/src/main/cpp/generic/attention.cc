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

// A tile's queries as rows, and its place to work.
struct Rows {
  const AttentionTile& tile;
  const wz_kv_cache& cache;
  int32_t group;
  int32_t of_head;  // rows of one key head
  int32_t count;    // of all
  int64_t width;    // of a row: whole vectors
  int vectors;      // of a row
  float* q;         // [count, width]
  float* weights;   // [count, kSpan]: logits, then their exponentials
  float* kv;        // [kSpan, width]
  float* spare;     // [2, count, width]

  explicit Rows(const AttentionTile& t)
      : tile(t),
        cache(*t.cache),
        group(t.settings->heads / cache.kv_heads),
        of_head(t.tokens * group),
        count(t.kv_heads * of_head),
        width(padded(cache.head_dim)),
        vectors(static_cast<int>(width / kLaneCount)),
        q(t.scratch),
        weights(q + count * width),
        kv(weights + int64_t{count} * kSpan),
        spare(kv + kSpan * width) {
    for (int32_t r = 0; r < count; ++r) {
      const float* from = t.q + place(r);
      float* to = q + r * width;
      for (int64_t c = 0; c < cache.head_dim; ++c) to[c] = from[c];
      for (int64_t c = cache.head_dim; c < width; ++c) to[c] = 0;
    }
  }

  int32_t token(int32_t row) const { return row % of_head / group; }
  int32_t head(int32_t row) const { return (tile.kv_head + row / of_head) * group + row % group; }
  // The row in q and out.
  int64_t place(int32_t row) const { return (int64_t{token(row)} * tile.settings->heads + head(row)) * cache.head_dim; }

  bool direct() const { return cache.head_dim % kLaneCount == 0 && (of_head <= kDirectRows || cache.dtype == WZ_F32); }
};

// What a row sees of a span, counted from the span's start; begin == end: nothing.
struct Seen {
  int32_t begin;
  int32_t end;
};

inline Seen seen(const Rows& rows, int32_t row, int32_t span) {
  const int32_t position = rows.tile.positions[rows.token(row)], start = span * kSpan;
  const int32_t begin = lesser(greater(first_seen(*rows.tile.settings, position) - start, 0), kSpan);
  const int32_t end = position < start ? 0 : lesser(position - start + 1, kSpan);
  return {begin, greater(end, begin)};
}

// Keys or values of one span where they are in the cache.
struct InPages {
  const Rows& rows;
  const char* data;
  int64_t row_bytes;
  int32_t start;  // of the span

  Run run(int32_t kv_head, int32_t n, int32_t count) const {
    const wz_kv_cache& cache = rows.cache;
    const int32_t position = start + n;
    const int64_t head = int64_t{rows.tile.table[position / cache.page_tokens]} * cache.kv_heads + rows.tile.kv_head + kv_head;
    return {data + (head * cache.page_tokens + position % cache.page_tokens) * row_bytes, row_bytes, count};
  }

  // f(begin, count) for each page in [begin, end)
  template <class F>
  void for_runs(int32_t begin, int32_t end, F&& f) const {
    while (begin < end) {
      const int32_t count = lesser(end - begin, rows.cache.page_tokens - (start + begin) % rows.cache.page_tokens);
      f(begin, count);
      begin += count;
    }
  }
};

// The same of one key head in float32 in scratch, from number first on.
struct InScratch {
  const float* data;
  int64_t row_bytes;
  int32_t first;

  Run run(int32_t, int32_t n, int32_t count) const { return {reinterpret_cast<const char*>(data) + (n - first) * row_bytes, row_bytes, count}; }

  template <class F>
  void for_runs(int32_t begin, int32_t end, F&& f) const {
    for (; begin < end; begin += kKeysAtOnce) f(begin, lesser(end - begin, kKeysAtOnce));
  }
};

template <class K>
void convert(float* to, const InPages& from, int32_t kv_head, Seen range, int64_t width, int vectors) {
  const wz_kv_cache& cache = from.rows.cache;
  from.for_runs(range.begin, range.end, [&](int32_t begin, int32_t count) {
    const Run run = from.run(kv_head, begin, count);
    for (int64_t i = 0; i < count; ++i, to += width) {
      if (cache.head_dim % kLaneCount == 0) {
        for (int v = 0; v < vectors; ++v) store_lanes(to + v * kLaneCount, K::load(run.row(i), v));
      } else {
        load_block(to, run.row(i), cache.dtype, cache.head_dim);
        for (int64_t c = cache.head_dim; c < width; ++c) to[c] = 0;
      }
    }
  });
}

// f(how many, row) for rows [first, first + count): as many at once as registers allow, a constant.
template <class F>
inline void by_query_rows(int32_t first, int32_t count, F&& f) {
  int32_t r = first;
  const int32_t end = first + count;
  for (; r + kQueryRows <= end; r += kQueryRows) f(std::integral_constant<int, kQueryRows>{}, r);
  if constexpr (kQueryRows > 2) {
    for (; r + 2 <= end; r += 2) f(std::integral_constant<int, 2>{}, r);
  }
  for (; r < end; ++r) f(std::integral_constant<int, 1>{}, r);
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

// Some rows of a tile: those of all its key heads, or of one that has been converted.
struct Heads {
  int32_t first;
  int32_t count;
};

// Logits. Keys are taken from a multiple of four on, so that four of them never lie in two pages; what a row does not see is never used. A page's
// heads follow each other, as they do in memory.
template <class K, class Source>
void logits(const Rows& rows, Heads heads, const Seen* of, const Source& keys, Seen range) {
  keys.for_runs(range.begin & ~3, range.end, [&](int32_t first, int32_t count) {
    for (int32_t head = heads.first; head < heads.first + heads.count; ++head) {
      const Run run = keys.run(head, first, count);
      by_query_rows(head * rows.of_head, rows.of_head, [&](auto r, int32_t row) {
        const Seen any = overlap(of + row, r).any;
        const int32_t begin = greater((any.begin & ~3) - first, 0), end = lesser(any.end - first, count);
        dots<K, r>(rows.weights + int64_t{row} * kSpan + first, kSpan, rows.q + row * rows.width, rows.width, run, begin, end, rows.vectors);
      });
    }
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

// a = weights times values of rows [row, row + R) and a run of values, those of [begin, end) in the span, where they meet.
template <class V, int R>
void weigh_run(float* a, int64_t a_stride, const Rows& rows, int32_t row, Seen range, const Run& run, int32_t first) {
  const int32_t begin = greater(range.begin, first), end = lesser(range.end, first + static_cast<int32_t>(run.count));
  // Rows of values that several passes read stay in the first-level cache.
  for (int32_t n = begin; n < end; n += kKeysAtOnce) {
    const Run part{run.row(n - first), run.row_bytes, lesser(end - n, kKeysAtOnce)};
    weighted_sum<V, R>(a + row * a_stride, a_stride, rows.weights + int64_t{row} * kSpan + n, kSpan, part, rows.vectors);
  }
}

// a [count, a_stride] += weights times values. What only some rows of a few see is added row by row: a value that a row does not see may be NaN.
template <class V, class Source>
void weighted_values(float* a, int64_t a_stride, const Rows& rows, Heads heads, const Seen* of, const Source& values, Seen range) {
  values.for_runs(range.begin, range.end, [&](int32_t first, int32_t count) {
    for (int32_t head = heads.first; head < heads.first + heads.count; ++head) {
      const Run run = values.run(head, first, count);
      by_query_rows(head * rows.of_head, rows.of_head, [&](auto r, int32_t row) {
        const Seen all = overlap(of + row, r).all;
        if (r == 1 || all.begin >= all.end) {
          for (int i = 0; i < r; ++i) weigh_run<V, 1>(a, a_stride, rows, row + i, of[row + i], run, first);
          return;
        }
        for (int i = 0; i < r; ++i) weigh_run<V, 1>(a, a_stride, rows, row + i, {of[row + i].begin, all.begin}, run, first);
        weigh_run<V, r>(a, a_stride, rows, row, all, run, first);
        for (int i = 0; i < r; ++i) weigh_run<V, 1>(a, a_stride, rows, row + i, {all.end, of[row + i].end}, run, first);
      });
    }
  });
}

// One span for all rows: a [count, a_stride], result(row, softmax) for each that sees something.
template <class Result>
void attend_span(const Rows& rows, int32_t span, float* a, int64_t a_stride, Result&& result) {
  Seen of[kMaxTileRows];
  for (int32_t r = 0; r < rows.count; ++r) of[r] = seen(rows, r, span);
  const Seen range = overlap(of, rows.count).any;
  if (range.begin >= range.end) return;
  const auto soften = [&](Heads heads) {
    for (int32_t r = heads.first * rows.of_head; r < (heads.first + heads.count) * rows.of_head; ++r) {
      for (int64_t c = 0; c < rows.width; ++c) a[r * a_stride + c] = 0;
      if (of[r].begin < of[r].end) result(r, weigh_logits(rows.weights + int64_t{r} * kSpan, of[r], *rows.tile.settings));
    }
  };
  with_kv(rows.cache.dtype, [&](auto type) {
    using Kv = decltype(type);
    const int64_t row_bytes = Kv::bytes(rows.cache.head_dim);
    const InPages keys{rows, static_cast<const char*>(rows.cache.keys), row_bytes, span * kSpan};
    const InPages values{rows, static_cast<const char*>(rows.cache.values), row_bytes, span * kSpan};
    if (rows.direct()) {
      const Heads all{0, rows.tile.kv_heads};
      logits<Kv>(rows, all, of, keys, range);
      soften(all);
      weighted_values<Kv>(a, a_stride, rows, all, of, values, range);
      return;
    }
    const Seen taken{range.begin & ~3, range.end};
    const InScratch converted{rows.kv, 4 * rows.width, taken.begin};
    for (int32_t head = 0; head < rows.tile.kv_heads; ++head) {
      convert<Kv>(rows.kv, keys, head, taken, rows.width, rows.vectors);
      logits<KvF32>(rows, {head, 1}, of, converted, range);
      soften({head, 1});
      convert<Kv>(rows.kv, values, head, taken, rows.width, rows.vectors);
      weighted_values<KvF32>(a, a_stride, rows, {head, 1}, of, converted, range);
    }
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

}  // namespace

void attention_tile(const AttentionTile& tile) {
  const Rows rows(tile);
  float* part = rows.spare;
  Softmax softmax[kMaxTileRows];
  Merged all[kMaxTileRows];
  for (int32_t r = 0; r < rows.count; ++r) {
    all[r].a = part + (int64_t{rows.count} + r) * rows.width;
    start(all[r], tile, rows.head(r), rows.width);
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
  for (int32_t r = 0; r < rows.count; ++r) finish(tile.out + rows.place(r), all[r], tile.cache->head_dim);
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
    finish(tile.out + (int64_t{r / group} * tile.settings->heads + head) * tile.cache->head_dim, all, tile.cache->head_dim);
  }
}

}  // namespace wz::WZ_ISA
