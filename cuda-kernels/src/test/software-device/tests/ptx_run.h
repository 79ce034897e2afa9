// PTX text run on the device with plain arrays: what the tests share.
#pragma once
#include <cstring>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>
#include "machine/block.h"
#include "machine/loaded_module.h"

namespace wz::software {

inline std::string fixture(const std::string& name) {
  std::ifstream in(std::string(SOFTWARE_DEVICE_FIXTURES) + "/" + name);
  if (!in) throw std::runtime_error("no fixture " + name);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

template <class T>
u64 upload(GlobalMemory& memory, const std::vector<T>& v) {
  const u64 at = memory.allocate(v.size() * sizeof(T), MemoryKind::kDevice);
  std::memcpy(reinterpret_cast<void*>(at), v.data(), v.size() * sizeof(T));
  memory.find(at, v.size() * sizeof(T))->mark_written(at, v.size() * sizeof(T));
  return at;
}
template <class T>
std::vector<T> download(u64 at, size_t n) {
  std::vector<T> v(n);
  std::memcpy(v.data(), reinterpret_cast<const void*>(at), n * sizeof(T));
  return v;
}

// A kernel of one parameter block of 64-bit words; `body` sees them as [p], [p+8], ...
inline std::string kernel_text(const std::string& body, const std::string& shared = "") {
  return ".version 9.0\n.target sm_80\n.address_size 64\n.visible .entry k(.param .align 8 .b8 p[64])\n{\n" + shared +
         ".reg .pred %p<16>;\n.reg .b16 %h<32>;\n.reg .b32 %r<64>;\n.reg .f32 %f<64>;\n.reg .b64 %d<64>;\n.reg .f64 %e<32>;\n" + body + "\nret;\n}\n";
}

inline Counters launch(LoadedModule& module, GlobalMemory& memory, const std::string& kernel, Dim3 grid, Dim3 block, const std::vector<u64>& parameters, Options options = {},
                       u32 dynamic_shared = 0) {
  Launch l;
  l.program = module.kernel(kernel);
  l.grid = grid;
  l.block = block;
  l.memory = &memory;
  l.options = options;
  l.dynamic_shared = dynamic_shared;
  l.parameters.assign(std::max<size_t>(static_cast<size_t>(l.program->parameter_bytes), parameters.size() * 8), 0);
  std::memcpy(l.parameters.data(), parameters.data(), parameters.size() * 8);
  l.run();
  return l.counters;
}

}  // namespace wz::software
