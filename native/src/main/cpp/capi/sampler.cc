#include "capi/sampler.h"
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include "base/elementary.h"
#include "base/vocabulary.h"
#include "capi/table.h"

namespace wz {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

int64_t aligned(int64_t bytes) { return (bytes + 63) / 64 * 64; }

// The smallest mass that is at least this share of a total.
uint64_t share_of(double share, uint64_t total) {
  const auto target = static_cast<uint64_t>(std::ceil(share * static_cast<double>(total)));
  return std::clamp(target, uint64_t{1}, total);
}

// The place of a uniform number in [0, 1) among the masses 1 ... total.
uint64_t place_of(double uniform, uint64_t total) {
  return std::min(static_cast<uint64_t>(uniform * static_cast<double>(total)) + 1, total);
}

[[noreturn]] void refuse_logit(const Check& check, const float* logits, int64_t n, int64_t row) {
  int64_t i = 0;
  while (i < n && logits[i] < kInfinity) ++i;
  const std::string prefix = row < 0 ? "" : std::to_string(row) + ", ";
  check.refuse(WZ_INVALID_ARGUMENT,
               "logits[" + prefix + std::to_string(i) + "]: found " + (std::isnan(logits[i]) ? "NaN" : "infinity") + ", expected a number");
}

void token(const Check& check, const char* name, int64_t i, int32_t id, int64_t n) {
  if (id >= 0 && id < n) return;
  check.refuse(WZ_INVALID_ARGUMENT, std::string(name) + "[" + std::to_string(i) + "]: found " + std::to_string(id) + ", expected 0 to " +
                                        std::to_string(n - 1));
}

void tokens(const Check& check, const char* name, const int32_t* ids, int64_t count, int64_t n) {
  for (int64_t i = 0; i < count; ++i) token(check, name, i, ids[i], n);
}

void setting(const Check& check, const char* name, float value, bool good, const char* expected) {
  if (!good) check.refuse(WZ_INVALID_ARGUMENT, std::string(name) + ": found " + std::to_string(value) + ", expected " + expected);
}

void settings(const Check& check, const wz_sampling& s) {
  setting(check, "temperature", s.temperature, s.temperature >= 0 && s.temperature < kInfinity, "0 or more");
  check.at_least("top_k", s.top_k, 0);
  setting(check, "top_p", s.top_p, s.top_p >= 0 && s.top_p <= 1, "0 to 1");
  setting(check, "min_p", s.min_p, s.min_p >= 0 && s.min_p <= 1, "0 to 1");
  setting(check, "repetition_penalty", s.repetition_penalty, s.repetition_penalty > 0 && s.repetition_penalty < kInfinity, "a number above 0");
  setting(check, "presence_penalty", s.presence_penalty, std::isfinite(s.presence_penalty), "a finite number");
  setting(check, "frequency_penalty", s.frequency_penalty, std::isfinite(s.frequency_penalty), "a finite number");
}

}  // namespace

Largest largest_logit(const Check& check, const float* logits, int64_t n, int64_t row) {
  constexpr int64_t kPart = 4096;
  float most = -kInfinity;
  int64_t part = 0;
  for (int64_t begin = 0; begin < n; begin += kPart) {
    const float m = active().logits_max(logits + begin, std::min(kPart, n - begin));
    if (!(m < kInfinity)) refuse_logit(check, logits, n, row);
    if (m > most) {
      most = m;
      part = begin;
    }
  }
  if (most == -kInfinity) {
    check.refuse(WZ_INVALID_ARGUMENT,
                 std::string("logits") + (row < 0 ? "" : "[" + std::to_string(row) + "]") + ": all are -infinity, expected a finite one");
  }
  while (logits[part] != most) ++part;
  return {most, static_cast<int32_t>(part)};
}

void log_probabilities(float* out, const float* logits, int64_t n, const int32_t* ids, int64_t count, float most) {
  const double unit = mass_unit(n);
  const double sum = static_cast<double>(active().logits_exp(nullptr, logits, most, unit, n)) / unit;
  const double log_sum = log_of_positive(sum);
  for (int64_t i = 0; i < count; ++i) {
    out[i] = static_cast<float>(static_cast<double>(logits[ids[i]]) - static_cast<double>(most) - log_sum);
  }
}

void top_logits(int32_t* ids, const float* logits, int64_t n, int64_t k, void* scratch) {
  const SamplingScratch at(scratch, n);
  active().logits_copy(at.v, logits, nullptr, n);
  active().logits_divide(at.v, at.chunk_max, 1, n);
  const int64_t finite = largest_candidates(at.list, at.v, at.chunk_max, at.spare, n, k);
  const int64_t found = std::min(k, finite);
  std::partial_sort(at.list, at.list + found, at.list + finite, std::greater<>());
  for (int64_t i = 0; i < found; ++i) ids[i] = id_of(at.list[i]);
  for (int64_t id = 0, i = found; i < k; ++id) {
    if (at.v[id] == -kInfinity) ids[i++] = static_cast<int32_t>(id);
  }
}

