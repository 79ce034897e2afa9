// Who computes what: sequences with many new tokens go in tiles of queries, each of which runs over its spans; the few tokens of a sequence that
// decodes are cut by spans (Flash-Decoding), whose parts are merged afterwards. Both give the same bits (base/attention_tile.h).
#include <algorithm>
#include <atomic>
#include <thread>
#include "base/attention_tile.h"
#include "base/threads.h"
#include "capi/attention_checks.h"
#include "capi/table.h"

namespace wz {
namespace {

// Up to so many new tokens a sequence is cut by spans, and so many tokens' parts are in scratch at once.
constexpr int32_t kSplitTokens = 16;

// Threads that compute at once, each with its own scratch.
int64_t slots() {
  static const int64_t count = std::max<int64_t>(1, std::thread::hardware_concurrency());
  return count;
}

// In floats, whole cache lines.
int64_t slot_floats(int32_t group, int32_t head_dim) { return (attention_tile_scratch(group, head_dim) + 15) / 16 * 16; }

struct Step {
  float* out;
  const float* q;
  const wz_attention_settings& settings;
  const wz_batch& batch;
  const wz_kv_cache& cache;
  ThreadPool* pool;
  float* scratch;
  float* partials;

  int32_t group() const { return settings.heads / cache.kv_heads; }
  int32_t tile_tokens() const { return std::max(1, kTileRows / group()); }
  int32_t tokens(int32_t sequence) const { return batch.begin[sequence + 1] - batch.begin[sequence]; }

  AttentionTile tile(int32_t sequence, int32_t token, int32_t count) const {
    const int64_t at = int64_t{token} * settings.heads * cache.head_dim;
    AttentionTile t{};
    t.settings = &settings;
    t.cache = &cache;
    t.table = batch.tables + int64_t{sequence} * batch.table_stride;
    t.positions = batch.positions + token;
    t.q = q + at;
    t.out = out + at;
    t.tokens = count;
    t.kv_heads = 1;
    return t;
  }

  int64_t threads() const { return std::min(slots(), pool != nullptr ? int64_t{pool->threads()} : 1); }

  // f(item, scratch of its thread)
  template <class F>
  void for_each_item(int64_t items, F&& f) const {
    std::atomic<int64_t> next{0};
    for_each_piece(pool, std::min(items, threads()), [&](int64_t slot) {
      float* mine = scratch + slot * slot_floats(group(), cache.head_dim);
      for (int64_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < items;) f(i, mine);
    });
  }
};

// The sequences with many new tokens. A tile's work grows with its position: the last ones are handed out first. Tiles of one key head follow each
// other, so that its keys and values stay in the cache.
void attend_in_tiles(const Step& step) {
  const int32_t tile_tokens = step.tile_tokens();
  const auto tiles_of = [&](int32_t s) {
    return step.tokens(s) > kSplitTokens ? (int64_t{step.tokens(s)} + tile_tokens - 1) / tile_tokens : 0;
  };
  int64_t tiles = 0;
  for (int32_t s = 0; s < step.batch.sequences; ++s) tiles += tiles_of(s);
  const int32_t kv_heads = step.cache.kv_heads;
  step.for_each_item(tiles * kv_heads, [&](int64_t item, float* scratch) {
    int64_t i = tiles - 1 - item % tiles;
    int32_t s = 0;
    for (; i >= tiles_of(s); ++s) i -= tiles_of(s);
    const int32_t first = step.batch.begin[s] + static_cast<int32_t>(i) * tile_tokens;
    AttentionTile tile = step.tile(s, first, std::min(tile_tokens, step.batch.begin[s + 1] - first));
    tile.kv_head = static_cast<int32_t>(item / tiles);
    tile.scratch = scratch;
    active().attention_tile(tile);
  });
}

// A tile that is cut by spans. Its parts: [kv_heads, rows, spans, partial_floats].
struct Split {
  AttentionTile tile;
  int32_t first_span;
  int32_t spans;
  float* parts;
};

// As many sequences as fit into the room for parts.
class Wave {
 public:
  explicit Wave(const Step& step) : step_(step) {}

  bool takes(int32_t tokens) const { return tokens_ + tokens <= kSplitTokens; }

  void add(int32_t sequence) {
    const int32_t end = step_.batch.begin[sequence + 1];
    for (int32_t t = step_.batch.begin[sequence]; t < end; t += step_.tile_tokens()) {
      Split& split = splits_[count_++];
      split.tile = step_.tile(sequence, t, std::min(step_.tile_tokens(), end - t));
      split.first_span = first_seen(step_.settings, split.tile.positions[0]) / kSpan;
      split.spans = split.tile.positions[split.tile.tokens - 1] / kSpan + 1 - split.first_span;
      split.parts = step_.partials + used_;
      used_ += step_.settings.heads * split.tile.tokens * row_stride(split);
      spans_ += split.spans;
      rows_ = std::max(rows_, split.tile.tokens * step_.group());
    }
    tokens_ += step_.tokens(sequence);
  }

