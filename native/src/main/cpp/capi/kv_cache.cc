// The tokens of a span go in runs, as many as follow each other in memory on both sides. Pages that both spans use decide the order of the runs:
// see Order.
#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>
#include "base/threads.h"
#include "capi/attention_checks.h"
#include "capi/table.h"

namespace wz {
namespace {

// Bytes for which another thread is worth while.
constexpr int64_t kPieceBytes = 64 * 1024;

// If a place is token a of from and token b of to, a must be read before b is written. On one page b - a is the same at all places: where it is
// never negative, ascending runs do that, where it is never positive, descending ones; where it is both, all of from is set aside first.
enum class Order { kAscending, kDescending, kSetAside };

int32_t last_page(const wz_kv_span& span, int32_t count, int32_t page_tokens) {
  return static_cast<int32_t>((int64_t{span.first} + count - 1) / page_tokens);
}

void check_span(const Check& check, const char* name, const wz_kv_span* span, int32_t count, const wz_kv_cache& cache) {
  check.pointer(name, span);
  const std::string of = std::string(name) + ".";
  check.at_least((of + "pages").c_str(), span->pages, 0);
  check.at_least((of + "first").c_str(), span->first, 0);
  check.pointer((of + "table").c_str(), span->table, span->pages);
  if (count == 0) return;
  const int64_t held = int64_t{span->pages} * cache.page_tokens;
  if (int64_t{span->first} + count > held) {
    check.refuse(WZ_INVALID_ARGUMENT, of + "first: found " + std::to_string(span->first) + " for " + std::to_string(count) +
                                          " tokens, expected them to end within the " + std::to_string(held) + " positions of its table");
  }
  for (int32_t i = span->first / cache.page_tokens; i <= last_page(*span, count, cache.page_tokens); ++i) {
    if (span->table[i] >= 0 && span->table[i] < cache.pages) continue;
    check.refuse(WZ_INVALID_ARGUMENT, "page " + std::to_string(i) + " of " + name + ": found number " + std::to_string(span->table[i]) +
                                          ", expected one of the cache's " + std::to_string(cache.pages) + " pages");
  }
}

void check_caches(const Check& check, const wz_kv_cache* caches, int32_t layers) {
  check.at_least("layers", layers, 1);
  check.pointer("caches", caches);
  for (int32_t l = 0; l < layers; ++l) {
    check_cache(check, &caches[l]);
    if (caches[l].pages == caches[0].pages && caches[l].page_tokens == caches[0].page_tokens) continue;
    check.refuse(WZ_INVALID_ARGUMENT, "caches[" + std::to_string(l) + "]: found " + std::to_string(caches[l].pages) + " pages of " +
                                          std::to_string(caches[l].page_tokens) + " tokens, expected " + std::to_string(caches[0].pages) + " of " +
                                          std::to_string(caches[0].page_tokens) + ", as in the first layer");
  }
}

void check_delta(const Check& check, const wz_rope& delta, const wz_kv_cache* caches, int32_t layers) {
  for (int32_t l = 0; l < layers; ++l) check.within("delta.dim", delta.dim, 0, caches[l].head_dim);
  if (delta.dim % 2 != 0) check.refuse(WZ_INVALID_ARGUMENT, "delta.dim: found " + std::to_string(delta.dim) + ", expected an even number");
  check.pointer("delta.table", delta.table, delta.dim);
  for (int32_t i = 0; i < delta.dim / 2; ++i) {
    const float length = std::hypot(delta.table[i], delta.table[delta.dim / 2 + i]);
    if (std::fabs(length - 1) < 1e-5f) continue;
    check.refuse(WZ_INVALID_ARGUMENT, "delta.table: found a cosine and a sine of pair " + std::to_string(i) + " with length " +
                                          std::to_string(length) + ", expected 1");
  }
}

// A page of a span's table and its place there, by page number.
using Places = std::vector<std::pair<int32_t, int32_t>>;

Places places_of(const wz_kv_span& span, int32_t count, int32_t page_tokens) {
  Places places;
  for (int32_t i = span.first / page_tokens; i <= last_page(span, count, page_tokens); ++i) places.emplace_back(span.table[i], i);
  std::sort(places.begin(), places.end());
  return places;
}

Order order_of(const Check& check, const wz_kv_span& to, const wz_kv_span& from, int32_t count, int32_t page_tokens) {
  const Places written = places_of(to, count, page_tokens), read = places_of(from, count, page_tokens);
  for (size_t i = 1; i < written.size(); ++i) {
    if (written[i].first != written[i - 1].first) continue;
    check.refuse(WZ_INVALID_ARGUMENT, "page " + std::to_string(written[i].second) + " of to: found number " + std::to_string(written[i].first) +
                                          ", which is also page " + std::to_string(written[i - 1].second) + ", expected each page once");
  }
  bool ascending = true, descending = true;
  for (size_t w = 0, r = 0; w < written.size() && r < read.size();) {
    if (written[w].first < read[r].first) {
      ++w;
    } else if (written[w].first > read[r].first) {
      ++r;
    } else {
      const int64_t later = int64_t{written[w].second - read[r].second} * page_tokens - (int64_t{to.first} - from.first);
      ascending = ascending && later >= 0;
      descending = descending && later <= 0;
      ++r;  // from may have the page again
    }
  }
  return ascending ? Order::kAscending : descending ? Order::kDescending : Order::kSetAside;
}

// Keys or values of one head in one layer.
struct Rows {
  char* data;
  const wz_kv_cache* cache;
  int32_t head;
  const wz_rope* delta;  // nullptr: bit for bit

