// Generalised task arithmetic: every sparsifier and arithmetic on every instruction set, selections against sorting, pieces against the whole.
// Past 400 lines because these cases share one set of inputs.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include "op_test.h"

namespace wz::test {
namespace {

constexpr int32_t kSparsifiers[] = {WZ_KEEP_ALL, WZ_KEEP_RANGE, WZ_KEEP_RANDOM, WZ_KEEP_RANKED, WZ_KEEP_MASK};

wz_gta_model part(const Array& x, int32_t sparsifier, double weight = 1) {
  wz_gta_model m{};
  m.x = x.data();
  m.dtype = x.dtype();
  m.sparsifier = sparsifier;
  m.weight = weight;
  m.rescale = 1;
  m.high = 0xFFFFFFFFu;
  m.density = 1;
  return m;
}

wz_gta plan(const Array& base, int32_t arithmetic, int64_t cols) {
  wz_gta g{};
  g.base = base.data();
  g.base_dtype = base.dtype();
  g.arithmetic = arithmetic;
  g.lambda = 1;
  g.cols = cols;
  return g;
}

uint32_t float_bits(double v) {
  const auto f = static_cast<float>(v);
  uint32_t b;
  std::memcpy(&b, &f, 4);
  return b;
}

// bf16 models that often agree with their base, as fine-tuned ones do: many equal magnitudes and zeros.
struct Tuned {
  Array base;
  std::vector<Array> x;

  Tuned(int32_t dtype, int64_t n, int models, uint64_t seed) : base(smooth_array(dtype, n, seed, 0.05)) {
    for (int k = 0; k < models; ++k) {
      const Array noise = smooth_array(WZ_F64, n, seed + 100 + static_cast<uint64_t>(k), 0.002);
      Array tuned(dtype, n);
      for (int64_t i = 0; i < n; ++i) tuned.set(i, base.get(i) + noise.get(i));
      x.push_back(tuned);
    }
  }
};

// What one model contributes: base 0, weight 1, so the output is the sparsified delta.
std::vector<double> sparsified(const wz_gta_model& model, int64_t n, int64_t cols, int64_t first = 0) {
  Array zero(WZ_F32, n);
  std::memset(zero.data(), 0, static_cast<size_t>(zero.bytes()));
  Array out(WZ_F32, n);
  wz_gta g = plan(zero, WZ_ARITHMETIC_F32, cols);
  g.out = out.data();
  g.out_dtype = WZ_F32;
  g.first = first;
  EXPECT_EQ(WZ_OK, wz_merge_gta(&g, &model, 1, n, nullptr)) << wz_last_error();
  EXPECT_TRUE(out.guards_intact());
  return std::vector<double>(out.as<float>(), out.as<float>() + n);
}

std::vector<size_t> by_magnitude(const Array& x) {
  std::vector<size_t> order(static_cast<size_t>(x.size()));
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return std::fabs(x.as<float>()[a]) < std::fabs(x.as<float>()[b]); });
  return order;
}

struct Case {
  int32_t arithmetic;
  int32_t sparsifier;
  bool consensus, normalize, inverse;
  double rescale, lambda;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (int32_t arithmetic : kArithmetics) {
    for (int32_t sparsifier : kSparsifiers) {
      const bool random = sparsifier == WZ_KEEP_RANDOM || sparsifier == WZ_KEEP_RANKED;
      all.push_back({arithmetic, sparsifier, false, false, random, 1, 1});
      all.push_back({arithmetic, sparsifier, true, true, false, 1.37, 0.7});
      all.push_back({arithmetic, sparsifier, false, true, random, 1.37, 1});
    }
  }
  return all;
}

