// The device that the runtime's functions stand for: memory, kernels, streams, and the error after which nothing runs any more.
#pragma once
#include <map>
#include <mutex>
#include <set>
#include <string>
#include "machine/block.h"
#include "runtime/errors.h"
#include "runtime/graph.h"
#include "runtime/kernels.h"
#include "runtime/queue.h"
#include "runtime/settings.h"

namespace wz::software {

struct Owned {
  u64 number;         // of the process's allocations
  std::string call;   // cudaMalloc
};

// Called after each kernel, where somebody asked for it: the ledger.
using LaunchObserver = void (*)(const char* kernel, const Counters& counters, void* context);

class Device {
 public:
  explicit Device(Settings s) : settings(std::move(s)), kernels(&memory, settings.card->arch()), queue(settings.seed, settings.eager) {}

  const Settings settings;
  std::mutex mutex;  // held by every call of the runtime
  GlobalMemory memory;
  Kernels kernels;
  Queue queue;
  std::set<Event*> events;
  std::set<Graph*> graphs;
  std::set<ExecutableGraph*> executable_graphs;
  std::vector<std::shared_ptr<Capture>> captures;  // under way
  std::map<u64, Owned> owned;  // what the program allocated and has not freed, by address
  int failed = kSuccess;       // sticky
  std::string fault;           // its report
  LaunchObserver observer = nullptr;
  void* observer_context = nullptr;

  // Memory. The call's name goes into the report of leaks.
  u64 allocate(u64 bytes, MemoryKind kind, const char* call);
  void free(u64 address, MemoryKind kind);  // waits for the work that is queued
  u64 free_bytes() const;

  // Queued on the stream, or done at once where an address is pageable host memory, as on a card.
  void copy(Stream& s, void* to, const void* from, u64 bytes, int kind);
  void copy_rows(Stream& s, void* to, u64 to_pitch, const void* from, u64 from_pitch, u64 width, u64 rows, int kind);
  void set(Stream& s, void* to, u8 value, u64 bytes);

  // Checks the configuration as the driver does, copies the arguments and queues the kernel.
  void launch(Kernel& k, Dim3 grid, Dim3 block, void** arguments, u64 dynamic_shared, Stream& s);

  // Capture and graphs. `anywhere`: not even where the mode is relaxed.
  void begin_capture(Stream& s, int mode);
  std::shared_ptr<Graph> end_capture(Stream& s);
  void record(Event& e, Stream& s);
  void wait(Stream& s, const Event& e);
  void launch(ExecutableGraph& g, Stream& s);
  void forbid_in_capture(const char* call, bool anywhere = false);
  void forbid_captured(const Stream& s, const char* call);
  void forbid_captured(const Event& e, const char* call);
  // Into the stream's capture, where it has one, else into the queue.
  void queue_work(Stream& s, std::string name, std::function<void()> run);

  // Blocks of a kernel that a multiprocessor holds at once.
  int occupancy(const Kernel& k, int threads, u64 dynamic_shared) const;
  int largest_block(const Kernel& k) const;

  void fail(const Fault& f);  // makes a sticky error; prints the report
  void reset();
  // What is left at the end of the process: a line each. Empty if nothing is.
  std::string leaks() const;

 private:
  bool on_device(const void* p, u64 bytes, const char* name);
  bool pageable(const void* p);
  void move(void* to, bool to_ours, const void* from, bool from_ours, u64 bytes);

  u64 allocations_ = 0;
  u64 launches_ = 0;
};

}  // namespace wz::software
