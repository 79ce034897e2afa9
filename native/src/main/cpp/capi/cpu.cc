// The thread pool's C face.
#include "wootz/cpu.h"
#include <system_error>
#include "base/threads.h"
#include "capi/check.h"

wz_status wz_threads_create(int32_t threads, wz_threads** pool) {
  return wz::guarded("wz_threads_create", [&](const wz::Check& check) {
    check.within("threads", threads, 1, 1024);
    check.pointer("pool", pool);
    try {
      *pool = new wz_threads{wz::ThreadPool(threads)};
    } catch (const std::system_error& e) {
      check.refuse(WZ_OUT_OF_MEMORY, "threads: the system refuses to start " + std::to_string(threads) + ": " + e.what());
    }
  });
}

void wz_threads_free(wz_threads* pool) { delete pool; }

int32_t wz_threads_count(const wz_threads* pool) { return pool != nullptr ? pool->pool.threads() : 1; }
