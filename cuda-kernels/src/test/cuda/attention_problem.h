// Batches of sequences over a paged cache, on the host and on the device, with the truth in float64: what the tests of attention share. A cache is
// full of NaN where no token was appended, so whatever a kernel reads beyond what a token sees shows.
#pragma once
#include <algorithm>
#include <numeric>
#include "attention/attention.h"
#include "on_device.h"
#include "wootz/cuda_attention.h"
#include "wootz/wootz.h"

namespace wz::cuda_test {

struct Shape {
  int32_t heads;
  int32_t kv_heads;
  int32_t head_dim;
};

inline int64_t cache_bytes(int32_t dtype, int64_t pages, Shape s, int64_t page_tokens) {
  return pages * s.kv_heads * page_tokens * s.head_dim / wz_dtype_block(dtype) * wz_dtype_block_bytes(dtype);
}

// Sequences as {first new position, new tokens}; pages in an order that the seed shuffles.
struct Batch {
  Batch(const std::vector<std::pair<int32_t, int32_t>>& sequences, unsigned seed, int32_t page_tokens) {
    begin.push_back(0);
    for (const auto& [first, count] : sequences) {
      for (int32_t i = 0; i < count; ++i) positions.push_back(first + i);
      begin.push_back(begin.back() + count);
      stride = std::max(stride, (first + count + page_tokens - 1) / page_tokens);
      max_positions = std::max(max_positions, first + count);
    }
    pages = stride * static_cast<int32_t>(sequences.size());
    tables.resize(static_cast<size_t>(pages));
    std::iota(tables.begin(), tables.end(), 0);
    std::shuffle(tables.begin(), tables.end(), std::mt19937(seed));
  }
  int32_t sequences() const { return static_cast<int32_t>(begin.size()) - 1; }
  int32_t tokens() const { return static_cast<int32_t>(positions.size()); }
  wz_batch view() const { return {sequences(), tokens(), begin.data(), positions.data(), tables.data(), stride}; }

  std::vector<int32_t> begin, positions, tables;
  int32_t stride = 1, pages = 0, max_positions = 0;
};

struct DeviceBatch {
  DeviceBatch(const Batch& b, wz_cuda_stream* stream) : begin(b.begin, stream), positions(b.positions, stream), tables(b.tables, stream) {
    view = {b.sequences(), b.tokens(), begin, positions, tables, b.stride};
  }
  Array<int32_t> begin, positions, tables;
  wz_batch view;
};

// Sequences that end with their new tokens; everything before them is in the cache.
struct Problem {
  Problem(int32_t type, Shape s, const std::vector<std::pair<int32_t, int32_t>>& sequences, unsigned seed, int32_t page_tokens = 16, float scale = 1)
      : dtype(type), shape(s), batch(sequences, seed, page_tokens), keys(static_cast<size_t>(cache_bytes(type, batch.pages, s, page_tokens)), 0xFF),
        values(keys), cache{keys.data(), values.data(), type, batch.pages, page_tokens, s.kv_heads, s.head_dim} {
    for (size_t i = 0; i < sequences.size(); ++i) {
      const auto [first, count] = sequences[i];
      const int32_t all = first + count;
      // A sequence of this length has the same tokens whatever the chunks, the pages and the other sequences.
      std::mt19937 random(17u * static_cast<unsigned>(s.head_dim) + static_cast<unsigned>(s.heads) + 1009u * static_cast<unsigned>(all));
      const std::vector<float> of_q = normal(int64_t{all} * s.heads * s.head_dim, random, scale);
      std::vector<float> k = normal(int64_t{all} * s.kv_heads * s.head_dim, random, scale), v = normal(int64_t{all} * s.kv_heads * s.head_dim, random);
      q.insert(q.end(), of_q.begin() + int64_t{first} * s.heads * s.head_dim, of_q.end());
      append(static_cast<int32_t>(i), all, k, v);
    }
  }