void run_case(const Case& c, const Array& base, const std::vector<Array>& x, const Array& mask, int32_t out_dtype, int64_t cols) {
  const int64_t n = base.size();
  std::vector<wz_gta_model> models;
  for (size_t k = 0; k < x.size(); ++k) {
    wz_gta_model m = part(x[k], c.sparsifier, 0.6 - 0.5 * static_cast<double>(k));
    m.rescale = c.rescale;
    m.inverse_probability = c.inverse;
    m.low = float_bits(0.5);
    m.high = k == 0 ? 0xFFFFFFFFu : float_bits(2);
    m.low_ties = static_cast<int64_t>(k) + 1;
    m.key = 1234567 + k;
    m.density = 0.6;
    m.epsilon = 0.3;
    m.mask = mask.as<uint8_t>();
    models.push_back(m);
  }
  expect_isas_agree(out_dtype, n, [&](void* out) {
    wz_gta g = plan(base, c.arithmetic, cols);
    g.out = out;
    g.out_dtype = out_dtype;
    g.consensus = c.consensus;
    g.normalize = c.normalize;
    g.lambda = c.lambda;
    g.first = 3 * cols;
    return wz_merge_gta(&g, models.data(), static_cast<int32_t>(models.size()), n, nullptr);
  });
  Array sums(WZ_F64, 2 * static_cast<int64_t>(models.size()));
  for (int64_t i = 0; i < sums.size(); ++i) sums.set(i, 0.25);
  expect_isas_agree_adding(sums, [&](void* out) {
    wz_gta g = plan(base, c.arithmetic, cols);
    g.first = 3 * cols;
    return wz_merge_gta_l1(static_cast<double*>(out), &g, models.data(), static_cast<int32_t>(models.size()), n, nullptr);
  });
}

struct Rows {
  int64_t rows, cols;
};

TEST(MergeGta, EveryInstructionSetAgreesWithTheReference) {
  for (const auto& [rows, cols] : std::vector<Rows>{{0, 1}, {1, 1}, {5, 1}, {1, 3}, {3, 7}, {1, 31}, {1, 63}, {4, 65}, {3, 257}, {1, 1023},
                                                    {2, 1025}, {1, 4097}}) {
    const int64_t n = rows * cols;
    const auto seed = static_cast<uint64_t>(n);
    Array mask(WZ_U8, n);
    for (int64_t i = 0; i < n; ++i) mask.as<uint8_t>()[i] = static_cast<uint8_t>(i % 3 == 0 ? 0 : i % 5 + 1);
    const Array base = random_array(WZ_F32, n, seed);
    std::vector<Array> x;
    for (size_t k = 0; k < 3; ++k) x.push_back(random_array(kInputTypes[k + 1], n, seed + 1 + k));
    for (const Case& c : cases()) {
      SCOPED_TRACE("[" + std::to_string(rows) + ", " + std::to_string(cols) + "], arithmetic " + std::to_string(c.arithmetic) +
                   ", sparsifier " + std::to_string(c.sparsifier));
      run_case(c, base, x, mask, kOutputTypes[static_cast<size_t>(c.sparsifier) % 3], cols);
    }
  }
}

TEST(MergeGta, EveryInstructionSetAgreesOnTunedModels) {
  for (const auto& [rows, cols] : std::vector<Rows>{{3, 1024}, {1, 2048}, {1, 4096}, {2, 1531}}) {
    const Tuned t(WZ_BF16, rows * cols, 2, 11);
    const Array mask = random_array(WZ_U8, rows * cols, 5);
    for (const Case& c : cases()) run_case(c, t.base, t.x, mask, WZ_BF16, cols);
  }
}