int64_t SamplingScratch::bytes(int64_t n) { return n < 1 ? 0 : aligned(4 * n) + 2 * aligned(4 * chunks_of(n)) + 8 * n; }

SamplingScratch::SamplingScratch(void* scratch, int64_t n) {
  auto* at = static_cast<char*>(scratch);
  v = reinterpret_cast<float*>(at);
  at += aligned(4 * n);
  chunk_max = reinterpret_cast<float*>(at);
  at += aligned(4 * chunks_of(n));
  spare = reinterpret_cast<float*>(at);
  at += aligned(4 * chunks_of(n));
  count = reinterpret_cast<int32_t*>(at);
  list = reinterpret_cast<Candidate*>(at);
}

Sampler::Sampler(const Check& check, const float* logits, int64_t n, const wz_sampling& sampling, const wz_sampling_context* context,
                 void* scratch)
    : check_(check), logits_(logits), n_(n), sampling_(sampling), context_{}, unit_(mass_unit(n)), at_(scratch, n) {
  settings(check, sampling);
  if (context != nullptr) context_ = *context;
  check.count("history_count", context_.history_count);
  check.pointer("history", context_.history, context_.history_count);
  check.count("generated_count", context_.generated_count);
  check.pointer("generated", context_.generated, context_.generated_count);
  check.count("bias_count", context_.bias_count);
  check.pointer("bias_ids", context_.bias_ids, context_.bias_count);
  check.pointer("bias", context_.bias, context_.bias_count);
  tokens(check, "bias_ids", context_.bias_ids, context_.bias_count, n);
  for (int64_t i = 0; i < context_.bias_count; ++i) {
    setting(check, "bias", context_.bias[i], context_.bias[i] < kInfinity, "a number, or -infinity");
  }
  if (sampling.repetition_penalty == 1) context_.history_count = 0;
  if (sampling.presence_penalty == 0 && sampling.frequency_penalty == 0) context_.generated_count = 0;
  tokens(check, "history", context_.history, context_.history_count, n);
  tokens(check, "generated", context_.generated, context_.generated_count, n);
}

bool Sampler::greedy_on_raw_logits() const {
  return sampling_.temperature == 0 && context_.mask == nullptr && context_.history_count == 0 && context_.generated_count == 0 &&
         context_.bias_count == 0;
}

void Sampler::process() {
  active().logits_copy(at_.v, logits_, context_.mask, n_);
  penalize_repetition();
  penalize_presence_and_frequency();
  add_bias();
  active().logits_divide(at_.v, at_.chunk_max, sampling_.temperature == 0 ? 1 : sampling_.temperature, n_);
  most_ = active().logits_max(at_.chunk_max, chunks_of(n_));
  setting(check_, "temperature", sampling_.temperature, most_ < kInfinity, "one by which the logits can be divided without overflow");
  if (most_ == -kInfinity) check_.refuse(WZ_INVALID_ARGUMENT, "mask and bias: found no token allowed with a finite logit, expected at least one");
}

// Infinity would leave no meaning to what follows.
void Sampler::put(int32_t id, float logit) {
  if (!(logit < kInfinity)) {
    check_.refuse(WZ_INVALID_ARGUMENT, "penalties and bias: the logit of token " + std::to_string(id) + " overflows");
  }
  at_.v[id] = logit;
}

// Counts of the tokens in question alone are cleared and set: linear in the history, whatever the vocabulary.
void Sampler::penalize_repetition() {
  const int32_t* ids = context_.history;
  for (int64_t i = 0; i < context_.history_count; ++i) at_.count[ids[i]] = 0;
  for (int64_t i = 0; i < context_.history_count; ++i) {
    if (at_.count[ids[i]]++ > 0) continue;
    const float logit = at_.v[ids[i]];
    put(ids[i], logit > 0 ? logit / sampling_.repetition_penalty : logit * sampling_.repetition_penalty);
  }
}

void Sampler::penalize_presence_and_frequency() {
  const int32_t* ids = context_.generated;
  for (int64_t i = 0; i < context_.generated_count; ++i) at_.count[ids[i]] = 0;
  for (int64_t i = 0; i < context_.generated_count; ++i) ++at_.count[ids[i]];
  for (int64_t i = 0; i < context_.generated_count; ++i) {
    int32_t& count = at_.count[ids[i]];
    if (count == 0) continue;
    put(ids[i], at_.v[ids[i]] - sampling_.frequency_penalty * static_cast<float>(count) - sampling_.presence_penalty);
    count = 0;
  }
}

void Sampler::add_bias() {
  for (int64_t i = 0; i < context_.bias_count; ++i) put(context_.bias_ids[i], at_.v[context_.bias_ids[i]] + context_.bias[i]);
}

int32_t Sampler::largest() const {
  const int64_t chunk = std::find(at_.chunk_max, at_.chunk_max + chunks_of(n_), most_) - at_.chunk_max;
  return static_cast<int32_t>(std::find(at_.v + chunk * kChunk, at_.v + n_, most_) - at_.v);
}

