// What a launch did, and the least time it could take on a card.
#pragma once
#include <array>
#include <string>
#include "machine/program.h"

namespace wz::software {

struct Counters {
  std::array<u64, kClasses> instructions{};  // warp instructions by class
  u64 warp_instructions = 0, split_instructions = 0;
  u64 global_requests = 0, global_sectors = 0, global_bytes = 0;  // sectors of 32 bytes over the active lanes; bytes that lanes asked for
  u64 dram_read = 0, dram_written = 0;                            // bytes of distinct sectors of the launch
  u64 shared_wavefronts = 0, shared_ideal = 0;                    // the excess are bank conflicts
  u64 shared_bytes = 0;
  u64 tensor_flops_16 = 0, tensor_flops_tf32 = 0, tensor_ops_8 = 0;
  u64 blocks = 0, threads_per_block = 0;
};

// Published or derived peak rates; see spec/ptx-machine.md for what is derived.
struct Card {
  const char* name;
  double sms, ghz, dram_bytes, tensor16_per_clock, int8_per_clock, float_per_clock, integer_per_clock, special_per_clock;
};
extern const Card kA100, kH100, kH200;

struct Bound {
  double microseconds = 0;
  const char* resource = "";
};
// A prediction: the largest of count / (rate * clock) over the resources, work spread evenly over the multiprocessors.
Bound lower_bound(const Counters&, const Card&);
std::string report(const std::string& kernel, const Counters&);

}  // namespace wz::software