  void append(int32_t sequence, int32_t count, std::vector<float>& k, const std::vector<float>& v) {
    if (count == 0) return;
    std::vector<int32_t> positions(static_cast<size_t>(count));
    std::iota(positions.begin(), positions.end(), 0);
    const int32_t begin[] = {0, count};
    const wz_batch one = {1, count, begin, positions.data(), batch.tables.data() + int64_t{sequence} * batch.stride, batch.stride};
    std::vector<float> none(k.size() / static_cast<size_t>(shape.kv_heads) * static_cast<size_t>(shape.heads));
    ASSERT_EQ(WZ_OK, wz_qk_rope_append(none.data(), k.data(), v.data(), nullptr, nullptr, 0, nullptr, shape.heads, &one, &cache, nullptr)) << wz_last_error();
  }

  // Element c of the key or value of a head at a position.
  double get(const std::vector<unsigned char>& of, int32_t sequence, int32_t position, int32_t head, int32_t c) const {
    const int64_t page = batch.tables[static_cast<size_t>(sequence * batch.stride + position / cache.page_tokens)];
    const int64_t i = ((page * shape.kv_heads + head) * cache.page_tokens + position % cache.page_tokens) * shape.head_dim + c;
    double x = 0;
    if (dtype != WZ_Q8_0) {
      wz_convert(&x, WZ_F64, of.data() + i * wz_dtype_bytes(dtype), dtype, 1);
      return x;
    }
    const unsigned char* block = of.data() + i / 32 * 34;
    wz_convert(&x, WZ_F64, block, WZ_F16, 1);
    return x * static_cast<signed char>(block[2 + i % 32]);
  }

  // out [head_dim] of a token of a sequence for a head: what it sees, in float64. rounding: of queries and weights to a 16-bit type, as a plain
  // computation in low precision does; WZ_F64: none.
  std::vector<double> attend(const wz_attention_settings& settings, int32_t sequence, int32_t token, int32_t head, int32_t rounding = WZ_F64) const {
    const auto rounded = [&](double x) {
      if (rounding == WZ_F64) return x;
      const auto single = static_cast<float>(x);
      uint16_t half = 0;
      wz_convert(&half, rounding, &single, WZ_F32, 1);
      wz_convert(&x, WZ_F64, &half, rounding, 1);
      return x;
    };
    const int32_t position = batch.positions[static_cast<size_t>(token)], kv_head = head / (shape.heads / shape.kv_heads);
    const int32_t first = settings.window > 0 ? std::max(0, position - settings.window + 1) : 0;
    const double scale = static_cast<double>(settings.scale), cap = static_cast<double>(settings.soft_cap);
    std::vector<double> logit;
    double most = settings.sinks != nullptr ? static_cast<double>(settings.sinks[head]) : -std::numeric_limits<double>::infinity();
    for (int32_t n = first; n <= position; ++n) {
      double dot = 0;
      for (int32_t c = 0; c < shape.head_dim; ++c) {
        dot += rounded(static_cast<double>(q[(static_cast<size_t>(token) * shape.heads + head) * shape.head_dim + c])) * get(keys, sequence, n, kv_head, c);
      }
      logit.push_back(cap > 0 ? cap * std::tanh(scale * dot / cap) : scale * dot);
      most = std::max(most, logit.back());
    }
    double sum = settings.sinks != nullptr ? std::exp(static_cast<double>(settings.sinks[head]) - most) : 0;
    for (double l : logit) sum += std::exp(l - most);
    std::vector<double> out(static_cast<size_t>(shape.head_dim), 0.0);
    for (int32_t n = first; n <= position; ++n) {
      const double weight = rounded(std::exp(logit[static_cast<size_t>(n - first)] - most)) / sum;
      for (int32_t c = 0; c < shape.head_dim; ++c) out[static_cast<size_t>(c)] += weight * get(values, sequence, n, kv_head, c);
    }
    return out;
  }

  int64_t outputs() const { return static_cast<int64_t>(q.size()); }

  int32_t dtype;
  Shape shape;
  Batch batch;
  std::vector<unsigned char> keys, values;
  std::vector<float> q;
  wz_kv_cache cache;
};

inline std::vector<std::pair<int32_t, int32_t>> from_zero(const std::vector<int32_t>& lengths) {
  std::vector<std::pair<int32_t, int32_t>> sequences;
  for (int32_t n : lengths) sequences.emplace_back(0, n);
  return sequences;
}

inline wz_attention_settings plain(Shape s) { return {s.heads, static_cast<float>(1 / std::sqrt(s.head_dim)), 0, 0, nullptr}; }

}  // namespace wz::cuda_test
