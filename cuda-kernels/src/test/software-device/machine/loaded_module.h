// A module on the device: its variables have addresses, its kernels are decoded when they are first asked for.
#pragma once
#include <map>
#include <memory>
#include <string>
#include "machine/decode.h"
#include "machine/global_memory.h"

namespace wz::software {

class LoadedModule {
 public:
  LoadedModule(const std::string& ptx, GlobalMemory* memory);
  bool has(const std::string& kernel) const;
  std::shared_ptr<const Program> kernel(const std::string& name);  // throws Fault if there is none
  u64 variable(const std::string& name) const;
  const Module& text() const { return module_; }

 private:
  Module module_;
  std::map<std::string, u64> addresses_;
  std::map<std::string, std::shared_ptr<const Program>> decoded_;
};

}  // namespace wz::software
