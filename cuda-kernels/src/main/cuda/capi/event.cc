// Events: order across streams, and the time between them.
#include <cuda_runtime_api.h>
#include "capi/arguments.h"
#include "wootz/cuda.h"

namespace {
cudaEvent_t event_of(wz_cuda_event* event) { return reinterpret_cast<cudaEvent_t>(event); }
}  // namespace

using wz::cuda::check;
using wz::cuda::check_host;
using wz::cuda::guarded;
using wz::cuda::stream_of;

wz_status wz_cuda_event_create(int32_t device, wz_cuda_event** event) {
  return guarded("wz_cuda_event_create", [&] {
    check_host("event", event);
    wz::cuda::CurrentDevice current(device);
    cudaEvent_t created = nullptr;
    check(cudaEventCreate(&created));
    *event = reinterpret_cast<wz_cuda_event*>(created);
  });
}

wz_status wz_cuda_event_free(wz_cuda_event* event) {
  return guarded("wz_cuda_event_free", [&] {
    if (event != nullptr) check(cudaEventDestroy(event_of(event)));
  });
}

wz_status wz_cuda_event_record(wz_cuda_event* event, wz_cuda_stream* stream) {
  return guarded("wz_cuda_event_record", [&] {
    check_host("event", event);
    check(cudaEventRecord(event_of(event), stream_of(stream)));
  });
}

wz_status wz_cuda_event_synchronize(wz_cuda_event* event) {
  return guarded("wz_cuda_event_synchronize", [&] {
    check_host("event", event);
    check(cudaEventSynchronize(event_of(event)));
  });
}

wz_status wz_cuda_event_query(wz_cuda_event* event, int32_t* done) {
  return guarded("wz_cuda_event_query", [&] {
    check_host("event", event);
    check_host("done", done);
    const cudaError_t error = cudaEventQuery(event_of(event));
    if (error != cudaErrorNotReady) check(error);
    else (void)cudaGetLastError();
    *done = error == cudaSuccess;
  });
}

wz_status wz_cuda_event_elapsed(wz_cuda_event* start, wz_cuda_event* end, float* milliseconds) {
  return guarded("wz_cuda_event_elapsed", [&] {
    check_host("start", start);
    check_host("end", end);
    check_host("milliseconds", milliseconds);
    check(cudaEventElapsedTime(milliseconds, event_of(start), event_of(end)));
  });
}

wz_status wz_cuda_stream_wait(wz_cuda_stream* stream, wz_cuda_event* event) {
  return guarded("wz_cuda_stream_wait", [&] {
    check_host("event", event);
    check(cudaStreamWaitEvent(stream_of(stream), event_of(event), 0));
  });
}
