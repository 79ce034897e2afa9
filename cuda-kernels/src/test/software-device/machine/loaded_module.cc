#include "machine/loaded_module.h"
#include <cstring>
#include "machine/fault.h"

namespace wz::software {

LoadedModule::LoadedModule(const std::string& ptx, GlobalMemory* memory) : module_(parse_module(ptx)) {
  for (const Variable& v : module_.variables) {
    if (v.space != "global" && v.space != "const") continue;
    const u64 at = memory->allocate(static_cast<u64>(v.bytes), MemoryKind::kModule);
    std::memset(reinterpret_cast<void*>(at), 0, static_cast<size_t>(v.bytes));
    if (!v.initial.empty()) std::memcpy(reinterpret_cast<void*>(at), v.initial.data(), v.initial.size());
    addresses_[v.name] = at;
  }
}

bool LoadedModule::has(const std::string& kernel) const {
  for (const Function& f : module_.functions) {
    if (f.entry && f.name == kernel) return true;
  }
  return false;
}

std::shared_ptr<const Program> LoadedModule::kernel(const std::string& name) {
  auto& slot = decoded_[name];
  if (slot != nullptr) return slot;
  for (const Function& f : module_.functions) {
    if (f.entry && f.name == name) return slot = decode(module_, f, [this](const std::string& v) { return variable(v); });
  }
  throw Fault(98, "no kernel '" + name + "' in the module");
}

u64 LoadedModule::variable(const std::string& name) const {
  const auto found = addresses_.find(name);
  if (found == addresses_.end()) throw Fault(kInvalidPtx, "no variable '" + name + "' in the module");
  return found->second;
}

}  // namespace wz::software