// What checkpoints are made of has a way of its own where the ties at a bound are all kept, or none.
TEST(MergeGta, EveryInstructionSetAgreesOnTrimsOfFewBf16Models) {
  for (int64_t n : {1, 2, 3, 7, 31, 63, 65, 257, 1025, 5001}) {
    Tuned t(WZ_BF16, n, 4, static_cast<uint64_t>(n));
    const double special[] = {-0.0, std::nan(""), HUGE_VAL, -HUGE_VAL, 1e-40};
    for (int64_t i = 3; i < n; i += 61) t.x[static_cast<size_t>(i) % 4].set(i, special[i % 5]);
    for (size_t count = 1; count <= 4; ++count) {
      for (int flags = 0; flags < 4; ++flags) {
        for (int64_t ties : {int64_t{0}, int64_t{1}, n, INT64_MAX}) {
          SCOPED_TRACE("n = " + std::to_string(n) + ", models " + std::to_string(count) + ", flags " + std::to_string(flags) + ", ties " +
                       std::to_string(ties));
          std::vector<wz_gta_model> models;
          for (size_t k = 0; k < count; ++k) {
            models.push_back(part(t.x[k], k == 2 ? WZ_KEEP_ALL : WZ_KEEP_RANGE, 0.7 - 0.5 * static_cast<double>(k)));
            models[k].low = float_bits(std::fabs(t.x[k].get(0) - t.base.get(0)));
            models[k].high = k == 0 ? 0xFFFFFFFFu : models[k].low + (k == 1 ? 0 : 0x00800000u);
            models[k].low_ties = models[k].high_ties = ties;
          }
          const auto merge = [&](const Array& base, void* out) {
            wz_gta g = plan(base, WZ_ARITHMETIC_F32, n);
            g.out = out;
            g.out_dtype = WZ_BF16;
            g.consensus = flags & 1;
            g.normalize = flags >> 1;
            g.lambda = flags == 3 ? 1 : 0.9;
            return wz_merge_gta(&g, models.data(), static_cast<int32_t>(count), n, nullptr);
          };
          expect_isas_agree(WZ_BF16, n, [&](void* out) { return merge(t.base, out); });
          const Array apart = result_of(WZ_BF16, n, [&](void* out) { return merge(t.base, out); });
          Array onto_base = t.base;
          ASSERT_EQ(WZ_OK, merge(onto_base, onto_base.data()));
          EXPECT_TRUE(same_values(apart, onto_base));
        }
      }
    }
  }
}

TEST(MergeGta, RangeKeepsWhatSortingKeeps) {
  for (int64_t n : {7, 65, 1025, 5000}) {
    Array x = smooth_array(WZ_F32, n, static_cast<uint64_t>(n));
    for (int64_t i = 0; i < n; ++i) x.as<float>()[i] = std::round(x.as<float>()[i] * 4) / 4;  // many ties
    const std::vector<size_t> order = by_magnitude(x);
    for (const auto& [bottom, top] : std::vector<std::pair<int64_t, int64_t>>{{0, n}, {n / 2, n}, {n / 3, n - n / 5}, {n - 1, n}, {n / 2, n / 2 + 1}}) {
      // Positions [bottom, top) of the ascending order; of equals the first are kept, so those at the lower cut are counted from its left.
      const float low = std::fabs(x.as<float>()[order[static_cast<size_t>(bottom)]]);
      const float high = top < n ? std::fabs(x.as<float>()[order[static_cast<size_t>(top)]]) : std::numeric_limits<float>::infinity();
      int64_t below = 0, at_low = 0, under_high = 0;
      for (int64_t i = 0; i < n; ++i) {
        const float m = std::fabs(x.as<float>()[i]);
        below += m < low;
        at_low += m == low;
        under_high += m < high;
      }
      wz_gta_model m = part(x, WZ_KEEP_RANGE);
      m.low = float_bits(low);
      m.high = top < n ? float_bits(high) : 0xFFFFFFFFu;
      m.low_ties = low == high ? top - bottom : below + at_low - bottom;
      m.high_ties = low == high ? 0 : top - under_high;
      int64_t low_left = m.low_ties, high_left = m.high_ties, kept = 0;
      const std::vector<double> out = sparsified(m, n, n);
      for (int64_t i = 0; i < n; ++i) {
        const float v = std::fabs(x.as<float>()[i]);
        const bool keep = v == low ? low_left-- > 0 : v == high ? high_left-- > 0 : v > low && v < high;
        EXPECT_EQ(keep ? x.as<float>()[i] : 0, out[static_cast<size_t>(i)]) << i;
        kept += keep;
      }
      EXPECT_EQ(top - bottom, kept);
    }
  }
}

