/* Aligned memory and mapped files. */
#ifndef WOOTZ_MEMORY_H
#define WOOTZ_MEMORY_H

#include <stdint.h>
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Uninitialised memory aligned to 64 bytes; from 4 MiB on to 2 MiB, with huge pages where the system has them. bytes 0 gives a pointer that
   may be freed. */
WZ_API wz_status wz_memory_allocate(int64_t bytes, void** memory);
/* NULL is allowed. */
WZ_API void wz_memory_free(void* memory);

/* Maps a whole file for reading; path in UTF-8. An empty file gives NULL and 0 bytes. WZ_IO names path and reason. */
WZ_API wz_status wz_file_map(const char* path, void** memory, int64_t* bytes);
WZ_API void wz_file_unmap(void* memory, int64_t bytes);

#ifdef __cplusplus
}
#endif
#endif
