// Stream capture: CUDA's rules of what may be done meanwhile. What breaks one invalidates the capture, whose end then fails.
#include <algorithm>
#include "runtime/device.h"

namespace wz::software {
namespace {

[[noreturn]] void invalidate(Capture& c, int code, const std::string& why) {
  c.invalid = true;
  refuse(code, why);
}

void join(std::vector<int>& frontier, const std::vector<int>& more) {
  for (const int n : more) {
    if (std::find(frontier.begin(), frontier.end(), n) == frontier.end()) frontier.push_back(n);
  }
}

}  // namespace

void Device::queue_work(Stream& s, std::string name, std::function<void()> run) {
  if (s.capture == nullptr) {
    if (&s == &queue.default_stream()) {
      for (const auto& c : captures) {
        for (const Stream* member : c->members) {
          if (member->blocking) invalidate(*c, kCaptureImplicit, name + " on the default stream, for which a stream that is captured would have to wait");
        }
      }
    }
    return queue.push(s, std::move(name), std::move(run));
  }
  Capture& c = *s.capture;
  if (c.invalid) refuse(kCaptureInvalidated, name + " on a stream whose capture has failed");
  s.frontier = {c.graph.add(std::move(name), std::move(run), s.frontier)};
}

void Device::forbid_in_capture(const char* call, bool anywhere) {
  for (const auto& c : captures) {
    const bool own = c->thread == std::this_thread::get_id();
    if (c->mode == Capture::kRelaxed && !anywhere) continue;
    if (own || c->mode == Capture::kGlobal || (anywhere && c->mode == Capture::kRelaxed)) invalidate(*c, kCaptureUnsupported, std::string(call) + " while a stream is captured");
  }
}

void Device::forbid_captured(const Stream& s, const char* call) {
  if (s.capture != nullptr) invalidate(*s.capture, kCaptureUnsupported, std::string(call) + " of a stream that is captured");
}

void Device::begin_capture(Stream& s, int mode) {
  if (&s == &queue.default_stream()) refuse(kCaptureUnsupported, "the default stream cannot be captured");
  if (s.capture != nullptr) refuse(kIllegalState, "the stream is captured already");
  if (mode < Capture::kGlobal || mode > Capture::kRelaxed) refuse(kInvalidValue, "capture mode: found " + std::to_string(mode));
  auto c = std::make_shared<Capture>();
  c->origin = &s;
  c->members = {&s};
  c->thread = std::this_thread::get_id();
  c->mode = static_cast<Capture::Mode>(mode);
  s.capture = c;
  s.frontier.clear();
  captures.push_back(c);
}

std::shared_ptr<Graph> Device::end_capture(Stream& s) {
  const std::shared_ptr<Capture> c = s.capture;
  if (c == nullptr) refuse(kIllegalState, "the stream is not captured");
  if (c->origin != &s) invalidate(*c, kCaptureUnmatched, "the capture began on another stream");
  if (c->mode != Capture::kRelaxed && c->thread != std::this_thread::get_id()) invalidate(*c, kCaptureWrongThread, "the capture began on another thread");
  const bool joined = c->graph.joined(s.frontier);
  for (Stream* member : c->members) member->capture.reset(), member->frontier.clear();
  c->ended = true;
  std::erase(captures, c);
  if (c->invalid) refuse(kCaptureInvalidated, "an earlier call broke the capture");
  if (!joined) refuse(kCaptureUnjoined, "work on other streams was captured that the stream where the capture began does not wait for");
  return std::make_shared<Graph>(std::move(c->graph));
}

void Device::record(Event& e, Stream& s) {
  e.capture = s.capture;
  if (s.capture == nullptr) {
    e.recorded = queue.last_of(s);
    return;
  }
  if (s.capture->invalid) refuse(kCaptureInvalidated, "an event recorded on a stream whose capture has failed");
  e.recorded.reset();
  e.frontier = s.frontier;
}

void Device::wait(Stream& s, const Event& e) {
  if (e.capture == nullptr) {
    if (s.capture != nullptr && e.recorded != nullptr) invalidate(*s.capture, kCaptureIsolation, "a captured stream waits for an event that was recorded outside of the capture");
    return queue.wait_event(s, e.recorded);
  }
  if (e.capture->ended) refuse(kCapturedEvent, "the event was recorded in a capture that has ended");
  if (s.capture != nullptr && s.capture != e.capture) {
    e.capture->invalid = true;
    invalidate(*s.capture, kCaptureMerge, "the event belongs to another capture");
  }
  if (s.capture == nullptr) {
    if (&s == &queue.default_stream()) invalidate(*e.capture, kCaptureImplicit, "the default stream waits for an event of a capture");
    s.capture = e.capture;
    s.frontier.clear();
    e.capture->members.push_back(&s);
  }
  join(s.frontier, e.frontier);
}

void Device::forbid_captured(const Event& e, const char* call) {
  if (e.capture == nullptr) return;
  e.capture->invalid = true;
  refuse(kCapturedEvent, std::string(call) + " of an event that was recorded in a capture");
}

void Device::launch(ExecutableGraph& g, Stream& s) {
  if (s.capture == nullptr) queue.wait_event(s, g.last);
  queue_work(s, "graph", [this, graph = g.graph] { graph->run(queue.random()); });
  if (s.capture == nullptr) g.last = s.last;
}

}  // namespace wz::software
