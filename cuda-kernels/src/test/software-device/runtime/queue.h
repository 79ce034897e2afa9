// Streams and events. Work that is queued runs later, at a moment that the seed chooses: heads of streams in random order, as far as events and the
// order within a stream allow, and at the latest when somebody waits for it. So a missing synchronisation shows itself.
#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>
#include "machine/types.h"

namespace wz::software {

struct Capture;

// Work that is done, or is not yet.
struct Ticket {
  bool done = false;
  double seconds = 0;  // when it was done, on the host's clock
};
using TicketPtr = std::shared_ptr<Ticket>;

struct Operation {
  std::string name;
  std::function<void()> run;
  std::vector<TicketPtr> after;
  TicketPtr done;
};

struct Stream {
  bool blocking = true;  // waits for the default stream, and that one for it
  int priority = 0;
  std::deque<Operation> waiting;
  TicketPtr last;  // of what was queued last; null: nothing ever
  std::shared_ptr<Capture> capture;
  std::vector<int> frontier;  // of the capture: the nodes that the next one follows
};

struct Event {
  bool timing = true;
  TicketPtr recorded;  // null: never
  std::shared_ptr<Capture> capture;  // of the last record, where that was captured
  std::vector<int> frontier;
};

class Queue {
 public:
  Queue(u64 seed, bool eager) : eager_(eager), random_(seed * 0x9E3779B97F4A7C15ull + 77) {}

  Stream* create(bool blocking, int priority);
  void destroy(Stream* s);  // what is queued on it is done before
  // The stream of a handle: null, 1 and 2 are the default stream. Null if there is none.
  Stream* find(const void* handle);
  Stream& default_stream() { return default_; }
  const std::vector<Stream*>& streams() const { return streams_; }

  void push(Stream& s, std::string name, std::function<void()> run);
  void wait_event(Stream& s, const TicketPtr& ticket);  // what is queued on s from now on comes after it
  TicketPtr last_of(Stream& s);                         // for an event: all that is queued on s now
  bool idle(Stream& s);
  void finish(Stream& s);
  void finish(const TicketPtr& ticket);
  void finish_all();
  // Runs one piece of work that may run now. False: there is none.
  bool step();
  // After a fault: nothing that waits will ever run.
  void abandon();
  std::mt19937_64& random() { return random_; }

 private:
  static bool may_run(const Operation& o);
  void run(Stream& s);

  bool eager_;
  std::mt19937_64 random_;
  Stream default_;
  std::vector<Stream*> streams_;  // in the order of their creation
};

double host_seconds();

}  // namespace wz::software