// Logits of the candidates become e^(logit - largest logit). Their array is not needed any more, unless candidates are listed anew.
uint64_t Sampler::to_probabilities(int64_t count) {
  constexpr int64_t kPart = 1024;
  float value[kPart];
  uint64_t mass = 0;
  for (int64_t begin = 0; begin < count; begin += kPart) {
    const int64_t m = std::min(kPart, count - begin);
    Candidate* part = at_.list + begin;
    for (int64_t i = 0; i < m; ++i) value[i] = value_of(part[i]);
    mass += active().logits_exp(value, value, most_, unit_, m);
    for (int64_t i = 0; i < m; ++i) part[i] = candidate(value[i], id_of(part[i]));
  }
  return mass;
}

Sampler::Listed Sampler::list_top_k() {
  const int64_t k = sampling_.top_k == 0 ? n_ : std::min(n_, int64_t{sampling_.top_k});
  const int64_t count = largest_candidates(at_.list, at_.v, at_.chunk_max, at_.spare, n_, k);
  const uint64_t mass = to_probabilities(count);
  return {count, mass, mass};
}

// All tokens with e^(logit - largest logit) >= least. Logits are looked up down to a little below, since they and their differences are rounded.
Sampler::Listed Sampler::list_above(float least, uint64_t total) {
  const double slack = 1e-3 + 1e-6 * std::fabs(static_cast<double>(most_));
  const double logit = least > 0 ? static_cast<double>(most_) + log_of_positive(static_cast<double>(least)) - slack : -1e300;
  const auto bound = static_cast<float>(std::max(logit, static_cast<double>(std::numeric_limits<float>::lowest())));
  const int64_t near = candidates_at_least(at_.list, at_.v, at_.chunk_max, n_, bound);
  to_probabilities(near);
  const int64_t count = std::partition(at_.list, at_.list + near, [=](Candidate c) { return value_of(c) >= least; }) - at_.list;
  uint64_t mass = 0;
  for (int64_t i = 0; i < count; ++i) mass += mass_of(value_of(at_.list[i]), unit_);
  return {count, mass, total};
}

Sampler::Listed Sampler::apply_min_p(Listed listed) {
  if (sampling_.min_p == 0) return listed;
  const float least = sampling_.min_p;
  listed.count = std::partition(at_.list, at_.list + listed.count, [=](Candidate c) { return value_of(c) >= least; }) - at_.list;
  listed.mass = 0;
  for (int64_t i = 0; i < listed.count; ++i) listed.mass += mass_of(value_of(at_.list[i]), unit_);
  return listed;
}

int64_t Sampler::distribution(int32_t* ids, float* probabilities) {
  process();
  if (sampling_.temperature == 0) {
    ids[0] = largest();
    probabilities[0] = 1;
    return 1;
  }
  Listed listed = apply_min_p(list_top_k());
  if (sampling_.top_p < 1) {
    // Top-p and min-p both keep what comes first: the shorter wins.
    const uint64_t target = share_of(static_cast<double>(sampling_.top_p), listed.total);
    if (target <= listed.mass) {
      const Reached last = reach_mass(at_.list, listed.count, target, unit_);
      listed.count = std::partition(at_.list, at_.list + listed.count, [&](Candidate c) { return c >= last.candidate; }) - at_.list;
      listed.mass = last.mass;
    }
  }
  std::sort(at_.list, at_.list + listed.count, std::greater<>());
  const double sum = static_cast<double>(listed.mass) / unit_;
  for (int64_t i = 0; i < listed.count; ++i) {
    ids[i] = id_of(at_.list[i]);
    probabilities[i] = static_cast<float>(static_cast<double>(value_of(at_.list[i])) / sum);
  }
  return listed.count;
}

int32_t Sampler::draw(double uniform) {
  process();
  if (sampling_.temperature == 0) return largest();
  const bool cuts_mass = sampling_.top_p < 1, cuts_small = sampling_.min_p > 0;
  const auto needed = [&](uint64_t total) {
    return cuts_mass ? share_of(static_cast<double>(sampling_.top_p), total) : place_of(uniform, total);
  };
  Listed listed;
  if (sampling_.top_k > 0) {
    listed = apply_min_p(list_top_k());
  } else {
    // Few tokens hold nearly all of the mass, as a rule; those below matter only if what is looked for lies beyond.
    const uint64_t total = active().logits_exp(nullptr, at_.v, most_, unit_, n_);
    float least = cuts_small ? sampling_.min_p : 0x1p-9f;
    listed = list_above(least, total);
    while (!cuts_small && listed.mass < needed(total)) {
      least = least > 0x1p-24f ? least / 16 : 0;
      listed = list_above(least, total);
    }
  }
  uint64_t kept = cuts_small ? listed.mass : listed.total;
  if (cuts_mass) {
    const uint64_t target = needed(listed.total);
    if (target <= listed.mass) kept = reach_mass(at_.list, listed.count, target, unit_).mass;
  }
  return id_of(reach_mass(at_.list, listed.count, place_of(uniform, kept), unit_).candidate);
}

}  // namespace wz
