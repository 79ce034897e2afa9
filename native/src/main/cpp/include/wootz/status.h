/* Status codes, the per-thread error message, and the export macro. Every operation of the table returns a wz_status. */
#ifndef WOOTZ_STATUS_H
#define WOOTZ_STATUS_H

#if defined(_WIN32)
#define WZ_API __declspec(dllexport)
#else
#define WZ_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

typedef enum wz_status {
  WZ_OK = 0,
  WZ_INVALID_ARGUMENT = 1, /* a value outside its range: null pointer, negative count, NaN weight */
  WZ_SHAPE_MISMATCH = 2,   /* sizes that do not agree with each other */
  WZ_UNSUPPORTED = 3,      /* a dtype or a combination that this operation does not know */
  WZ_OUT_OF_MEMORY = 4,
  WZ_DEVICE = 5,   /* the accelerator or its driver refused */
  WZ_INTERNAL = 6, /* a defect of the library */
  WZ_IO = 7        /* the operating system refused a file; the message has its path and the system's text */
} wz_status;

/* The message of the last call on this thread that did not return WZ_OK: operation, what was found, what was expected.
   Valid until the next failing call on this thread. Never NULL. */
WZ_API const char* wz_last_error(void);

/* "0.1.0" */
WZ_API const char* wz_version(void);

#ifdef __cplusplus
}
#endif
#endif
