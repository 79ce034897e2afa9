/* The functions of the device in software that no card has. */
#pragma once
#include "runtime/device.h"

extern "C" {
/* The report of the fault after which nothing runs: kernel, PTX line, block, thread, address. Empty if there was none. */
const char* wz_software_fault(void);
/* Why the last call of this thread that returned an error did: more than CUDA's text says. Never NULL. */
const char* wz_software_reason(void);
/* From now on, counters are kept and `observer` gets them after each kernel; null ends that. */
void wz_software_observe(wz::software::LaunchObserver observer, void* context);
}
