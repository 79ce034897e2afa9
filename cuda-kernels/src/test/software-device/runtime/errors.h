// Errors of the runtime by their numbers: names and texts as the CUDA runtime 13 returns them.
#pragma once
#include <string>
#include "machine/fault.h"

namespace wz::software {

enum ErrorCode : int {
  kSuccess = 0,
  kInvalidValue = 1,
  kOutOfMemory = 2,
  kInvalidConfiguration = 9,
  kInvalidCopyDirection = 21,
  kInsufficientDriver = 35,
  kMissingConfiguration = 52,
  kInvalidDeviceFunction = 98,
  kNoDevice = 100,
  kInvalidDevice = 101,
  kNoKernelImage = 209,
  kInvalidHandle = 400,
  kIllegalState = 401,
  kSymbolNotFound = 500,
  kNotReady = 600,
  kOutOfResources = 701,
  kNotSupported = 801,
  kCaptureUnsupported = 900,
  kCaptureInvalidated = 901,
  kCaptureMerge = 902,
  kCaptureUnmatched = 903,
  kCaptureUnjoined = 904,
  kCaptureIsolation = 905,
  kCaptureImplicit = 906,
  kCapturedEvent = 907,
  kCaptureWrongThread = 908,
  kGraphUpdateFailure = 910,
  kUnknown = 999,
};

const char* error_name(int code);
const char* error_text(int code);

// The device is unusable from then on, every call returns the error, until the process ends or resets the device.
inline bool sticky(int code) { return code == kAssert || (code >= 714 && code <= 719) || code == kIllegalAddress || code == 702; }

[[noreturn]] inline void refuse(int code, const std::string& why) { throw Fault(code, why); }

}  // namespace wz::software
