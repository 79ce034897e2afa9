// What went wrong inside an operation, on its way to the C border: capi/check.h turns it into a status and the thread's message.
#pragma once
#include <stdexcept>
#include <string>
#include "wootz/status.h"

namespace wz {

class Error : public std::runtime_error {
 public:
  Error(wz_status status, const std::string& message) : std::runtime_error(message), status_(status) {}
  wz_status status() const { return status_; }

 private:
  wz_status status_;
};

}  // namespace wz
