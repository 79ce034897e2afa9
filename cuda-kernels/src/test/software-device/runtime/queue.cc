#include "runtime/queue.h"
#include <algorithm>
#include <chrono>
#include <utility>

namespace wz::software {
namespace {
constexpr size_t kLongest = 1024;  // a stream with more work runs some of it before it takes more, as cards do
}

double host_seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

Stream* Queue::create(bool blocking, int priority) {
  auto s = std::make_unique<Stream>();
  s->blocking = blocking;
  s->priority = priority;
  streams_.push_back(s.get());
  return s.release();
}

void Queue::destroy(Stream* s) {
  finish(*s);
  streams_.erase(std::find(streams_.begin(), streams_.end(), s));
  delete s;
}

Stream* Queue::find(const void* handle) {
  if (reinterpret_cast<uintptr_t>(handle) <= 2) return &default_;
  const auto found = std::find(streams_.begin(), streams_.end(), handle);
  return found == streams_.end() ? nullptr : *found;
}

bool Queue::may_run(const Operation& o) {
  return std::all_of(o.after.begin(), o.after.end(), [](const TicketPtr& t) { return t->done; });
}

void Queue::push(Stream& s, std::string name, std::function<void()> run) {
  Operation o;
  o.name = std::move(name);
  o.run = std::move(run);
  o.done = std::make_shared<Ticket>();
  if (&s == &default_) {
    for (Stream* other : streams_) {
      if (other->blocking && other->last != nullptr && !other->last->done) o.after.push_back(other->last);
    }
  } else if (s.blocking && default_.last != nullptr && !default_.last->done) {
    o.after.push_back(default_.last);
  }
  const TicketPtr done = s.last = o.done;
  s.waiting.push_back(std::move(o));
  if (eager_) return finish(done);
  while (s.waiting.size() > kLongest) step();
  for (u64 n = random_() % 3; n > 0; --n) step();
}

void Queue::wait_event(Stream& s, const TicketPtr& ticket) {
  if (ticket == nullptr || ticket->done) return;
  Operation o;
  o.name = "wait for an event";
  o.run = [] {};
  o.after.push_back(ticket);
  o.done = s.last = std::make_shared<Ticket>();
  s.waiting.push_back(std::move(o));
}

TicketPtr Queue::last_of(Stream& s) {
  // The default stream's last also stands for what the blocking streams have queued.
  if (&s == &default_) push(s, "record an event", [] {});
  if (s.last == nullptr) {
    s.last = std::make_shared<Ticket>();
    s.last->done = true;
    s.last->seconds = host_seconds();
  }
  return s.last;
}

bool Queue::idle(Stream& s) {
  if (&s != &default_) return s.waiting.empty();
  return s.waiting.empty() && std::all_of(streams_.begin(), streams_.end(), [](Stream* o) { return !o->blocking || o->waiting.empty(); });
}

void Queue::run(Stream& s) {
  Operation o = std::move(s.waiting.front());
  s.waiting.pop_front();
  o.done->done = true;
  o.run();
  o.done->seconds = host_seconds();
}

bool Queue::step() {
  std::vector<Stream*> ready;
  const auto consider = [&](Stream& s) {
    if (!s.waiting.empty() && may_run(s.waiting.front())) ready.push_back(&s);
  };
  consider(default_);
  for (Stream* s : streams_) consider(*s);
  if (ready.empty()) return false;
  run(*ready[random_() % ready.size()]);
  return true;
}

void Queue::finish(const TicketPtr& ticket) {
  while (ticket != nullptr && !ticket->done && step()) {
  }
}

void Queue::finish(Stream& s) {
  if (&s == &default_) {
    for (Stream* o : streams_) {
      if (o->blocking) finish(o->last);
    }
  }
  finish(s.last);
}

void Queue::finish_all() {
  while (step()) {
  }
}

void Queue::abandon() {
  const auto drop = [](Stream& s) {
    for (Operation& o : s.waiting) o.done->done = true;
    s.waiting.clear();
  };
  drop(default_);
  for (Stream* s : streams_) drop(*s);
}

}  // namespace wz::software
