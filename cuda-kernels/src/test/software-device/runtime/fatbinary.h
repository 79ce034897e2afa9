// The container in which nvcc embeds device code: which PTX texts it holds, and for which targets.
#pragma once
#include <string>
#include <vector>
#include "machine/types.h"

namespace wz::software {

struct EmbeddedPtx {
  int arch = 0;            // 80, 90
  bool specific = false;   // compute_90a: for exactly that device
  std::string text;
};

// Reads the container at `data`; throws Fault where it is none, or where a PTX text is compressed (compile with --no-compress).
std::vector<EmbeddedPtx> embedded_ptx(const void* data);
// The text for the highest target that the device runs; throws Fault if there is none.
const EmbeddedPtx& choose_ptx(const std::vector<EmbeddedPtx>& all, int device_arch);

}  // namespace wz::software
