// Streams, events, waiting for the device.
#include <memory>
#include "entry.h"

using namespace wz::software;

namespace {
cudaError_t create(cudaStream_t* out, unsigned flags, int priority) {
  return entry([&](Device& d) {
    expect_pointer(out, "stream");
    if (flags > cudaStreamNonBlocking) refuse(kInvalidValue, "stream flags: found " + std::to_string(flags));
    *out = reinterpret_cast<cudaStream_t>(d.queue.create(flags != cudaStreamNonBlocking, priority));
  });
}

Event& event_of(cudaEvent_t handle) {
  auto* e = reinterpret_cast<Event*>(handle);
  if (device().events.count(e) == 0) refuse(kInvalidHandle, "the event was never created or is destroyed");
  return *e;
}

cudaError_t create_event(cudaEvent_t* out, unsigned flags) {
  return entry([&](Device& d) {
    expect_pointer(out, "event");
    auto e = std::make_unique<Event>();
    e->timing = (flags & cudaEventDisableTiming) == 0;
    d.events.insert(e.get());
    *out = reinterpret_cast<cudaEvent_t>(e.release());
  });
}

// Somebody who asks again and again must see an end: each question lets some work run.
cudaError_t ask(bool done, Device& d) {
  if (done) return cudaSuccess;
  d.queue.step();
  return cudaErrorNotReady;
}
}  // namespace

cudaError_t cudaStreamCreate(cudaStream_t* out) { return create(out, cudaStreamDefault, 0); }
cudaError_t cudaStreamCreateWithFlags(cudaStream_t* out, unsigned flags) { return create(out, flags, 0); }
cudaError_t cudaStreamCreateWithPriority(cudaStream_t* out, unsigned flags, int priority) { return create(out, flags, priority); }

cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  return entry([&](Device& d) {
    Stream& s = stream_of(stream);
    if (&s == &d.queue.default_stream()) refuse(kInvalidHandle, "the default stream cannot be destroyed");
    d.forbid_captured(s, "the end");
    d.queue.destroy(&s);
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t stream) {
  return entry([&](Device& d) {
    Stream& s = stream_of(stream);
    d.forbid_captured(s, "synchronisation");
    d.queue.finish(s);
  });
}

cudaError_t cudaStreamQuery(cudaStream_t stream) {
  cudaError_t answer = cudaSuccess;
  const cudaError_t error = entry([&](Device& d) {
    Stream& s = stream_of(stream);
    d.forbid_captured(s, "a query");
    answer = ask(d.queue.idle(s), d);
  });
  return error != cudaSuccess ? error : answer;
}

cudaError_t cudaStreamGetFlags(cudaStream_t stream, unsigned* flags) {
  return entry([&](Device&) {
    expect_pointer(flags, "flags");
    *flags = stream_of(stream).blocking ? cudaStreamDefault : cudaStreamNonBlocking;
  });
}
cudaError_t cudaStreamGetPriority(cudaStream_t stream, int* priority) {
  return entry([&](Device&) {
    expect_pointer(priority, "priority");
    *priority = stream_of(stream).priority;
  });
}
cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  return entry([&](Device&) {
    if (least != nullptr) *least = 0;
    if (greatest != nullptr) *greatest = -5;
  });
}

cudaError_t cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned) {
  return entry([&](Device& d) { d.wait(stream_of(stream), event_of(event)); });
}

cudaError_t cudaLaunchHostFunc(cudaStream_t stream, cudaHostFn_t function, void* data) {
  return entry([&](Device& d) { d.queue_work(stream_of(stream), "host function", [=] { function(data); }); });
}

cudaError_t cudaEventCreate(cudaEvent_t* out) { return create_event(out, cudaEventDefault); }
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* out, unsigned flags) { return create_event(out, flags); }

cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return entry([&](Device& d) {
    Event* e = &event_of(event);
    d.events.erase(e);
    delete e;
  });
}

cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  return entry([&](Device& d) { d.record(event_of(event), stream_of(stream)); });
}
cudaError_t cudaEventRecordWithFlags(cudaEvent_t event, cudaStream_t stream, unsigned) { return cudaEventRecord(event, stream); }

cudaError_t cudaEventSynchronize(cudaEvent_t event) {
  return entry([&](Device& d) {
    const Event& e = event_of(event);
    d.forbid_captured(e, "synchronisation");
    d.queue.finish(e.recorded);
  });
}

cudaError_t cudaEventQuery(cudaEvent_t event) {
  cudaError_t answer = cudaSuccess;
  const cudaError_t error = entry([&](Device& d) {
    const Event& e = event_of(event);
    d.forbid_captured(e, "a query");
    answer = ask(e.recorded == nullptr || e.recorded->done, d);
  });
  return error != cudaSuccess ? error : answer;
}

// Time of the software device, which says nothing about a card's.
cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t start, cudaEvent_t end) {
  cudaError_t answer = cudaSuccess;
  const cudaError_t error = entry([&](Device&) {
    expect_pointer(milliseconds, "milliseconds");
    const Event &a = event_of(start), &b = event_of(end);
    if (!a.timing || !b.timing || a.recorded == nullptr || b.recorded == nullptr) refuse(kInvalidHandle, "the events were not recorded, or keep no time");
    if (!a.recorded->done || !b.recorded->done) answer = cudaErrorNotReady;
    else *milliseconds = static_cast<float>((b.recorded->seconds - a.recorded->seconds) * 1e3);
  });
  return error != cudaSuccess ? error : answer;
}

cudaError_t cudaDeviceSynchronize() {
  return entry([](Device& d) {
    d.forbid_in_capture("cudaDeviceSynchronize", true);
    d.queue.finish_all();
  });
}

cudaError_t cudaDeviceReset() {
  const std::lock_guard<std::mutex> lock(device().mutex);
  device().reset();
  return cudaSuccess;
}