  void run() {
    const int32_t kv_heads = step_.cache.kv_heads, together = heads_together();
    const int64_t parts_of_heads = (kv_heads + together - 1) / together;
    step_.for_each_item(spans_ * parts_of_heads, [&](int64_t item, float* scratch) {
      const Split* split = splits_;
      for (; item >= split->spans * parts_of_heads; ++split) item -= split->spans * parts_of_heads;
      const auto span = static_cast<int32_t>(item / parts_of_heads);
      AttentionTile tile = split->tile;
      tile.kv_head = static_cast<int32_t>(item % parts_of_heads) * together;
      tile.kv_heads = std::min(together, kv_heads - tile.kv_head);
      tile.scratch = scratch;
      float* part = parts(*split, tile.kv_head) + span * partial_floats(step_.cache.head_dim);
      active().attention_span(part, row_stride(*split), split->first_span + span, tile);
    });
    step_.for_each_item(int64_t{count_} * kv_heads, [&](int64_t item, float*) {
      const Split& split = splits_[item / kv_heads];
      AttentionTile tile = split.tile;
      tile.kv_head = static_cast<int32_t>(item % kv_heads);
      active().attention_merge(parts(split, tile.kv_head), row_stride(split), split.first_span, tile);
    });
    tokens_ = 0;
    count_ = 0;
    rows_ = 0;
    spans_ = 0;
    used_ = 0;
  }

 private:
  // The key heads of a page follow each other in memory: the more of them a thread takes at once, the longer the runs that it reads, as long as
  // there is enough for all threads.
  int32_t heads_together() const {
    constexpr int64_t kItems = 4;  // for each thread
    int32_t together = std::max(1, std::min(step_.cache.kv_heads, kTileRows / std::max(1, rows_)));
    while (together > 1 && spans_ * ((step_.cache.kv_heads + together - 1) / together) < kItems * step_.threads()) together = (together + 1) / 2;
    return together;
  }

  int64_t row_stride(const Split& split) const { return split.spans * partial_floats(step_.cache.head_dim); }
  float* parts(const Split& split, int32_t kv_head) const {
    return split.parts + int64_t{kv_head} * step_.group() * split.tile.tokens * row_stride(split);
  }

  const Step& step_;
  Split splits_[kSplitTokens] = {};
  int32_t tokens_ = 0;
  int32_t count_ = 0;
  int32_t rows_ = 0;  // of one key head, at most
  int64_t spans_ = 0;
  int64_t used_ = 0;
};

void attend_by_spans(const Step& step) {
  Wave wave(step);
  for (int32_t s = 0; s < step.batch.sequences; ++s) {
    const int32_t tokens = step.tokens(s);
    if (tokens == 0 || tokens > kSplitTokens) continue;
    if (!wave.takes(tokens)) wave.run();
    wave.add(s);
  }
  wave.run();
}

}  // namespace
}  // namespace wz

int64_t wz_attention_scratch(int64_t tokens, int32_t heads, int32_t head_dim, int32_t max_positions) {
  if (tokens < 0 || heads < 1 || head_dim < 1 || head_dim > wz::kMaxHeadDim || max_positions < 0) return 0;
  // The group is not known here: heads is its bound. The last span and the one that a last page may reach into count as one each.
  const int64_t spans = max_positions / wz::kSpan + 2;
  const int64_t parts = std::min<int64_t>(tokens, wz::kSplitTokens) * heads * spans * wz::partial_floats(head_dim);
  return 64 + static_cast<int64_t>(sizeof(float)) * (wz::slots() * wz::slot_floats(heads, head_dim) + parts);
}

wz_status wz_attention(float* out, const float* q, const wz_attention_settings* settings, const wz_batch* batch, const wz_kv_cache* cache,
                       void* scratch, wz_threads* pool) {
  return wz::guarded("wz_attention", [&](const wz::Check& check) {
    wz::check_cache(check, cache);
    wz::check_batch(check, batch, *cache);
    check.pointer("settings", settings);
    wz::check_heads(check, settings->heads, cache->kv_heads);
    check.number("settings.scale", settings->scale);
    if (!(settings->soft_cap >= 0)) {
      check.refuse(WZ_INVALID_ARGUMENT, "settings.soft_cap: found " + std::to_string(settings->soft_cap) + ", expected 0 or more");
    }
    check.count("settings.window", settings->window);
    if (batch->tokens == 0) return;
    check.pointer("out", out);
    check.pointer("q", q);
    check.pointer("scratch", scratch);
    if (out == q) check.refuse(WZ_INVALID_ARGUMENT, "out: found q, expected memory of its own");
    for (int32_t s = 0; s < batch->sequences; ++s) {
      if (batch->begin[s] == batch->begin[s + 1]) continue;
      wz::check_pages(check, *batch, *cache, s, wz::first_seen(*settings, batch->positions[batch->begin[s]]),
                      batch->positions[batch->begin[s + 1] - 1]);
    }
    auto* aligned = reinterpret_cast<float*>((reinterpret_cast<uintptr_t>(scratch) + 63) / 64 * 64);
    const wz::Step step{out, q, *settings, *batch, *cache, wz::pool_of(pool), aligned,
                        aligned + wz::slots() * wz::slot_floats(settings->heads / cache->kv_heads, cache->head_dim)};
    wz::attend_in_tiles(step);
    wz::attend_by_spans(step);
  });
}
