// One draw from the logits of a vocabulary: the steps between the C functions of sampling.h and the passes of the table.
#pragma once
#include <cstdint>
#include "base/candidates.h"
#include "capi/check.h"

namespace wz {

struct Largest {
  float value;
  int32_t id;  // the lowest with this value
};

// Of logits [n]. Refuses NaN, +infinity and nothing but -infinity; row is told in the message, where it is not negative.
Largest largest_logit(const Check& check, const float* logits, int64_t n, int64_t row = -1);

// out[i] = log softmax(logits [n])[ids[i]], i < count; most the largest logit.
void log_probabilities(float* out, const float* logits, int64_t n, const int32_t* ids, int64_t count, float most);

// The k largest of logits [n], without NaN, in the order of candidates. scratch as Sampler's.
void top_logits(int32_t* ids, const float* logits, int64_t n, int64_t k, void* scratch);

// The arrays in the scratch of one call, for n tokens.
struct SamplingScratch {
  SamplingScratch(void* scratch, int64_t n);
  static int64_t bytes(int64_t n);

  float* v;          // [n] processed logits
  float* chunk_max;  // [chunks] their maxima
  float* spare;      // [chunks]
  int32_t* count;    // [n] of a token in the history; in the memory of the list, which comes later
  Candidate* list;   // [n]
};

class Sampler {
 public:

  // Checks the arguments; logits [n] without NaN and +infinity. Settings that do nothing may be left to their defaults: context may be NULL.
  Sampler(const Check& check, const float* logits, int64_t n, const wz_sampling& sampling, const wz_sampling_context* context, void* scratch);

  // Whether the choice is the largest of the logits as they are.
  bool greedy_on_raw_logits() const;

  // The survivors by descending probability; returns how many.
  int64_t distribution(int32_t* ids, float* probabilities);

  int32_t draw(double uniform);

 private:
  // Tokens that are left as candidates whose values are e^(logit - largest logit).
  struct Listed {
    int64_t count;
    uint64_t mass;   // of the candidates
    uint64_t total;  // of the softmax that top-p and min-p refer to
  };

  void process();
  void penalize_repetition();
  void penalize_presence_and_frequency();
  void add_bias();
  void put(int32_t id, float logit);
  int32_t largest() const;
  Listed list_top_k();
  Listed list_above(float least, uint64_t total);
  uint64_t to_probabilities(int64_t count);
  Listed apply_min_p(Listed listed);

  const Check& check_;
  const float* logits_;
  const int64_t n_;
  const wz_sampling sampling_;
  wz_sampling_context context_;
  const double unit_;
  const SamplingScratch at_;
  float most_ = 0;  // of the processed logits
};

}  // namespace wz