// The probability of each rank, 1 / probability as the factor, and the same choice for the same key.
TEST(MergeGta, RankedKeepsWithTheProbabilityOfTheRank) {
  constexpr int64_t kCols = 501, kRows = 2000;
  constexpr double kDensity = 0.55, kEpsilon = 0.35;
  Array x = smooth_array(WZ_F32, kRows * kCols, 77);
  for (int64_t i = 0; i < x.size(); ++i) x.as<float>()[i] = std::round(x.as<float>()[i] * 64 + 0.5f) / 64;
  wz_gta_model m = part(x, WZ_KEEP_RANKED);
  m.density = kDensity;
  m.epsilon = kEpsilon;
  m.key = 42;
  m.inverse_probability = 1;
  const std::vector<double> out = sparsified(m, x.size(), kCols);
  std::vector<int64_t> kept(kCols);
  for (int64_t r = 0; r < kRows; ++r) {
    std::vector<size_t> order(kCols);
    std::iota(order.begin(), order.end(), size_t{0});
    const float* row = x.as<float>() + r * kCols;
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return std::fabs(row[a]) < std::fabs(row[b]); });
    for (size_t k = 0; k < order.size(); ++k) {
      const double q = kDensity - kEpsilon + 2 * kEpsilon * static_cast<double>(k) / (kCols - 1);
      const double value = row[order[k]], merged = out[static_cast<size_t>(r * kCols) + order[k]];
      if (merged == 0) continue;
      ++kept[k];
      ASSERT_NEAR(value / q, merged, 3e-7 * std::fabs(value / q)) << "row " << r << ", rank " << k;
    }
  }
  double all = 0;
  for (size_t k = 0; k < kept.size(); ++k) {
    const double q = kDensity - kEpsilon + 2 * kEpsilon * static_cast<double>(k) / (kCols - 1);
    all += static_cast<double>(kept[k]);
    // 0 is kept or dropped unseen: the lowest ranks of a row may be zeros.
    if (k <= 30) continue;
    EXPECT_NEAR(static_cast<double>(kept[k]), kRows * q, 5 * std::sqrt(kRows * q * (1 - q))) << "rank " << k;
  }
  EXPECT_GT(all, 0.9 * kDensity * kRows * kCols);
}

TEST(MergeGta, RandomKeepsTheDensity) {
  constexpr int64_t kN = 100000;
  const Array x = smooth_array(WZ_F32, kN, 3);
  for (double density : {0.0, 0.1, 0.5, 0.93, 1.0}) {
    wz_gta_model m = part(x, WZ_KEEP_RANDOM);
    m.density = density;
    m.key = 99;
    const std::vector<double> out = sparsified(m, kN, kN);
    const auto kept = static_cast<double>(std::count_if(out.begin(), out.end(), [](double v) { return v != 0; }));
    EXPECT_NEAR(density * kN, kept, 5 * std::sqrt(kN * density * (1 - density)));
  }
}

// The choice depends on the place in the tensor alone, and ties go on counting: pieces give what the whole gives.
TEST(MergeGta, PiecesGiveTheWhole) {
  constexpr int64_t kCols = 384, kRows = 24, kN = kCols * kRows, kCut = kCols * 8;  // kCut is a multiple of WZ_BLOCK
  static_assert(kCut % WZ_BLOCK == 0);
  const Tuned t(WZ_BF16, kN, 1, 5);
  const Array mask = random_array(WZ_U8, kN, 6);
  std::vector<uint32_t> key(static_cast<size_t>(kN));
  const wz_model model = t.x[0].model(), base = t.base.model();
  ASSERT_EQ(WZ_OK, wz_merge_delta_keys(key.data(), &model, &base, WZ_ARITHMETIC_F32, kN));
  std::vector<uint32_t> sorted = key;
  std::sort(sorted.begin(), sorted.end());
  std::vector<std::string> isas = fast_isas();
  isas.push_back("reference");
  for (const std::string& isa : isas) {
    const UseIsa use(isa);
    for (int32_t sparsifier : kSparsifiers) {
      wz_gta_model m = part(t.x[0], sparsifier, 0.8);
      m.key = 7;
      m.density = 0.5;
      m.epsilon = 0.2;
      m.mask = mask.as<uint8_t>();
      m.low = sorted[kN / 2];
      m.high = sorted[kN / 2 + kN / 4];
      m.low_ties = std::count(key.begin(), key.end(), m.low) / 2;
      m.high_ties = std::count(key.begin(), key.end(), m.high) * 2 / 3;
      const auto merge = [&](Array& out, int64_t begin, int64_t end) {
        wz_gta g = plan(t.base, WZ_ARITHMETIC_F32, kCols);
        g.base = t.base.as<uint16_t>() + begin;
        g.out = out.as<uint16_t>() + begin;
        g.out_dtype = WZ_BF16;
        g.first = begin;
        wz_gta_model p = m;
        p.x = t.x[0].as<uint16_t>() + begin;
        p.mask = mask.as<uint8_t>() + begin;
        p.low_seen = std::count(key.begin(), key.begin() + begin, m.low);
        p.high_seen = std::count(key.begin(), key.begin() + begin, m.high);
        ASSERT_EQ(WZ_OK, wz_merge_gta(&g, &p, 1, end - begin, nullptr)) << wz_last_error();
      };
      Array whole(WZ_BF16, kN), pieces(WZ_BF16, kN);
      merge(whole, 0, kN);
      merge(pieces, 0, kCut);
      merge(pieces, kCut, kN);
      EXPECT_TRUE(same_values(whole, pieces)) << isa << ", sparsifier " << sparsifier;
    }
  }
}

