#include "wootz/sampling.h"
#include <limits>
#include "base/threads.h"
#include "base/vocabulary.h"
#include "capi/sampler.h"
#include "capi/table.h"

using wz::Check;

namespace {

void vocabulary_and_logits(const Check& check, const float* logits, int64_t vocabulary) {
  check.within("vocabulary", vocabulary, 1, std::numeric_limits<int32_t>::max());
  check.pointer("logits", logits, vocabulary);
}

void aligned_scratch(const Check& check, const void* scratch, int64_t vocabulary) {
  check.pointer("scratch", scratch, wz_sampling_scratch(vocabulary));
  if (reinterpret_cast<uintptr_t>(scratch) % 64 != 0) check.refuse(WZ_INVALID_ARGUMENT, "scratch: expected an address that is a multiple of 64");
}

}  // namespace

int64_t wz_sampling_scratch(int64_t vocabulary) { return wz::SamplingScratch::bytes(vocabulary); }

wz_status wz_sampling_distribution(int32_t* ids, float* probabilities, int64_t* count, const float* logits, int64_t vocabulary,
                                   const wz_sampling* sampling, const wz_sampling_context* context, void* scratch) {
  return wz::guarded("wz_sampling_distribution", [&](const Check& check) {
    vocabulary_and_logits(check, logits, vocabulary);
    check.pointer("ids", ids, vocabulary);
    check.pointer("probabilities", probabilities, vocabulary);
    check.pointer("count", count);
    check.pointer("sampling", sampling);
    aligned_scratch(check, scratch, vocabulary);
    wz::largest_logit(check, logits, vocabulary);
    *count = wz::Sampler(check, logits, vocabulary, *sampling, context, scratch).distribution(ids, probabilities);
  });
}

wz_status wz_sample(int32_t* id, float* logprob, const float* logits, int64_t vocabulary, const wz_sampling* sampling,
                    const wz_sampling_context* context, double uniform, void* scratch) {
  return wz::guarded("wz_sample", [&](const Check& check) {
    vocabulary_and_logits(check, logits, vocabulary);
    check.pointer("sampling", sampling);
    aligned_scratch(check, scratch, vocabulary);
    if (!(uniform >= 0 && uniform < 1)) check.refuse(WZ_INVALID_ARGUMENT, "uniform: found " + std::to_string(uniform) + ", expected [0, 1)");
    const wz::Largest largest = wz::largest_logit(check, logits, vocabulary);
    wz::Sampler sampler(check, logits, vocabulary, *sampling, context, scratch);
    const int32_t drawn = sampler.greedy_on_raw_logits() ? largest.id : sampler.draw(uniform);
    if (id != nullptr) *id = drawn;
    if (logprob != nullptr) wz::log_probabilities(logprob, logits, vocabulary, &drawn, 1, largest.value);
  });
}

wz_status wz_logprobs(float* out, const float* logits, const int32_t* ids, int64_t rows, int64_t vocabulary, wz_threads* pool) {
  return wz::guarded("wz_logprobs", [&](const Check& check) {
    check.count("rows", rows);
    check.within("vocabulary", vocabulary, 1, std::numeric_limits<int32_t>::max());
    check.pointer("logits", logits, check.shape(rows, vocabulary));
    check.pointer("ids", ids, rows);
    check.pointer("out", out, rows);
    for (int64_t r = 0; r < rows; ++r) check.within(("ids[" + std::to_string(r) + "]").c_str(), ids[r], 0, vocabulary - 1);
    wz::for_each_piece(wz::pool_of(pool), rows, [&](int64_t r) {
      const float* row = logits + r * vocabulary;
      wz::log_probabilities(out + r, row, vocabulary, ids + r, 1, wz::largest_logit(check, row, vocabulary, r).value);
    });
  });
}

wz_status wz_top_logits(int32_t* ids, float* logprobs, const float* logits, int64_t vocabulary, int64_t k, void* scratch) {
  return wz::guarded("wz_top_logits", [&](const Check& check) {
    vocabulary_and_logits(check, logits, vocabulary);
    check.within("k", k, 1, vocabulary);
    check.pointer("ids", ids, k);
    aligned_scratch(check, scratch, vocabulary);
    const wz::Largest largest = wz::largest_logit(check, logits, vocabulary);
    wz::top_logits(ids, logits, vocabulary, k, scratch);
    if (logprobs != nullptr) wz::log_probabilities(logprobs, logits, vocabulary, ids, k, largest.value);
  });
}
