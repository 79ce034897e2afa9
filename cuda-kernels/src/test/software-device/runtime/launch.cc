// Launches: the driver's checks of the configuration, how many blocks a multiprocessor holds, and the report of a fault.
#include <algorithm>
#include <cstring>
#include "runtime/device.h"

namespace wz::software {
namespace {

std::string text(const Dim3& d) { return "(" + std::to_string(d.x) + ", " + std::to_string(d.y) + ", " + std::to_string(d.z) + ")"; }

u64 round_up(u64 n, u64 to) { return (n + to - 1) / to * to; }

// A warp's registers come in units of 256.
u64 registers_of_block(int registers, u64 threads) { return round_up(threads, kLanes) / kLanes * round_up(static_cast<u64>(registers) * kLanes, 256); }

}  // namespace

int Device::largest_block(const Kernel& k) const {
  int most = 1024;
  const int* bounds = k.program->max_threads;
  if (bounds[0] > 0) most = std::min(most, bounds[0] * std::max(1, bounds[1]) * std::max(1, bounds[2]));
  while (most > kLanes && registers_of_block(k.registers, static_cast<u64>(most)) > kRegistersPerMultiprocessor) most -= kLanes;
  return most;
}

int Device::occupancy(const Kernel& k, int threads, u64 dynamic_shared) const {
  if (threads <= 0 || threads > largest_block(k)) return 0;
  const int warps = (threads + kLanes - 1) / kLanes;
  int blocks = std::min(settings.card->blocks_per_multiprocessor, kWarpsPerMultiprocessor / warps);
  if (k.registers > 0) blocks = std::min(blocks, static_cast<int>(kRegistersPerMultiprocessor / registers_of_block(k.registers, static_cast<u64>(threads))));
  const u64 shared = static_cast<u64>(k.program->shared_bytes) + dynamic_shared;
  if (shared > static_cast<u64>(settings.card->shared_per_block)) return 0;
  const u64 taken = round_up(shared, 128) + kSharedReserved;
  return std::min(blocks, static_cast<int>(static_cast<u64>(settings.card->shared_per_multiprocessor) / taken));
}

void Device::launch(Kernel& k, Dim3 grid, Dim3 block, void** arguments, u64 dynamic_shared, Stream& s) {
  const u64 threads = static_cast<u64>(block.x) * block.y * block.z;
  if (threads == 0 || block.x > 1024 || block.y > 1024 || block.z > 64 || threads > 1024) {
    refuse(kInvalidConfiguration, k.name + ": a block of " + text(block) + " threads, expected 1 to 1024");
  }
  if (grid.x == 0 || grid.y == 0 || grid.z == 0 || grid.x > 0x7FFFFFFFu || grid.y > 65535 || grid.z > 65535) {
    refuse(kInvalidConfiguration, k.name + ": a grid of " + text(grid) + " blocks, expected 1 to (2147483647, 65535, 65535)");
  }
  const int* bounds = k.program->max_threads;
  if (bounds[0] > 0 && threads > static_cast<u64>(bounds[0]) * static_cast<u64>(std::max(1, bounds[1])) * static_cast<u64>(std::max(1, bounds[2]))) {
    refuse(kInvalidValue, k.name + ": a block of " + std::to_string(threads) + " threads, more than its launch bounds allow");
  }
  if (threads > static_cast<u64>(largest_block(k))) {
    refuse(kOutOfResources, k.name + ": " + std::to_string(threads) + " threads of " + std::to_string(k.registers) + " registers are more than a multiprocessor has");
  }
  const u64 fixed = static_cast<u64>(k.program->shared_bytes);
  const u64 allowed = k.largest_dynamic >= 0 ? static_cast<u64>(k.largest_dynamic) : kSharedWithoutAttribute - std::min<u64>(kSharedWithoutAttribute, fixed);
  if (dynamic_shared > allowed) {
    refuse(kInvalidValue, k.name + ": " + std::to_string(dynamic_shared) + " bytes of dynamic shared memory, " + std::to_string(allowed) +
                              " are allowed (cudaFuncAttributeMaxDynamicSharedMemorySize)");
  }
  Launch l;
  l.program = k.program;
  l.grid = grid;
  l.block = block;
  l.dynamic_shared = static_cast<u32>(dynamic_shared);
  l.memory = &memory;
  l.options.checks = settings.checks;
  l.options.count = settings.count || observer != nullptr;
  l.options.seed = settings.seed;
  l.parameters.assign(static_cast<size_t>(k.program->parameter_bytes), 0);
  for (size_t p = 0; p < k.program->parameters.size(); ++p) {
    const Parameter& q = k.program->parameters[p];
    std::memcpy(l.parameters.data() + q.offset, arguments[p], static_cast<size_t>(q.bytes));
  }
  queue_work(s, k.name, [this, l = std::move(l)]() mutable {
    Launch run = l;
    run.grid_id = ++launches_;
    try {
      run.run();
    } catch (const Fault& f) {
      throw Fault(sticky(f.code()) ? f.code() : kLaunchFailure, f.what());
    }
    if (observer != nullptr) observer(run.program->name.c_str(), run.counters, observer_context);
  });
}

}  // namespace wz::software
