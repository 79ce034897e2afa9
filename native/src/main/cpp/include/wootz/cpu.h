/* The instruction sets this build carries, which one is in use, and the thread pool. */
#ifndef WOOTZ_CPU_H
#define WOOTZ_CPU_H

#include <stdint.h>
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The table in use: "avx512", "avx2", "neon" or "reference". Chosen once, at the first call of any operation: the best
   that the processor and the build have, or the one that the environment variable WOOTZ_ISA names, if they have that. */
WZ_API const char* wz_cpu_isa(void);

/* Comma-separated names that wz_cpu_use accepts on this processor, best first: "avx512,avx2,reference". */
WZ_API const char* wz_cpu_available(void);

/* Switches the operation table (tests and benchmarks; not while operations run on other threads). */
WZ_API wz_status wz_cpu_use(const char* isa);

/* A pool of threads for operations on whole arrays. Results never depend on its size.
   Several callers may share one pool: a caller that finds it busy runs its operation alone. */
typedef struct wz_threads wz_threads;

/* threads: 1 or more, the calling thread counted in. Free with wz_threads_free. */
WZ_API wz_status wz_threads_create(int32_t threads, wz_threads** pool);
WZ_API void wz_threads_free(wz_threads* pool);
/* 1 for NULL. */
WZ_API int32_t wz_threads_count(const wz_threads* pool);

#ifdef __cplusplus
}
#endif
#endif
