#include "runtime/kernels.h"
#include <algorithm>
#include "runtime/errors.h"

namespace wz::software {

Binary* Kernels::add_binary(const void* container) {
  auto b = std::make_unique<Binary>();
  b->data = container;
  Binary* raw = b.get();
  binaries_.emplace(raw, std::move(b));
  return raw;
}

void Kernels::remove_binary(Binary* b) {
  std::erase_if(kernels_, [&](const auto& k) { return k.second->binary == b; });
  std::erase_if(symbols_, [&](const auto& s) { return s.second.binary == b; });
  binaries_.erase(b);
}

void Kernels::add_kernel(Binary* b, const void* host_function, const char* name) {
  auto k = std::make_unique<Kernel>();
  k->binary = b;
  k->name = name;
  kernels_[host_function] = std::move(k);
}

void Kernels::add_symbol(Binary* b, const void* host_variable, const char* name, u64 bytes) { symbols_[host_variable] = {b, name, bytes}; }

LoadedModule& Kernels::module(Binary& b) {
  if (b.module == nullptr) {
    const EmbeddedCode code = embedded_code(b.data);
    const EmbeddedPtx& ptx = choose_ptx(code.ptx, arch_);
    b.module = std::make_unique<LoadedModule>(ptx.text, memory_);
    const auto registers = code.registers.find(ptx.arch);
    if (registers != code.registers.end()) b.registers = registers->second;
  }
  return *b.module;
}

Kernel& Kernels::find(const void* function_or_handle) {
  Kernel* k = nullptr;
  if (const auto found = kernels_.find(function_or_handle); found != kernels_.end()) k = found->second.get();
  for (const auto& [host, kernel] : kernels_) {
    if (kernel.get() == function_or_handle) k = kernel.get();
  }
  if (k == nullptr) refuse(kInvalidDeviceFunction, "the function is no kernel of this program");
  if (k->program == nullptr) {
    LoadedModule& m = module(*k->binary);
    if (!m.has(k->name)) refuse(kInvalidDeviceFunction, "no kernel '" + k->name + "' in the PTX for this device");
    k->program = m.kernel(k->name);
    const auto registers = k->binary->registers.find(k->name);
    if (registers != k->binary->registers.end()) k->registers = registers->second;
  }
  return *k;
}

u64 Kernels::address(const void* host_variable, u64* bytes) {
  const auto found = symbols_.find(host_variable);
  if (found == symbols_.end()) refuse(kSymbolNotFound, "the address is no __device__ variable of this program");
  *bytes = found->second.bytes;
  return module(*found->second.binary).variable(found->second.name);
}

void Kernels::forget_modules() {
  for (auto& [raw, b] : binaries_) b->module.reset();
  for (auto& [host, k] : kernels_) k->program.reset();
}

}  // namespace wz::software
