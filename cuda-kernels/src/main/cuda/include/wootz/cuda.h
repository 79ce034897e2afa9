/* Wootz operations on CUDA devices. This header needs no CUDA header, and the library loads where there is no driver: it then counts no
   devices and says why.

   Conventions
   - Pointers to tensors are device memory (of wz_cuda_memory_allocate, of cudaMalloc, of PyTorch: any). All of one call lie on one device,
     and the call runs there, whatever device is current.
   - An operation is queued on its stream and returns; NULL is the default stream. Errors of the queued work itself appear at
     wz_cuda_stream_synchronize.
   - Results are the bits of the operation of the same name in wootz/merge.h, but for the payload of NaN.
   - Every function that returns another status than WZ_OK leaves a message in wz_cuda_last_error of the calling thread. */
#ifndef WOOTZ_CUDA_H
#define WOOTZ_CUDA_H

#include <stdint.h>
#include "wootz/merge.h"
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A cudaStream_t: streams of other libraries can be cast to it. */
typedef struct wz_cuda_stream wz_cuda_stream;

typedef struct wz_cuda_device {
  char name[256];
  int32_t major, minor; /* compute capability */
  int32_t multiprocessors;
  int64_t memory, free_memory; /* bytes */
} wz_cuda_device;

/* The message of the last call on this thread that did not return WZ_OK, or of a device count of 0. Never NULL. */
WZ_API const char* wz_cuda_last_error(void);

/* How many devices there are, 0 or more. When it is 0, wz_cuda_last_error says why: no driver, one that is too old (with both versions), no
   device, ... */
WZ_API int32_t wz_cuda_device_count(void);

/* 1000 * major + 10 * minor: of the driver, 0 where there is none; of the oldest driver that this library runs on. */
WZ_API int32_t wz_cuda_driver_version(void);
WZ_API int32_t wz_cuda_driver_needed(void);

/* WZ_UNSUPPORTED, with a message, for a device that these kernels do not run on (compute capability below 8.0). */
WZ_API wz_status wz_cuda_device_describe(int32_t device, wz_cuda_device* description);

/* Uninitialised device memory, aligned to 256 bytes. bytes 0 gives a pointer that may be freed. */
WZ_API wz_status wz_cuda_memory_allocate(int32_t device, int64_t bytes, void** memory);
/* Waits for the work that uses it. NULL is allowed. */
WZ_API wz_status wz_cuda_memory_free(void* memory);

/* Page-locked host memory, which devices copy from and to without a detour. bytes 0 gives a pointer that may be freed. */
WZ_API wz_status wz_cuda_host_allocate(int64_t bytes, void** memory);
/* NULL is allowed. No queued copy may use it any more. */
WZ_API wz_status wz_cuda_host_free(void* memory);

WZ_API wz_status wz_cuda_stream_create(int32_t device, wz_cuda_stream** stream);
WZ_API wz_status wz_cuda_stream_free(wz_cuda_stream* stream);
/* Waits until everything queued on the stream is done. */
WZ_API wz_status wz_cuda_stream_synchronize(wz_cuda_stream* stream);

/* Between host and device, in either direction, or within a device. Host memory must stay as it is until the stream has come to it. */
WZ_API wz_status wz_cuda_copy(void* to, const void* from, int64_t bytes, wz_cuda_stream* stream);

/* Sets each of `bytes` bytes of device memory to the low 8 bits of value. */
WZ_API wz_status wz_cuda_memory_set(void* memory, int32_t value, int64_t bytes, wz_cuda_stream* stream);

/* Events order work across streams and tell when it is done. */
typedef struct wz_cuda_event wz_cuda_event;
WZ_API wz_status wz_cuda_event_create(int32_t device, wz_cuda_event** event);
/* NULL is allowed. */
WZ_API wz_status wz_cuda_event_free(wz_cuda_event* event);
/* Stands for all that is queued on the stream now. */
WZ_API wz_status wz_cuda_event_record(wz_cuda_event* event, wz_cuda_stream* stream);
/* Waits until what the event stands for is done; at once if it was never recorded. */
WZ_API wz_status wz_cuda_event_synchronize(wz_cuda_event* event);
/* done = 1 if what the event stands for is done (or it was never recorded), 0 if not yet. */
WZ_API wz_status wz_cuda_event_query(wz_cuda_event* event, int32_t* done);
/* Time between what two events stand for, both done. */
WZ_API wz_status wz_cuda_event_elapsed(wz_cuda_event* start, wz_cuda_event* end, float* milliseconds);
/* What is queued on the stream from now on comes after what the event stands for. */
WZ_API wz_status wz_cuda_stream_wait(wz_cuda_stream* stream, wz_cuda_event* event);

/* Graphs: work is queued once, kept, and launched any number of times in one call. Between begin and end the stream (and every stream that
   waits for an event recorded on it) does nothing but keep what is queued. In that time this thread must not allocate, free or wait; other
   threads may. Device and page-locked addresses, and all that operations take from the host, are kept as they are now: only the contents of
   that memory may differ from launch to launch. */
typedef struct wz_cuda_graph wz_cuda_graph;
/* WZ_DEVICE for the default stream, or one that is captured already. */
WZ_API wz_status wz_cuda_capture_begin(wz_cuda_stream* stream);
/* Ends the capture in any case. On an error, which may be that of a call in between, *graph is NULL and the stream can be used again. */
WZ_API wz_status wz_cuda_capture_end(wz_cuda_stream* stream, wz_cuda_graph** graph);
/* How many kernels, copies and fills it holds. */
WZ_API wz_status wz_cuda_graph_nodes(const wz_cuda_graph* graph, int64_t* nodes);
WZ_API wz_status wz_cuda_graph_launch(wz_cuda_graph* graph, wz_cuda_stream* stream);
/* Launches that are queued still run. NULL is allowed. */
WZ_API wz_status wz_cuda_graph_free(wz_cuda_graph* graph);

#ifdef __cplusplus
}
#endif
#endif
