// Sampling against the CPU's: the same ids, and the same bits of the log-probabilities, over thousands of random rows with ties and -infinity.
#include "on_device.h"
#include "wootz/cuda_sampling.h"
#include "wootz/wootz.h"

namespace {

using namespace wz::cuda_test;

// One row's request on the host.
struct Request {
  wz_sampling sampling = {1, 0, 1, 0, 1, 0, 0};
  std::vector<int32_t> history, generated, bias_ids;
  std::vector<float> bias;
  std::vector<uint32_t> mask;
  double uniform = 0;
};

class Sampling : public OnDevice {
 protected:
  struct Drawn {
    std::vector<int32_t> ids;
    std::vector<float> logprobs;
  };

  Drawn draw(const std::vector<float>& logits, const std::vector<Request>& requests) {
    const int64_t rows = static_cast<int64_t>(requests.size()), vocabulary = static_cast<int64_t>(logits.size()) / rows;
    // All lists one behind the other.
    std::vector<int32_t> tokens(1);
    std::vector<float> biases(1);
    std::vector<uint32_t> masks(1);
    for (const Request& q : requests) {
      for (const auto* list : {&q.history, &q.generated, &q.bias_ids}) tokens.insert(tokens.end(), list->begin(), list->end());
      biases.insert(biases.end(), q.bias.begin(), q.bias.end());
      masks.insert(masks.end(), q.mask.begin(), q.mask.end());
    }
    Array<int32_t> device_tokens(tokens, stream);
    Array<float> device_biases(biases, stream);
    Array<uint32_t> device_masks(masks, stream);
    std::vector<wz_sampling> settings;
    std::vector<wz_sampling_context> contexts;
    std::vector<double> uniform;
    const int32_t* at = device_tokens + 1;
    const float* bias_at = device_biases + 1;
    const uint32_t* mask_at = device_masks + 1;
    for (const Request& q : requests) {
      wz_sampling_context c = {};
      c.history = at, c.history_count = static_cast<int64_t>(q.history.size()), at += q.history.size();
      c.generated = at, c.generated_count = static_cast<int64_t>(q.generated.size()), at += q.generated.size();
      c.bias_ids = at, c.bias_count = static_cast<int64_t>(q.bias_ids.size()), at += q.bias_ids.size();
      c.bias = bias_at, bias_at += q.bias.size();
      c.mask = q.mask.empty() ? nullptr : mask_at, mask_at += q.mask.size();
      settings.push_back(q.sampling), contexts.push_back(c), uniform.push_back(q.uniform);
    }
    Array<int32_t> ids(rows, stream);
    Array<float> logprobs(rows, stream);
    Array<uint8_t> scratch(wz_cuda_sampling_scratch(rows, vocabulary) + 256, stream);
    auto* aligned = reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(scratch.data()) + 255) / 256 * 256);
    ok(wz_cuda_sample(ids, logprobs, Array<float>(logits, stream), rows, vocabulary, Array<wz_sampling>(settings, stream),
                      Array<wz_sampling_context>(contexts, stream), Array<double>(uniform, stream), aligned, stream));
    return {ids.values(), logprobs.values()};
  }

  static wz_status on_cpu(int32_t* id, float* logprob, const float* logits, int64_t vocabulary, const Request& q) {
    wz_sampling_context c = {q.history.data(), static_cast<int64_t>(q.history.size()), q.generated.data(), static_cast<int64_t>(q.generated.size()),
                             q.bias_ids.data(), q.bias.data(), static_cast<int64_t>(q.bias_ids.size()), q.mask.empty() ? nullptr : q.mask.data()};
    struct alignas(64) Line {
      char bytes[64];
    };
    std::vector<Line> scratch(static_cast<size_t>(wz_sampling_scratch(vocabulary) / 64 + 1));
    return wz_sample(id, logprob, logits, vocabulary, &q.sampling, &c, q.uniform, scratch.data());
  }

  // Every row as the CPU draws it, or -1 and NaN where it refuses.
  void compare(const std::vector<float>& logits, const std::vector<Request>& requests, const std::string& where) {
    const Drawn found = draw(logits, requests);
    const int64_t vocabulary = static_cast<int64_t>(logits.size() / requests.size());
    for (size_t r = 0; r < requests.size(); ++r) {
      int32_t id = -1;
      float logprob = NAN;
      const wz_status status = on_cpu(&id, &logprob, logits.data() + static_cast<int64_t>(r) * vocabulary, vocabulary, requests[r]);
      const wz_sampling& s = requests[r].sampling;
      ASSERT_EQ(found.ids[r], id) << where << ", row " << r << ": temperature " << s.temperature << ", top-k " << s.top_k << ", top-p " << s.top_p << ", min-p "
                                  << s.min_p << ", uniform " << requests[r].uniform << (status != WZ_OK ? wz_last_error() : "");
      ASSERT_EQ(std::isnan(found.logprobs[r]), std::isnan(logprob)) << where << ", row " << r;
      if (!std::isnan(logprob)) {
        ASSERT_EQ(found.logprobs[r], logprob) << where << ", row " << r;
      }
      refused += status != WZ_OK ? 1 : 0;
    }
  }

  int refused = 0;
};

