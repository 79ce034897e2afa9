#include "machine/counters.h"
#include <algorithm>
#include <cstdio>

namespace wz::software {

const Card kA100 = {"A100 80 GB", 108, 1.41, 2.04e12, 2048, 4096, 64, 64, 16};
const Card kH100 = {"H100 SXM", 132, 1.83, 3.35e12, 4096 * 0.63, 8192 * 0.63, 128, 64, 16};  // mma.sync reaches about 63 % of the peak
const Card kH200 = {"H200", 132, 1.83, 4.8e12, 4096 * 0.63, 8192 * 0.63, 128, 64, 16};

Bound lower_bound(const Counters& c, const Card& card) {
  const auto count = [&](Class k) { return static_cast<double>(c.instructions[static_cast<size_t>(k)]); };
  const double used = std::min<double>(card.sms, std::max<double>(1, static_cast<double>(c.blocks)));
  const double clocks = used * card.ghz * 1e9;
  Bound b;
  const auto consider = [&](double seconds, const char* resource) {
    if (seconds * 1e6 > b.microseconds) b = {seconds * 1e6, resource};
  };
  consider(static_cast<double>(c.dram_read + c.dram_written) / card.dram_bytes, "DRAM");
  consider(static_cast<double>(c.global_sectors) * 32 / (64 * clocks), "L2");
  consider(static_cast<double>(c.warp_instructions) / (4 * clocks), "issue");
  consider(static_cast<double>(c.shared_wavefronts) / clocks, "shared memory");
  consider((count(Class::kFloat) + count(Class::kHalf)) * 32 / (card.float_per_clock * clocks), "float");
  consider(count(Class::kDouble) * 32 / (card.float_per_clock / 2 * clocks), "double");
  consider((count(Class::kInteger) + count(Class::kCompare)) * 32 / (card.integer_per_clock * clocks), "integer");
  consider((count(Class::kSpecial) + count(Class::kConvert)) * 32 / (card.special_per_clock * clocks), "special functions and conversions");
  consider((static_cast<double>(c.tensor_flops_16) + 2.0 * static_cast<double>(c.tensor_flops_tf32)) / (card.tensor16_per_clock * clocks) +
               static_cast<double>(c.tensor_ops_8) / (card.int8_per_clock * clocks),
           "tensor");
  return b;
}

std::string report(const std::string& kernel, const Counters& c) {
  char line[512];
  std::string text = kernel + "\n";
  const auto add = [&](const char* name, u64 value) {
    std::snprintf(line, sizeof line, "  %-28s %llu\n", name, static_cast<unsigned long long>(value));
    text += line;
  };
  add("blocks", c.blocks);
  add("threads per block", c.threads_per_block);
  add("warp instructions", c.warp_instructions);
  add("of them split", c.split_instructions);
  for (int k = 0; k < kClasses; ++k) {
    if (c.instructions[static_cast<size_t>(k)] != 0) add(class_name(static_cast<Class>(k)), c.instructions[static_cast<size_t>(k)]);
  }
  add("global sectors", c.global_sectors);
  add("global bytes asked for", c.global_bytes);
  add("DRAM bytes read", c.dram_read);
  add("DRAM bytes written", c.dram_written);
  add("shared wavefronts", c.shared_wavefronts);
  add("without conflicts", c.shared_ideal);
  add("tensor FLOP 16-bit", c.tensor_flops_16);
  add("tensor FLOP tf32", c.tensor_flops_tf32);
  add("tensor operations 8-bit", c.tensor_ops_8);
  for (const Card* card : {&kA100, &kH100, &kH200}) {
    const Bound b = lower_bound(c, *card);
    std::snprintf(line, sizeof line, "  predicted lower bound, %-10s %.3f us (%s)\n", card->name, b.microseconds, b.resource);
    text += line;
  }
  return text;
}

}  // namespace wz::software