TEST(MergeGta, ScratchOfTheCallerIsEnoughAndLeftAlonePastItsEnd) {
  constexpr int64_t kCols = 1531;
  const Tuned t(WZ_BF16, 2 * kCols, 3, 8);
  std::vector<wz_gta_model> models;
  for (const Array& x : t.x) {
    models.push_back(part(x, WZ_KEEP_RANKED, 0.3));
    models.back().density = 0.5;
    models.back().epsilon = 0.1;
  }
  const int64_t bytes = wz_merge_gta_scratch(kCols, 3);
  std::vector<unsigned char> memory(static_cast<size_t>(bytes) + 192, 0xA5);
  unsigned char* scratch = memory.data() + (64 - reinterpret_cast<uintptr_t>(memory.data()) % 64);
  for (int32_t arithmetic : kArithmetics) {
    const auto merge = [&](void* out, void* own) {
      wz_gta g = plan(t.base, arithmetic, kCols);
      g.out = out;
      g.out_dtype = WZ_BF16;
      g.consensus = 1;
      g.normalize = 1;
      return wz_merge_gta(&g, models.data(), 3, 2 * kCols, own);
    };
    const Array with = result_of(WZ_BF16, 2 * kCols, [&](void* out) { return merge(out, scratch); });
    const Array without = result_of(WZ_BF16, 2 * kCols, [&](void* out) { return merge(out, nullptr); });
    EXPECT_TRUE(same_values(without, with));
    for (unsigned char* p = scratch + bytes; p < memory.data() + memory.size(); ++p) ASSERT_EQ(0xA5, *p);
  }
}

TEST(MergeGta, OutputMayBeAnInput) {
  const Tuned t(WZ_BF16, 4 * 1024, 2, 9);
  std::vector<wz_gta_model> models = {part(t.x[0], WZ_KEEP_RANKED, 0.5), part(t.x[1], WZ_KEEP_RANDOM, 0.5)};
  for (wz_gta_model& m : models) m.density = 0.5;
  const auto merge = [&](const Array& base, void* out) {
    wz_gta g = plan(base, WZ_ARITHMETIC_F32, 1024);
    g.out = out;
    g.out_dtype = WZ_BF16;
    g.consensus = 1;
    return wz_merge_gta(&g, models.data(), 2, 4 * 1024, nullptr);
  };
  const Array apart = result_of(WZ_BF16, 4 * 1024, [&](void* out) { return merge(t.base, out); });
  Array onto_base = t.base, onto_model = t.x[0];
  ASSERT_EQ(WZ_OK, merge(onto_base, onto_base.data()));
  EXPECT_TRUE(same_values(apart, onto_base));
  models[0].x = onto_model.data();
  ASSERT_EQ(WZ_OK, merge(t.base, onto_model.data()));
  EXPECT_TRUE(same_values(apart, onto_model));
}

// A broken input shows in the output, also where its delta is dropped or outvoted.
TEST(MergeGta, NanShowsInTheOutput) {
  const double nan = std::nan("");
  Array base(WZ_F32, 4), a(WZ_F32, 4), b(WZ_F32, 4);
  for (int64_t i = 0; i < 4; ++i) {
    base.set(i, 1);
    a.set(i, i == 2 ? nan : 1.5);
    b.set(i, 3);
  }
  for (int32_t sparsifier : {WZ_KEEP_ALL, WZ_KEEP_RANDOM, WZ_KEEP_RANGE}) {
    std::vector<wz_gta_model> models = {part(a, sparsifier), part(b, WZ_KEEP_ALL)};
    models[0].density = 0;
    models[0].low = 0x7FFFFFFF;
    wz_gta g = plan(base, WZ_ARITHMETIC_F32, 4);
    g.consensus = 1;
    g.normalize = 1;
    const Array out = result_of(WZ_F32, 4, [&](void* p) {
      g.out = p;
      g.out_dtype = WZ_F32;
      return wz_merge_gta(&g, models.data(), 2, 4, nullptr);
    });
    EXPECT_TRUE(std::isnan(out.get(2)));
    EXPECT_FALSE(std::isnan(out.get(1)));
  }
}

