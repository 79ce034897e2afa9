#include "runtime/device.h"
#include <cxxabi.h>
#include <cstdio>
#include <cstdlib>

namespace wz::software {
namespace {

// Reports begin with the kernel's name as PTX has it: people know it by another.
std::string readable(const std::string& report) {
  const std::string name = report.substr(0, report.find(','));
  int status = 0;
  char* plain = abi::__cxa_demangle(name.c_str(), nullptr, nullptr, &status);
  const std::string text = status == 0 ? plain + report.substr(name.size()) : report;
  std::free(plain);
  return text;
}

}  // namespace

void Device::fail(const Fault& f) {
  if (failed != kSuccess) return;
  failed = f.code();
  fault = readable(f.what());
  queue.abandon();
  std::fprintf(stderr, "software CUDA device: %s (%s): %s\n", error_name(failed), error_text(failed), fault.c_str());
}

void Device::reset() {
  queue.abandon();
  for (const auto& [address, o] : std::map<u64, Owned>(owned)) {
    if (!memory.free(address, MemoryKind::kDevice)) memory.free(address, MemoryKind::kHost);
  }
  owned.clear();
  kernels.forget_modules();
  failed = kSuccess;
  fault.clear();
}

std::string Device::leaks() const {
  std::string text;
  for (const auto& [address, o] : owned) {
    const auto a = memory.all().find(address);
    text += "  " + std::to_string(a->second.bytes) + " bytes by " + o.call + ", allocation " + std::to_string(o.number) + " of the process\n";
  }
  if (!queue.streams().empty()) text += "  " + std::to_string(queue.streams().size()) + " streams\n";
  if (!graphs.empty() || !executable_graphs.empty()) text += "  " + std::to_string(graphs.size() + executable_graphs.size()) + " graphs\n";
  if (!events.empty()) text += "  " + std::to_string(events.size()) + " events\n";
  return text;
}

}  // namespace wz::software