  int64_t row_bytes() const { return int64_t{cache->head_dim} / wz_dtype_block(cache->dtype) * wz_dtype_block_bytes(cache->dtype); }
  char* at(const wz_kv_span& span, int64_t token) const {
    const int64_t position = span.first + token;
    const int64_t page = span.table[position / cache->page_tokens];
    return data + ((page * cache->kv_heads + head) * cache->page_tokens + position % cache->page_tokens) * row_bytes();
  }
  void move(char* to, const char* from, int64_t rows) const {
    if (delta != nullptr) {
      active().kv_rotate(to, from, cache->dtype, *delta, cache->head_dim, rows);
    } else {
      std::memmove(to, from, static_cast<size_t>(rows * row_bytes()));
    }
  }
};

// f(first token, tokens) of the runs of [0, count) in which both positions stay on a page.
template <class F>
void for_each_run(const wz_kv_span& a, const wz_kv_span& b, int32_t count, int32_t page_tokens, bool descending, F&& f) {
  const auto left = [&](const wz_kv_span& span, int64_t token) {  // on the page, in the direction
    const int64_t place = (span.first + token) % page_tokens;
    return descending ? place + 1 : page_tokens - place;
  };
  for (int64_t done = 0; done < count;) {
    const int64_t token = descending ? count - 1 - done : done;
    const int64_t run = std::min(count - done, std::min(left(a, token), left(b, token)));
    f(descending ? token - run + 1 : token, run);
    done += run;
  }
}

void move_rows(const Rows& rows, const wz_kv_span& to, const wz_kv_span& from, int32_t count, Order order, char* aside) {
  const int32_t page_tokens = rows.cache->page_tokens;
  if (order == Order::kSetAside) {
    const int64_t bytes = rows.row_bytes();
    for_each_run(from, from, count, page_tokens, false, [&](int64_t token, int64_t run) {
      std::memcpy(aside + token * bytes, rows.at(from, token), static_cast<size_t>(run * bytes));
    });
    for_each_run(to, to, count, page_tokens, false, [&](int64_t token, int64_t run) { rows.move(rows.at(to, token), aside + token * bytes, run); });
    return;
  }
  for_each_run(to, from, count, page_tokens, order == Order::kDescending,
               [&](int64_t token, int64_t run) { rows.move(rows.at(to, token), rows.at(from, token), run); });
}

// Keys of all heads of all layers, then values.
Rows rows_of(const wz_kv_cache* caches, int32_t layers, int64_t heads, int64_t item, const wz_rope* delta) {
  const bool values = item >= heads;
  int64_t head = values ? item - heads : item;
  int32_t l = 0;
  for (; l < layers && head >= caches[l].kv_heads; ++l) head -= caches[l].kv_heads;
  return {static_cast<char*>(values ? caches[l].values : caches[l].keys), &caches[l], static_cast<int32_t>(head), values ? nullptr : delta};
}

}  // namespace
}  // namespace wz

