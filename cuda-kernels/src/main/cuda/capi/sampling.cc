// The C face of sampling. Settings, lists and uniform numbers are device memory: the kernels check them.
#include "wootz/cuda_sampling.h"
#include <limits>
#include "capi/arguments.h"
#include "sampling/sampling.h"

using namespace wz::cuda;

namespace {

constexpr int64_t kMostTokens = std::numeric_limits<int32_t>::max() - 8192;  // token numbers and a stride past the last fit an int32

int64_t check_logits(int64_t rows, int64_t vocabulary) {
  check_at_least("rows", rows, 0);
  check_within("vocabulary", vocabulary, 1, kMostTokens);
  return check_shape(rows, vocabulary);
}

}  // namespace

int64_t wz_cuda_sampling_scratch(int64_t rows, int64_t vocabulary) {
  if (rows < 0 || vocabulary < 1 || vocabulary > kMostTokens || rows > std::numeric_limits<int64_t>::max() / sampling_scratch(1, vocabulary)) return 0;
  return sampling_scratch(rows, vocabulary);
}

wz_status wz_cuda_sample(int32_t* ids, float* logprobs, const float* logits, int64_t rows, int64_t vocabulary, const wz_sampling* sampling,
                         const wz_sampling_context* contexts, const double* uniform, void* scratch, wz_cuda_stream* stream) {
  return guarded("wz_cuda_sample", [&] {
    if (check_logits(rows, vocabulary) == 0) return;
    OneDevice memory;
    memory.tensor("ids", ids);
    memory.optional("logprobs", logprobs);
    memory.tensor("logits", logits);
    memory.tensor("sampling", sampling);
    memory.optional("contexts", contexts);
    memory.tensor("uniform", uniform);
    memory.tensor("scratch", scratch);
    check_aligned("scratch", scratch, 256);
    CurrentDevice current(memory.device());
    const SamplingBatch batch = {logits, rows, static_cast<int32_t>(vocabulary), sampling, contexts, uniform, mass_unit(vocabulary), scratch};
    prepare_rows(batch, stream_of(stream));
    process_logits(batch, stream_of(stream));
    add_masses(batch, logprobs != nullptr, stream_of(stream));
    draw(ids, logprobs, batch, stream_of(stream));
  });
}

wz_status wz_cuda_logprobs(float* out, const float* logits, const int32_t* ids, int64_t rows, int64_t vocabulary, wz_cuda_stream* stream) {
  return guarded("wz_cuda_logprobs", [&] {
    if (check_logits(rows, vocabulary) == 0) return;
    OneDevice memory;
    memory.tensor("out", out);
    memory.tensor("logits", logits);
    memory.tensor("ids", ids);
    CurrentDevice current(memory.device());
    logprobs(out, logits, ids, rows, static_cast<int32_t>(vocabulary), stream_of(stream));
  });
}

wz_status wz_cuda_top_logits(int32_t* ids, float* logprobs, const float* logits, int64_t rows, int64_t vocabulary, int64_t k, void* scratch,
                             wz_cuda_stream* stream) {
  return guarded("wz_cuda_top_logits", [&] {
    const int64_t n = check_logits(rows, vocabulary);
    check_within("k", k, 1, vocabulary < WZ_CUDA_TOP_LOGITS ? vocabulary : WZ_CUDA_TOP_LOGITS);
    if (n == 0) return;
    OneDevice memory;
    memory.tensor("ids", ids);
    memory.optional("logprobs", logprobs);
    memory.tensor("logits", logits);
    memory.tensor("scratch", scratch);
    check_aligned("scratch", scratch, 256);
    CurrentDevice current(memory.device());
    const SamplingBatch batch = {logits, rows, static_cast<int32_t>(vocabulary), nullptr, nullptr, nullptr, mass_unit(vocabulary), scratch};
    prepare_rows(batch, stream_of(stream));
    process_logits(batch, stream_of(stream));
    add_masses(batch, false, stream_of(stream));
    top_logits(ids, logprobs, static_cast<int32_t>(k), batch, stream_of(stream));
  });
}