// Peaked or flat, with ties (few values), -infinity and both zeros.
std::vector<float> row_of(int64_t vocabulary, std::mt19937& random) {
  const float spread[] = {0, 0.01f, 1, 4, 30};
  std::vector<float> v = normal(vocabulary, random, spread[random() % 5]);
  if (random() % 3 == 0) {
    for (float& f : v) f = std::round(f * 2) / 2;
  }
  if (random() % 3 == 0) {
    for (float& f : v) f = random() % 4 == 0 ? -INFINITY : f;
  }
  if (random() % 5 == 0) v[random() % v.size()] += 20;
  return v;
}

template <class T, size_t N>
T one_of(const T (&values)[N], std::mt19937& random) {
  return values[random() % N];
}

std::vector<int32_t> tokens_of(int64_t vocabulary, size_t most, std::mt19937& random) {
  std::vector<int32_t> ids(random() % (most + 1));
  const uint32_t used = 1 + random() % static_cast<uint32_t>(vocabulary);  // so that some repeat
  for (auto& id : ids) id = static_cast<int32_t>(random() % used);
  return ids;
}

Request request_of(int64_t vocabulary, std::mt19937& random) {
  const float temperatures[] = {0, 0.1f, 0.7f, 1, 1.3f, 5}, top_p[] = {0, 0.1f, 0.5f, 0.9f, 0.95f, 0.999f, 1, 1}, min_p[] = {0, 0, 0.01f, 0.1f, 1, 1e-30f};
  const int32_t top_k[] = {0, 0, 1, 2, 20, 50, 300, 1 << 20};
  const double uniforms[] = {0, 0.5, 1 - 0x1p-53};
  Request q;
  q.sampling = {one_of(temperatures, random), one_of(top_k, random), one_of(top_p, random), one_of(min_p, random), 1, 0, 0};
  q.uniform = random() % 4 == 0 ? one_of(uniforms, random) : std::uniform_real_distribution<double>()(random);
  if (random() % 2 == 0) {
    const float repetition[] = {1, 1.1f, 0.5f}, presence[] = {0, 0.5f, -1}, frequency[] = {0, 0.25f, -0.1f};
    q.sampling.repetition_penalty = one_of(repetition, random);
    q.sampling.presence_penalty = one_of(presence, random);
    q.sampling.frequency_penalty = one_of(frequency, random);
    q.history = tokens_of(vocabulary, 90, random);
    q.generated = tokens_of(vocabulary, 60, random);
    q.bias_ids = tokens_of(vocabulary, 70, random);
    const float biases[] = {-100, -INFINITY, 0.5f, 3, -0.25f};
    for (size_t i = 0; i < q.bias_ids.size(); ++i) q.bias.push_back(one_of(biases, random));
  }
  if (random() % 3 == 0) {
    q.mask.resize(static_cast<size_t>((vocabulary + 31) / 32));
    for (auto& word : q.mask) word = random() & random();
  }
  return q;
}