wz_status wz_kv_move(const wz_kv_cache* caches, int32_t layers, const wz_kv_span* to, const wz_kv_span* from, int32_t count, const wz_rope* delta,
                     wz_threads* threads) {
  return wz::guarded("wz_kv_move", [&](const wz::Check& check) {
    wz::check_caches(check, caches, layers);
    check.count("count", count);
    wz::check_span(check, "to", to, count, *caches);
    wz::check_span(check, "from", from, count, *caches);
    if (delta != nullptr) wz::check_delta(check, *delta, caches, layers);
    if (count == 0) return;
    const wz::Order order = wz::order_of(check, *to, *from, count, caches->page_tokens);
    int64_t heads = 0, largest = 0;
    for (int32_t l = 0; l < layers; ++l) {
      heads += caches[l].kv_heads;
      largest = std::max(largest, wz::Rows{nullptr, &caches[l], 0, nullptr}.row_bytes());
    }
    wz::ThreadPool* pool = wz::pool_of(threads);
    const int64_t bytes = count * largest, items = 2 * heads, length = std::max<int64_t>(1, wz::kPieceBytes / bytes);
    const int64_t pieces = (items + length - 1) / length, slots = std::min(pieces, int64_t{pool != nullptr ? pool->threads() : 1});
    // Before anything is written: a call that finds no memory has changed nothing.
    std::vector<char> aside(static_cast<size_t>(order == wz::Order::kSetAside ? slots * bytes : 0));
    std::atomic<int64_t> next{0};
    wz::for_each_piece(pool, slots, [&](int64_t slot) {
      for (int64_t piece; (piece = next.fetch_add(1, std::memory_order_relaxed)) < pieces;) {
        for (int64_t item = piece * length; item < std::min(items, (piece + 1) * length); ++item) {
          wz::move_rows(wz::rows_of(caches, layers, heads, item, delta), *to, *from, count, order, aside.data() + (aside.empty() ? 0 : slot * bytes));
        }
      }
    });
  });
}

wz_status wz_kv_clear(const wz_kv_cache* caches, int32_t layers, const int32_t* pages, int32_t count, wz_threads* threads) {
  return wz::guarded("wz_kv_clear", [&](const wz::Check& check) {
    wz::check_caches(check, caches, layers);
    check.count("count", count);
    check.pointer("pages", pages, count);
    for (int32_t i = 0; i < count; ++i) {
      if (pages[i] >= 0 && pages[i] < caches->pages) continue;
      check.refuse(WZ_INVALID_ARGUMENT, "pages[" + std::to_string(i) + "]: found number " + std::to_string(pages[i]) +
                                            ", expected one of the cache's " + std::to_string(caches->pages) + " pages");
    }
    wz::for_each_piece(wz::pool_of(threads), 2 * int64_t{layers}, [&](int64_t piece) {
      const wz_kv_cache& cache = caches[piece / 2];
      const int64_t bytes = wz::Rows{nullptr, &cache, 0, nullptr}.row_bytes() * cache.kv_heads * cache.page_tokens;
      auto* data = static_cast<char*>(piece % 2 == 0 ? cache.keys : cache.values);
      for (int32_t i = 0; i < count; ++i) std::memset(data + pages[i] * bytes, 0, static_cast<size_t>(bytes));
    });
  });
}
