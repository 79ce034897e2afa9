/* The whole operation table. */
#ifndef WOOTZ_WOOTZ_H
#define WOOTZ_WOOTZ_H
#include "wootz/attention.h"
#include "wootz/cpu.h"
#include "wootz/dtype.h"
#include "wootz/kv_cache.h"
#include "wootz/linear.h"
#include "wootz/memory.h"
#include "wootz/merge.h"
#include "wootz/quantize.h"
#include "wootz/random.h"
#include "wootz/sampling.h"
#include "wootz/status.h"
#include "wootz/transformer.h"
#include "wootz/vector.h"
#endif
