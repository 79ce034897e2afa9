// One row's scratch, and the masses that probabilities are added as (native/src/main/cpp/base/vocabulary.h): a mass is e^(logit - largest logit) times
// the unit, a power of 2, rounded to an integer. Sums of integers are the same in any order, so atomics may add them.
#pragma once
#include <cstdint>
#include "common/elementary.cuh"
#include "common/launch.h"
#include "common/ordered.cuh"
#include "sampling/sampling.h"

namespace wz::cuda {

using Mass = unsigned long long;

constexpr float kInfinity = __builtin_huge_valf();

// Bins of the histogram of probabilities e: the exponent and four bits of the mantissa. What lies below 2^-53 has no mass, whatever the unit.
constexpr int kBinShift = 19;
constexpr int kFirstBin = (127 - 53) << (23 - kBinShift);
constexpr int kBins = (0x3F800000 >> kBinShift) - kFirstBin + 1;

// Negative: no mass.
__device__ inline int bin_of(float e) { return static_cast<int>(bits<uint32_t>(e) >> kBinShift) - kFirstBin; }
// The least e of a bin.
__device__ inline float bin_floor(int bin) { return bits<float>(static_cast<uint32_t>(bin + kFirstBin) << kBinShift); }

__device__ inline Mass mass_of(float e, double unit) {
  return bits<uint64_t>(add(multiply(static_cast<double>(e), unit), 0x1p52)) - bits<uint64_t>(0x1p52);
}

// Summed up over a row.
struct RowSums {
  Mass raw_most, most;  // candidates: the largest of the given and of the processed logits
  Mass raw_mass, mass;  // sums over the vocabulary
  uint32_t bad;         // refused
};

struct Row {
  RowSums* sums;
  Mass* bin_mass;       // [kBins]
  uint32_t* bin_count;  // [kBins]
  uint32_t* touched;    // [ceil(vocabulary / 32)] tokens with a penalty or a bias
  float* v;             // [vocabulary] processed logits
  Candidate* list;      // [vocabulary]
  int32_t* count;       // [vocabulary] of a token in the history; in the memory of the list, which comes later
};

__host__ __device__ inline int64_t part(int64_t bytes) { return (bytes + 255) / 256 * 256; }

struct RowLayout {
  int64_t bin_mass, bin_count, touched, v, list, bytes;
};

__host__ __device__ inline RowLayout row_layout(int64_t vocabulary) {
  RowLayout l;
  l.bin_mass = part(sizeof(RowSums));
  l.bin_count = l.bin_mass + part(8 * kBins);
  l.touched = l.bin_count + part(4 * kBins);
  l.v = l.touched + part((vocabulary + 31) / 32 * 4);
  l.list = l.v + part(4 * vocabulary);
  l.bytes = l.list + part(8 * vocabulary);
  return l;
}

__device__ inline Row row_at(const SamplingBatch& batch, int64_t r) {
  const RowLayout l = row_layout(batch.vocabulary);
  char* at = static_cast<char*>(batch.scratch) + r * l.bytes;
  return {reinterpret_cast<RowSums*>(at),
          reinterpret_cast<Mass*>(at + l.bin_mass),
          reinterpret_cast<uint32_t*>(at + l.bin_count),
          reinterpret_cast<uint32_t*>(at + l.touched),
          reinterpret_cast<float*>(at + l.v),
          reinterpret_cast<Candidate*>(at + l.list),
          reinterpret_cast<int32_t*>(at + l.list)};
}

// What a whole-vocabulary kernel's blocks each take.
constexpr int kChunkThreads = 256;
constexpr int kChunk = kChunkThreads * 16;

struct Chunk {
  int64_t row;
  int32_t begin, end;
};

__device__ inline Chunk chunk_of_block(int32_t vocabulary) {
  const unsigned chunks = static_cast<unsigned>((vocabulary + static_cast<int64_t>(kChunk) - 1) / kChunk);
  const int64_t row = blockIdx.x / chunks;
  const int32_t begin = static_cast<int32_t>(blockIdx.x % chunks) * kChunk;
  return {row, begin, vocabulary - begin < kChunk ? vocabulary : begin + kChunk};
}

inline unsigned chunk_blocks(const SamplingBatch& batch) { return blocks_of(batch.rows * ceil_divide(batch.vocabulary, kChunk)); }

// The warp's sum of integers, in every lane.
__device__ inline Mass warp_mass(Mass m) {
#pragma unroll
  for (int s = kWarp / 2; s > 0; s /= 2) m += __shfl_xor_sync(kWholeWarp, m, s);
  return m;
}

// Of the sum over e^(logit - largest logit).
__device__ inline double log_of_mass(Mass mass, double unit) { return log_of_normal(divide(__ull2double_rn(mass), unit)); }

// log softmax of one logit.
__device__ inline float log_probability(float logit, float most, double log_sum) {
  return static_cast<float>(subtract(subtract(static_cast<double>(logit), static_cast<double>(most)), log_sum));
}

__device__ inline float not_a_number() { return bits<float>(0x7FC00000u); }

}  // namespace wz::cuda
