// What the device reports: where in which kernel which thread did what. `code` is the cudaError_t that the call which notices it returns.
#pragma once
#include <stdexcept>
#include <string>
#include "machine/types.h"

namespace wz::software {

enum FaultCode : int {
  kInvalidPtx = 218,
  kIllegalAddress = 700,
  kAssert = 710,
  kIllegalInstruction = 715,
  kMisaligned = 716,
  kLaunchFailure = 719,
};

class Fault : public std::runtime_error {
 public:
  Fault(int code, const std::string& message) : std::runtime_error(message), code_(code) {}
  int code() const { return code_; }

 private:
  int code_;
};

// Text that is not PTX of the kinds known here: the message names the line and the instruction.
class PtxError : public Fault {
 public:
  PtxError(int line, const std::string& message) : Fault(kInvalidPtx, "PTX line " + std::to_string(line) + ": " + message) {}
};

}  // namespace wz::software