TEST_F(Sampling, DrawsAsTheCpuDoes) {
  std::mt19937 random(20);
  int rows = 0;
  for (const int64_t vocabulary : {1, 3, 7, 31, 32, 33, 65, 257, 700, 4096, 4100}) {
    const int64_t batches = vocabulary > 1000 ? 2 : 5;
    for (int64_t b = 0; b < batches; ++b) {
      const int64_t n = vocabulary > 1000 ? 30 : 60;
      std::vector<float> logits;
      std::vector<Request> requests;
      for (int64_t r = 0; r < n; ++r) {
        const std::vector<float> row = row_of(vocabulary, random);
        logits.insert(logits.end(), row.begin(), row.end());
        requests.push_back(request_of(vocabulary, random));
      }
      compare(logits, requests, std::to_string(vocabulary) + " tokens, batch " + std::to_string(b));
      if (HasFatalFailure()) return;
      rows += static_cast<int>(n);
    }
  }
  EXPECT_LT(refused * 4, rows) << "most rows are drawn";
}

TEST_F(Sampling, OfALargeVocabulary) {
  std::mt19937 random(21);
  const int64_t vocabulary = 32003;
  std::vector<float> logits;
  std::vector<Request> requests;
  for (int r = 0; r < 6; ++r) {
    const std::vector<float> row = normal(vocabulary, random, r < 3 ? 0.2f : 3);
    logits.insert(logits.end(), row.begin(), row.end());
    Request q = request_of(vocabulary, random);
    if (r % 3 == 0) q.sampling = {1, 0, 1, 0, 1, 0, 0};
    if (r % 3 == 1) q.sampling = {1, 0, 0.95f, 0, 1, 0, 0};
    if (r % 3 == 2) q.sampling = {1, 1000, 0.9f, 0.01f, 1, 0, 0};
    requests.push_back(q);
  }
  compare(logits, requests, "large");
}

TEST_F(Sampling, ARowThatTheCpuRefusesIsMinusOne) {
  const int64_t vocabulary = 40;
  std::vector<Request> requests;
  std::vector<float> logits;
  const auto add = [&](auto&& change) {
    Request q;
    q.uniform = 0.5;
    std::vector<float> row(static_cast<size_t>(vocabulary), 0.5f);
    change(q, row);
    requests.push_back(q);
    logits.insert(logits.end(), row.begin(), row.end());
  };
  add([](Request&, std::vector<float>& row) { row[3] = NAN; });
  add([](Request&, std::vector<float>& row) { row[39] = INFINITY; });
  add([](Request&, std::vector<float>& row) { row.assign(row.size(), -INFINITY); });
  add([](Request& q, std::vector<float>&) { q.sampling.temperature = -1; });
  add([](Request& q, std::vector<float>&) { q.sampling.temperature = 1e-39f; });  // the quotient overflows
  add([](Request& q, std::vector<float>&) { q.sampling.top_k = -1; });
  add([](Request& q, std::vector<float>&) { q.sampling.top_p = 1.5f; });
  add([](Request& q, std::vector<float>&) { q.sampling.min_p = NAN; });
  add([](Request& q, std::vector<float>&) { q.sampling.repetition_penalty = 0; });
  add([](Request& q, std::vector<float>&) { q.sampling.presence_penalty = INFINITY; });
  add([](Request& q, std::vector<float>&) { q.uniform = 1; });
  add([](Request& q, std::vector<float>&) { q.history = {40}, q.sampling.repetition_penalty = 2; });
  add([](Request& q, std::vector<float>&) { q.generated = {-1}, q.sampling.presence_penalty = 2; });
  add([](Request& q, std::vector<float>&) { q.bias_ids = {1, 40}, q.bias = {1, 1}; });
  add([](Request& q, std::vector<float>&) { q.bias_ids = {1}, q.bias = {INFINITY}; });
  add([](Request& q, std::vector<float>&) { q.bias_ids = {1, 1}, q.bias = {3e38f, 3e38f}; });
  add([](Request& q, std::vector<float>&) { q.mask = {0, 0}; });
  const int bad = static_cast<int>(requests.size());
  add([](Request& q, std::vector<float>&) { q.history = {40, -1}, q.generated = {99}; });  // lists without a penalty are not looked at
  compare(logits, requests, "refused");
  EXPECT_EQ(refused, bad);
}