TEST(MergeGta, RefusesBadArguments) {
  const Array base = smooth_array(WZ_F32, 6, 1), x = smooth_array(WZ_F32, 6, 2);
  Array out(WZ_F32, 6);
  const auto refused = [&](wz_status status, const std::vector<std::string>& pieces, auto&& change) {
    wz_gta g = plan(base, WZ_ARITHMETIC_F32, 3);
    g.out = out.data();
    wz_gta_model m = part(x, WZ_KEEP_ALL);
    int64_t n = 6;
    change(g, m, n);
    expect_refused(status, wz_merge_gta(&g, &m, 1, n, nullptr), pieces);
  };
  refused(WZ_INVALID_ARGUMENT, {"wz_merge_gta", "n", "-1"}, [](auto&, auto&, int64_t& n) { n = -1; });
  refused(WZ_INVALID_ARGUMENT, {"base", "NULL"}, [](wz_gta& g, auto&, auto&) { g.base = nullptr; });
  refused(WZ_UNSUPPORTED, {"out", "i32"}, [](wz_gta& g, auto&, auto&) { g.out_dtype = WZ_I32; });
  refused(WZ_INVALID_ARGUMENT, {"arithmetic", "9"}, [](wz_gta& g, auto&, auto&) { g.arithmetic = 9; });
  refused(WZ_INVALID_ARGUMENT, {"lambda", "NaN"}, [](wz_gta& g, auto&, auto&) { g.lambda = std::nan(""); });
  refused(WZ_INVALID_ARGUMENT, {"models[0].weight", "NaN"}, [](auto&, wz_gta_model& m, auto&) { m.weight = std::nan(""); });
  refused(WZ_INVALID_ARGUMENT, {"models[0].sparsifier", "7"}, [](auto&, wz_gta_model& m, auto&) { m.sparsifier = 7; });
  refused(WZ_INVALID_ARGUMENT, {"models[0].mask", "NULL"}, [](auto&, wz_gta_model& m, auto&) { m.sparsifier = WZ_KEEP_MASK; });
  refused(WZ_INVALID_ARGUMENT, {"models[0].density", "1.5"}, [](auto&, wz_gta_model& m, auto&) {
    m.sparsifier = WZ_KEEP_RANDOM;
    m.density = 1.5;
  });
  refused(WZ_INVALID_ARGUMENT, {"models[0].density", "0.9", "epsilon 0.2"}, [](auto&, wz_gta_model& m, auto&) {
    m.sparsifier = WZ_KEEP_RANKED;
    m.density = 0.9;
    m.epsilon = 0.2;
  });
  refused(WZ_SHAPE_MISMATCH, {"cols 4"}, [](wz_gta& g, wz_gta_model& m, auto&) {
    m.sparsifier = WZ_KEEP_RANKED;
    g.cols = 4;
  });
  refused(WZ_INVALID_ARGUMENT, {"low", "high"}, [](auto&, wz_gta_model& m, auto&) {
    m.sparsifier = WZ_KEEP_RANGE;
    m.low = 5;
    m.high = 4;
  });
  wz_gta g = plan(base, WZ_ARITHMETIC_F32, 3);
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_gta(&g, nullptr, 0, 6, nullptr), {"count", "0"});
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_gta(nullptr, nullptr, 1, 6, nullptr), {"gta", "NULL"});
  wz_gta_model m = part(x, WZ_KEEP_ALL);
  expect_refused(WZ_INVALID_ARGUMENT, wz_merge_gta_l1(nullptr, &g, &m, 1, 6, nullptr), {"wz_merge_gta_l1", "sums"});
}

}  // namespace
}  // namespace wz::test
