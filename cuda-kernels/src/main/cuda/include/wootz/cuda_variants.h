/* The kernels that an operation can choose from, and switching them off.

   Several kernels may serve one operation: a generic one, which takes every shape, and faster ones for some shapes, types and cards. A caller who
   finds that one of them deviates or fails on a card (dev.wootz.kernel.selftest does so when a card is used for the first time) switches it off for
   the whole process, and the next best serves from then on. Variants round differently: to switch one on or off while something is computed changes
   results within their rounding. */
#ifndef WOOTZ_CUDA_VARIANTS_H
#define WOOTZ_CUDA_VARIANTS_H

#include <stdint.h>
#include "wootz/cuda.h"
#include "wootz/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct wz_cuda_variant {
  char operation[32];  /* "attention" */
  char name[32];       /* "tensor" */
  char serves[128];    /* what it takes, in words */
  int32_t capability;  /* the least compute capability, ten times: 80 */
  int32_t generic;     /* not 0: takes everything, is the last choice, and cannot be switched off */
  int32_t enabled;
} wz_cuda_variant;

/* How many there are; their indices are below. The same for every device. */
WZ_API int32_t wz_cuda_variants(void);

WZ_API wz_status wz_cuda_variant_describe(int32_t variant, wz_cuda_variant* description);

/* WZ_UNSUPPORTED for a generic one that is to be switched off. */
WZ_API wz_status wz_cuda_variant_enable(int32_t variant, int32_t enabled);

/* Identifies this build of the library: hexadecimal digits that the linker made of its contents ("" where it made none). Never NULL. */
WZ_API const char* wz_cuda_build(void);

#ifdef __cplusplus
}
#endif
#endif
