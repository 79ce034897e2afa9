#include "wootz/transformer.h"
#include <cmath>
#include <limits>
#include "base/routing.h"
#include "base/threads.h"
#include "capi/check.h"
#include "capi/table.h"

using wz::Check;

namespace {

// Elements of one piece: some microseconds of work, against which handing it out costs little.
constexpr int64_t kPieceElements = 16384;

// Rows of one piece.
int64_t piece_rows(int64_t cols) { return cols < kPieceElements ? kPieceElements / (cols > 0 ? cols : 1) : 1; }

// values[i], each in [0, limit).
void indices(const Check& check, const char* name, const int32_t* values, int64_t n, int64_t limit) {
  for (int64_t i = 0; i < n; ++i) {
    if (values[i] >= 0 && values[i] < limit) continue;
    check.refuse(WZ_INVALID_ARGUMENT, std::string(name) + "[" + std::to_string(i) + "]: found " + std::to_string(values[i]) + ", expected 0 to " +
                                          std::to_string(limit - 1));
  }
}

// tokens * k as assignments that an int32 can number.
int64_t assignments(const Check& check, int64_t tokens, int32_t k) {
  check.within("tokens", tokens, 0, std::numeric_limits<int32_t>::max() / (k > 0 ? k : 1));
  return tokens * k;
}

void routable(const Check& check, const float* logits, int64_t token, int32_t experts) {
  bool finite = false;
  for (int32_t e = 0; e < experts; ++e) {
    if (!(logits[e] < std::numeric_limits<float>::infinity())) {
      check.refuse(WZ_INVALID_ARGUMENT, "logits[" + std::to_string(token) + ", " + std::to_string(e) + "]: found " +
                                            (std::isnan(logits[e]) ? "NaN" : "infinity") + ", expected a number");
    }
    finite = finite || logits[e] >= std::numeric_limits<float>::lowest();
  }
  if (!finite) check.refuse(WZ_INVALID_ARGUMENT, "logits of token " + std::to_string(token) + ": all are -infinity, expected a finite one");
}

}  // namespace

wz_status wz_embed(float* out, const void* table, int32_t dtype, int64_t rows, int64_t cols, const int32_t* ids, int64_t tokens,
                   wz_threads* pool) {
  return wz::guarded("wz_embed", [&](const Check& check) {
    const int32_t block = wz_dtype_block(dtype);
    if (block <= 1) check.input("table", dtype);
    const int64_t elements = check.shape(rows, cols);
    if (cols % block != 0) {
      check.refuse(WZ_INVALID_ARGUMENT, "cols: found " + std::to_string(cols) + ", expected a multiple of " + std::to_string(block) +
                                            ", the block of " + wz_dtype_name(dtype));
    }
    const int64_t row_bytes = cols / block * wz_dtype_block_bytes(dtype);
    check.shape(tokens, cols);
    check.pointer("table", table, elements);
    check.pointer("ids", ids, tokens);
    check.pointer("out", out, tokens * cols);
    indices(check, "ids", ids, tokens, rows);
    wz::for_each_range(wz::pool_of(pool), tokens, piece_rows(cols), [&](int64_t begin, int64_t end) {
      for (int64_t t = begin; t < end; ++t) {
        const char* row = static_cast<const char*>(table) + ids[t] * row_bytes;
        if (block > 1) {
          wz::active().dequantize(out + t * cols, row, dtype, cols);
        } else {
          wz::active().convert(out + t * cols, WZ_F32, row, dtype, cols);
        }
      }
    });
  });
}

wz_status wz_rms_norm(float* out, float* x, const float* add, const float* weight, double epsilon, int64_t rows, int64_t cols,
                      wz_threads* pool) {
  return wz::guarded("wz_rms_norm", [&](const Check& check) {
    const int64_t n = check.shape(rows, cols);
    if (!(epsilon >= 0)) check.refuse(WZ_INVALID_ARGUMENT, "epsilon: found " + std::to_string(epsilon) + ", expected 0 or more");
    check.pointer("x", x, n);
    check.pointer("weight", weight, n > 0 ? cols : 0);
    check.pointer("out", out, n);
    if (n == 0) return;
    wz::for_each_range(wz::pool_of(pool), rows, piece_rows(cols), [&](int64_t begin, int64_t end) {
      const int64_t i = begin * cols;
      wz::active().rms_norm(out + i, x + i, add != nullptr ? add + i : nullptr, weight, epsilon, end - begin, cols);
    });
  });
}

wz_status wz_swiglu(float* out, const float* gate, const float* up, int64_t rows, int64_t cols, wz_threads* pool) {
  return wz::guarded("wz_swiglu", [&](const Check& check) {
    const int64_t n = check.shape(rows, cols);
    check.pointer("gate", gate, n);
    check.pointer("up", up, n);
    check.pointer("out", out, n);
    wz::for_each_range(wz::pool_of(pool), n, kPieceElements,
                       [&](int64_t begin, int64_t end) { wz::active().swiglu(out + begin, gate + begin, up + begin, end - begin); });
  });
}

wz_status wz_moe_route(int32_t* expert, float* weight, const float* logits, int64_t tokens, int32_t experts, int32_t k, int32_t normalize) {
  return wz::guarded("wz_moe_route", [&](const Check& check) {
    check.at_least("experts", experts, 1);
    check.within("k", k, 1, experts);
    const int64_t n = assignments(check, tokens, k);
    check.pointer("expert", expert, n);
    check.pointer("weight", weight, n);
    check.pointer("logits", logits, check.shape(tokens, experts));
    for (int64_t t = 0; t < tokens; ++t) {
      const float* row = logits + t * experts;
      routable(check, row, t, experts);
      wz::route(expert + t * k, weight + t * k, row, experts, k, normalize != 0);
    }
  });
}

wz_status wz_moe_sort(int32_t* begin, int32_t* row_of, int32_t* place, const int32_t* expert, int64_t tokens, int32_t experts, int32_t k) {
  return wz::guarded("wz_moe_sort", [&](const Check& check) {
    check.at_least("experts", experts, 1);
    check.at_least("k", k, 1);
    const int64_t n = assignments(check, tokens, k);
    check.pointer("begin", begin, int64_t{experts} + 1);
    check.pointer("row_of", row_of, n);
    check.pointer("place", place, n);
    check.pointer("expert", expert, n);
    indices(check, "expert", expert, n, experts);
    wz::sort_assignments(begin, row_of, place, expert, n, experts, k);
  });
}

wz_status wz_moe_combine(float* out, const float* y, const int32_t* place, const float* weight, int64_t tokens, int32_t k, int64_t cols,
                         wz_threads* pool) {
  return wz::guarded("wz_moe_combine", [&](const Check& check) {
    check.at_least("k", k, 1);
    const int64_t n = assignments(check, tokens, k);
    check.shape(n > k ? n : k, cols);
    check.pointer("y", y, n * cols);
    check.pointer("place", place, n);
    check.pointer("weight", weight, n);
    check.pointer("out", out, tokens * cols);
    indices(check, "place", place, n, n);
    wz::for_each_range(wz::pool_of(pool), tokens, piece_rows(cols * k), [&](int64_t begin, int64_t end) {
      wz::active().moe_combine(out + begin * cols, y, place + begin * k, weight + begin * k, end - begin, k, cols);
    });
  });
}