TEST_F(Sampling, LogProbabilitiesAreTheCpus) {
  std::mt19937 random(22);
  for (const int64_t vocabulary : {1, 3, 33, 257, 1025, 5000}) {
    const int64_t rows = 7;
    std::vector<float> logits;
    std::vector<int32_t> ids;
    for (int64_t r = 0; r < rows; ++r) {
      std::vector<float> row = row_of(vocabulary, random);
      row[random() % row.size()] = 2;  // one is finite
      logits.insert(logits.end(), row.begin(), row.end());
      ids.push_back(static_cast<int32_t>(random() % static_cast<uint32_t>(vocabulary)));
    }
    std::vector<float> expected = poisoned<float>(rows);
    ASSERT_EQ(wz_logprobs(expected.data(), logits.data(), ids.data(), rows, vocabulary, nullptr), WZ_OK) << wz_last_error();
    ids[2] = static_cast<int32_t>(vocabulary), expected[2] = NAN;
    logits[static_cast<size_t>(4 * vocabulary)] = NAN, expected[4] = NAN;
    Array<float> out(rows, stream);
    ok(wz_cuda_logprobs(out, Array<float>(logits, stream), Array<int32_t>(ids, stream), rows, vocabulary, stream));
    expect_same(expected, out.values(), std::to_string(vocabulary) + " tokens");
  }
}

TEST_F(Sampling, TheLargestAreTheCpus) {
  std::mt19937 random(23);
  struct alignas(64) Line {
    char bytes[64];
  };
  for (const int64_t vocabulary : {1, 3, 33, 257, 1025, 5000}) {
    for (const int64_t k : {1, 3, 20, 257, 1024}) {
      if (k > vocabulary) continue;
      const int64_t rows = 5;
      std::vector<float> logits;
      std::vector<int32_t> expected = poisoned<int32_t>(rows * k);
      std::vector<float> expected_logprobs = poisoned<float>(rows * k);
      std::vector<Line> cpu_scratch(static_cast<size_t>(wz_sampling_scratch(vocabulary) / 64 + 1));
      for (int64_t r = 0; r < rows; ++r) {
        std::vector<float> row = row_of(vocabulary, random);
        row[random() % row.size()] = 2;
        ASSERT_EQ(wz_top_logits(expected.data() + r * k, expected_logprobs.data() + r * k, row.data(), vocabulary, k, cpu_scratch.data()), WZ_OK);
        if (r == 2) {
          row[0] = NAN;
          std::fill_n(expected.begin() + r * k, k, -1);
          std::fill_n(expected_logprobs.begin() + r * k, k, NAN);
        }
        logits.insert(logits.end(), row.begin(), row.end());
      }
      Array<int32_t> ids(rows * k, stream);
      Array<float> logprobs(rows * k, stream);
      Array<uint8_t> scratch(wz_cuda_sampling_scratch(rows, vocabulary) + 256, stream);
      auto* aligned = reinterpret_cast<void*>((reinterpret_cast<uintptr_t>(scratch.data()) + 255) / 256 * 256);
      ok(wz_cuda_top_logits(ids, logprobs, Array<float>(logits, stream), rows, vocabulary, k, aligned, stream));
      const std::string where = std::to_string(k) + " of " + std::to_string(vocabulary);
      expect_same(expected, ids.values(), where);
      expect_same(expected_logprobs, logprobs.values(), where);
    }
  }
}

TEST(SamplingArguments, AreChecked) {
  float v[4] = {};
  int32_t id = 0;
  double u = 0;
  wz_sampling s = {};
  EXPECT_EQ(wz_cuda_sample(&id, v, v, 1, 0, &s, nullptr, &u, v, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_sample(&id, v, v, 0, 4, &s, nullptr, &u, v, nullptr), WZ_OK);
  EXPECT_EQ(wz_cuda_sample(nullptr, v, v, 1, 4, &s, nullptr, &u, v, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_sample: ids: found NULL, expected device memory");
  EXPECT_EQ(wz_cuda_top_logits(&id, v, v, 1, 4, 5, v, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_STREQ(wz_cuda_last_error(), "wz_cuda_top_logits: k: found 5, expected 1 to 4");
  EXPECT_EQ(wz_cuda_top_logits(&id, v, v, 1, 4000, 1025, v, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_logprobs(v, v, &id, -1, 4, nullptr), WZ_INVALID_ARGUMENT);
  EXPECT_EQ(wz_cuda_sampling_scratch(-1, 4), 0);
  EXPECT_EQ(wz_cuda_sampling_scratch(1, 0), 0);
  EXPECT_GT(wz_cuda_sampling_scratch(1, 1), 0);
}

}  // namespace
