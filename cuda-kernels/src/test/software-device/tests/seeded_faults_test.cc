// Faults put into kernels that look like ours (fixtures/tiles.cu), one at a time, in the text of their PTX: each is reported in the right kernel at
// the right line over five schedules, or makes the result wrong; without a fault every schedule gives the right result.
#include <gtest/gtest.h>
#include <cmath>
#include <random>
#include <regex>
#include "operations/small_floats.h"
#include "tests/ptx_run.h"

namespace wz::software {
namespace {

// The largest |found - expected| over allowed(expected); a NaN counts as infinite.
double worst(const std::vector<float>& found, const std::vector<double>& expected, double tolerance) {
  double most = 0;
  for (size_t k = 0; k < expected.size(); ++k) {
    const double e = std::fabs(found[k] - expected[k]) / (tolerance * (1 + std::fabs(expected[k])));
    most = e <= most ? most : e != e ? HUGE_VAL : e;
  }
  return most;
}
std::vector<float> normal(size_t n, u32 seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> d;
  std::vector<float> v(n);
  for (float& x : v) x = d(random);
  return v;
}
Options scheduled(u64 seed) {
  Options o;
  o.seed = seed;
  return o;
}

// Each runs its kernel and gives the error over what is allowed.
double double_buffered(const std::string& text, u64 seed) {
  GlobalMemory memory;
  LoadedModule module(text, &memory);
  const u64 rows = 13;
  const auto x = normal(rows * 512, 1), w = normal(rows, 2);
  const u64 y = memory.allocate(512 * 4, MemoryKind::kDevice);
  launch(module, memory, "double_buffered", {}, {128, 1, 1}, {upload(memory, x), upload(memory, w), rows, y}, scheduled(seed));
  std::vector<double> expected(512);
  for (size_t r = 0; r < rows; ++r) {
    for (size_t c = 0; c < 512; ++c) expected[c] += static_cast<double>(w[r]) * x[r * 512 + c];
  }
  return worst(download<float>(y, 512), expected, 1e-5);
}

double attention_tile(const std::string& text, u64 seed) {
  GlobalMemory memory;
  LoadedModule module(text, &memory);
  const size_t n = 192;
  const auto bits = [](const std::vector<float>& v) {
    std::vector<u16> b;
    for (const float x : v) b.push_back(bf16_nearest(x));
    return b;
  };
  const auto q = bits(normal(16 * 64, 3)), k = bits(normal(n * 64, 4)), v = bits(normal(n * 64, 5));
  const float scale = 0.125f;
  const u64 o = memory.allocate(16 * 64 * 4, MemoryKind::kDevice);
  // n and scale share a word of the parameters.
  launch(module, memory, "attention_tile", {}, {128, 1, 1}, {upload(memory, q), upload(memory, k), upload(memory, v), n | static_cast<u64>(bits_of(scale)) << 32, o}, scheduled(seed));
  std::vector<double> expected(16 * 64);
  for (size_t i = 0; i < 16; ++i) {
    std::vector<double> p(n);
    double sum = 0;
    for (size_t j = 0; j < n; ++j) {
      double s = 0;
      for (size_t c = 0; c < 64; ++c) s += static_cast<double>(float_of_bf16(q[i * 64 + c])) * float_of_bf16(k[j * 64 + c]);
      sum += p[j] = std::exp(s * scale);
    }
    for (size_t j = 0; j < n; ++j) {
      for (size_t c = 0; c < 64; ++c) expected[i * 64 + c] += p[j] / sum * float_of_bf16(v[j * 64 + c]);
    }
  }
  return worst(download<float>(o, 16 * 64), expected, 8e-3);  // two roundings of the probabilities to bf16
}

double block_norm(const std::string& text, u64 seed) {
  GlobalMemory memory;
  LoadedModule module(text, &memory);
  const size_t n = 257, rows = 3;
  const auto x = normal(rows * n, 6);
  const u64 y = memory.allocate(rows * n * 4, MemoryKind::kDevice);
  launch(module, memory, "block_norm", {static_cast<u32>(rows), 1, 1}, {128, 1, 1}, {upload(memory, x), n, y}, scheduled(seed));
  std::vector<double> expected(rows * n);
  for (size_t r = 0; r < rows; ++r) {
    double s = 0;
    for (size_t i = 0; i < n; ++i) s += static_cast<double>(x[r * n + i]) * x[r * n + i];
    for (size_t i = 0; i < n; ++i) expected[r * n + i] = x[r * n + i] / std::sqrt(s / n);
  }
  return worst(download<float>(y, rows * n), expected, 1e-5);
}

// Three sequences; of the eight pages only those in use are written, and of the last of each only the rows in use.
double paged_sum(const std::string& text, u64 seed) {
  GlobalMemory memory;
  LoadedModule module(text, &memory);
  const std::vector<s32> tables = {0, -1, -1, 7, 2, -1, 5, 3, 4}, lengths = {3, 13, 24};
  const u64 pages = memory.allocate(8 * 8 * 64 * 4, MemoryKind::kDevice), y = memory.allocate(3 * 64 * 4, MemoryKind::kDevice);
  Allocation* const m = memory.find(pages, 4);
  std::vector<double> expected(3 * 64);
  std::mt19937 random(7);
  std::normal_distribution<float> d;
  for (size_t s = 0; s < 3; ++s) {
    for (s32 p = 0; p < lengths[s]; ++p) {
      const u64 at = pages + static_cast<u64>(tables[3 * s + static_cast<size_t>(p / 8)] * 8 + p % 8) * 256;
      for (size_t c = 0; c < 64; ++c) {
        const float x = d(random);
        std::memcpy(reinterpret_cast<void*>(at + 4 * c), &x, 4);
        expected[64 * s + c] += x;
      }
      m->mark_written(at, 256);
    }
  }
  launch(module, memory, "paged_sum", {3, 1, 1}, {64, 1, 1}, {pages, upload(memory, tables), upload(memory, lengths), 3, y}, scheduled(seed));
  return worst(download<float>(y, 3 * 64), expected, 1e-5);
}

double last_block_sum(const std::string& text, u64 seed) {
  GlobalMemory memory;
  LoadedModule module(text, &memory);
  const size_t n = 1000;
  const auto x = normal(n, 8);
  const u64 out = memory.allocate(4, MemoryKind::kDevice), parts = memory.allocate(64, MemoryKind::kDevice);
  launch(module, memory, "last_block_sum", {5, 1, 1}, {128, 1, 1}, {upload(memory, x), n, parts, upload(memory, std::vector<u32>{0}), out}, scheduled(seed));
  double sum = 0;
  for (const float v : x) sum += v;
  return worst(download<float>(out, 1), {sum}, 1e-4);
}

using Run = double (*)(const std::string& text, u64 seed);
const std::map<std::string, Run> kRuns = {{"double_buffered", double_buffered}, {"attention_tile", attention_tile}, {"block_norm", block_norm}, {"paged_sum", paged_sum}, {"last_block_sum", last_block_sum}};

struct Seeded {
  const char* name;
  const char* kernel;
  const char* line;         // of the kernel's PTX, as a regular expression: the nth that it is found in
  int nth;
  const char* replacement;  // of what the expression found; nothing removes it
  const char* report;       // expected in the report, as a regular expression; empty: the result is wrong
  std::vector<const char*> sources;  // the report names the line of tiles.cu where one of these begins, or holds what follows "ptx:"
};

std::string edited(const std::string& text, const Seeded& s) {
  const size_t begin = text.find(std::string(".entry ") + s.kernel + "(");
  size_t end = text.find(".entry ", begin + 1);
  if (end == std::string::npos) end = text.size();
  const std::regex expression(s.line);
  int found = 0;
  for (size_t at = begin; at < end;) {
    const size_t stop = text.find('\n', at);
    const std::string line = text.substr(at, stop - at);
    if (std::regex_search(line, expression) && ++found == s.nth) return text.substr(0, at) + std::regex_replace(line, expression, s.replacement) + text.substr(stop);
    at = stop + 1;
  }
  throw std::runtime_error(std::string(s.name) + ": the line to edit is not there");
}
// The line of tiles.cu where the part, which is there once, begins.
std::string line_of(const std::string& part) {
  static const std::string source = fixture("tiles.cu");
  const size_t at = source.find(part);
  if (at == std::string::npos || source.find(part, at + 1) != std::string::npos) throw std::runtime_error("'" + part + "' is not once in tiles.cu");
  return "tiles.cu:" + std::to_string(1 + std::count(source.begin(), source.begin() + static_cast<long>(at), '\n'));
}

const char* const kPending = "a wait is missing";
const char* const kRace = "race on shared memory|a wait is missing|never written";
const char* const kTile = "const float4 v = tile[buffer][r][127 - i]";
const char* const kCopy = "asm volatile(\"cp.async.cg";
const char* const kMatrix = "asm volatile(\"ldmatrix.sync.aligned.m8n8.x4.shared.b16";
const char* const kTransposed = "asm volatile(\"ldmatrix.sync.aligned.m8n8.x4.trans";
const char* const kPage = "const float4 v = *reinterpret_cast<const float4*>(pages";

const std::vector<Seeded> kSeeded = {
    // The tile that is copied while the one before is added.
    {"barrier after the wait dropped", "double_buffered", "bar.sync.*", 1, "", kRace, {kTile, kCopy}},
    {"barrier before the next copy dropped", "double_buffered", "bar.sync.*", 2, "", kRace, {kTile, kCopy}},
    {"wait one group too lax", "double_buffered", "wait_group 1", 1, "wait_group 2", kPending, {kTile}},
    {"wait dropped", "double_buffered", "cp.async.wait_group.*", 1, "", kPending, {kTile}},
    {"commit dropped", "double_buffered", "cp.async.commit_group;", 2, "", kPending, {kTile}},
    {"row of the weights off by one", "double_buffered", "setp.ge.s32 (\\s*%p10)", 1, "setp.gt.s32 $1", "past the end of the allocation of 52 bytes", {"const float f = first + r < rows"}},
    {"column off by one", "double_buffered", "(mov.u32 \\s*%r\\d+), 127;", 1, "$1, 128;", "the block has|past the end|race on shared memory|a wait is missing", {kTile, "reinterpret_cast<float4*>(y)[127 - i]"}},
    {"unaligned read of the tile", "double_buffered", "(ld.shared.v4.f32 .*, \\[%r\\d+)\\];", 1, "$1+4];", "not aligned to 16", {kTile}},
    {"unaligned result", "double_buffered", "(st.global.v4.f32 \\s*\\[%rd\\d+)\\]", 1, "$1+8]", "not aligned to 16", {"reinterpret_cast<float4*>(y)[127 - i]"}},
    {"unaligned copy", "double_buffered", "(cp.async.cg.shared.global \\[%r\\d+\\], \\[%rd\\d+)\\]", 1, "$1+4]", "not aligned to 16", {kCopy}},
    // Attention with tensor cores.
    {"wait one group too lax", "attention_tile", "wait_group 1", 1, "wait_group 2", kPending, {kMatrix}},
    {"wait dropped", "attention_tile", "cp.async.wait_group.*", 1, "", kPending, {kMatrix}},
    {"barrier after the wait dropped", "attention_tile", "bar.sync.*", 1, "", kRace, {kMatrix, kTransposed, kCopy}},
    {"barrier before the next copy dropped", "attention_tile", "bar.sync.*", 2, "", kRace, {kMatrix, kTransposed, kCopy}},
    {"barrier before the parts are joined dropped", "attention_tile", "bar.sync.*", 3, "", kRace, {"high = fmaxf(high, most[w][row])", "const float f = __expf(most[w][row]", "sum += f * sums[w][row]"}},
    {"halves of K's fragment exchanged", "attention_tile", "(mma.sync.*), \\{(%r\\d+), (%r\\d+)\\}, (\\{%f)", 1, "$1, {$3, $2}, $4", "", {}},
    {"registers of Q's fragment exchanged", "attention_tile", "(mma.sync.*?\\}), \\{(%r\\d+), (%r\\d+), (%r\\d+), (%r\\d+)\\}", 1, "$1, {$2, $4, $3, $5}", "", {}},
    {"V's matrices not transposed", "attention_tile", "x4.trans.shared", 1, "x4.shared", "", {}},
    {"rows of matrices unaligned", "attention_tile", "(ldmatrix.*\\[%r\\d+)\\]", 1, "$1+8]", "not aligned to 16", {kMatrix}},
    {"all warps write one part", "attention_tile", "(and.b32 \\s*%r\\d+, %r\\d+), -4096;", 1, "$1, 0;", "race on shared memory|never written", {"*reinterpret_cast<float2*>(&part[warp]", "sum += f * sums[w][row]"}},
    {"a tile more than there is", "attention_tile", "setp.lt.s32 (\\s*%p18)", 1, "setp.le.s32 $1", "past the end of the allocation of 24576 bytes", {kCopy}},
    // Reductions through shared memory.
    {"barrier after the warps' sums dropped", "block_norm", "bar.sync.*", 1, "", kRace, {"s = warp_sum(threadIdx.x < blockDim.x / 32"}},
    {"barrier after the factor dropped", "block_norm", "bar.sync.*", 2, "", kRace, {"ptx:ld.shared.f32 %f8, [_ZZ10block_normE6factor]", "factor = rsqrtf(s / n)"}},
    {"barrier in diverged code", "block_norm", "bar.sync", 1, "@%p8 bar.sync", "only part of the warp", {"__syncthreads();\n  if (threadIdx.x < 32) {\n    s = warp_sum"}},
    {"element past the row", "block_norm", "setp.lt.s32 (\\s*%p2)", 1, "setp.le.s32 $1", "past the end of the allocation of 3084 bytes", {"s += row[i] * row[i]"}},
    {"warps' sums at the wrong stride", "block_norm", "shr.u32 (\\s*%r28, %r55), 3;", 1, "shr.u32 $1, 2;", "never written|the block has|race on shared memory", {"s = warp_sum(threadIdx.x < blockDim.x / 32"}},
    {"lanes that are not there are named", "block_norm", "(mov.u32 \\s*%r40), -1;", 1, "$1, 1;", "not in its own member mask", {"__shfl_xor_sync(0xFFFFFFFFu, v, d)"}},
    // Pages.
    {"position past the length", "paged_sum", "setp.lt.s32 (\\s*%p1,)", 1, "setp.le.s32 $1", "never written|before the allocation|past the end", {kPage}},
    {"page index wrong", "paged_sum", "(mul.wide.s32 \\s*%rd16, %r32), 8;", 1, "$1, 16;", "never written|past the end", {kPage}},
    {"table index wrong", "paged_sum", "(shr.s32 \\s*%r31, %r30), 3;", 1, "$1, 1;", "never written|past the end|before the allocation|near no allocation", {kPage}},
    {"row in front of the pages", "paged_sum", "add.s64 (\\s*%rd20, )%rd19, %rd4;", 1, "sub.s64 $1 %rd4, 64;", "before the allocation of 16384 bytes", {kPage}},
    {"unaligned row", "paged_sum", "(shl.b64 \\s*%rd21, %rd20), 2;", 1, "$1, 1;", "not aligned to 16", {kPage}},
    {"barrier dropped", "paged_sum", "bar.sync.*", 1, "", kRace, {"for (int r = 1; r < 4; ++r) s.x += rows[r][i].x"}},
    // The last block.
    {"barrier before the block's sum dropped", "last_block_sum", "bar.sync.*", 1, "", kRace, {"parts[blockIdx.x] = warps[0]"}},
    {"barrier after the ticket dropped", "last_block_sum", "bar.sync.*", 2, "", kRace, {"if (arrived != gridDim.x - 1) return;"}},
    {"part that no block left", "last_block_sum", "setp.ge.u32 (\\s*%p13)", 1, "setp.gt.u32 $1", "never written", {"total += parts[b]"}},
    {"ticket one too high", "last_block_sum", "(add.s32 \\s*%r38, %r8), -1;", 1, "$1, 0;", "", {}},
};

TEST(SeededFaults, TheKernelsWithoutThem) {
  const std::string text = fixture("tiles.ptx");
  for (const auto& [kernel, run] : kRuns) {
    for (u64 seed = 1; seed <= 8; ++seed) EXPECT_LE(run(text, seed), 1) << kernel << ", seed " << seed;
  }
}

class SeededFault : public ::testing::TestWithParam<Seeded> {};
TEST_P(SeededFault, IsFound) {
  const Seeded& s = GetParam();
  const std::string text = edited(fixture("tiles.ptx"), s);
  for (u64 seed = 1; seed <= 5; ++seed) {
    std::string report;
    double error = 0;
    try {
      error = kRuns.at(s.kernel)(text, seed);
    } catch (const Fault& f) {
      report = f.what();
    }
    if (*s.report == '\0') {
      EXPECT_EQ(report, "") << s.name;
      EXPECT_GT(error, 1) << s.kernel << ": " << s.name << ", seed " << seed << ": the result is right";
      continue;
    }
    EXPECT_EQ(report.compare(0, std::string(s.kernel).size() + 1, std::string(s.kernel) + ","), 0) << report;
    EXPECT_TRUE(std::regex_search(report, std::regex(s.report))) << s.kernel << ": " << s.name << ", seed " << seed << ", error " << error << ": " << report;
    bool right = false;
    for (const std::string part : s.sources) {
      // nvcc leaves some instructions without a line.
      right |= part.compare(0, 4, "ptx:") == 0 ? report.find(part.substr(4)) != std::string::npos : std::regex_search(report, std::regex(line_of(part) + "\\b"));
    }
    EXPECT_TRUE(right) << s.kernel << ": " << s.name << ", seed " << seed << ": the report names another line: " << report;
  }
}
void PrintTo(const Seeded& s, std::ostream* out) { *out << s.kernel << ": " << s.name; }
INSTANTIATE_TEST_SUITE_P(All, SeededFault, ::testing::ValuesIn(kSeeded));

}  // namespace
}  // namespace wz::software
