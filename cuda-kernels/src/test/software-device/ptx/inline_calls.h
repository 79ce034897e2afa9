// Calls replaced by the bodies of the functions they name: parameters and results are variables of the caller, a return is a branch behind the
// body. Recursion and calls through pointers stay calls, which the device does not know.
#pragma once
#include "ptx/module.h"

namespace wz::software {

Function with_calls_inlined(const Module& m, const Function& f);

}  // namespace wz::software
