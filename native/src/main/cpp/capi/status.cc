// The per-thread message. It lives in a fixed array: telling that memory has run out must not need memory.
#include "wootz/status.h"
#include <cstdio>
#include "capi/check.h"

namespace wz {
namespace {
thread_local char last_error[1024] = "";
}

wz_status fail(wz_status status, const char* operation, const char* message) noexcept {
  std::snprintf(last_error, sizeof last_error, "%s: %s", operation, message);
  return status;
}

}  // namespace wz

const char* wz_last_error(void) { return wz::last_error; }
const char* wz_version(void) { return WZ_VERSION; }
