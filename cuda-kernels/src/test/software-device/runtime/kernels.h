// The kernels and variables of the program's objects: registered while they load, parsed when they are first used.
#pragma once
#include <map>
#include <memory>
#include <string>
#include "machine/loaded_module.h"
#include "runtime/fatbinary.h"

namespace wz::software {

// One object's device code.
struct Binary {
  const void* data = nullptr;  // the container
  std::unique_ptr<LoadedModule> module;
  std::map<std::string, int> registers;
};

struct Kernel {
  Binary* binary = nullptr;
  std::string name;  // as PTX has it
  std::shared_ptr<const Program> program;
  int registers = 0;           // per thread; 0: the machine code does not say
  int largest_dynamic = -1;    // bytes of shared memory that the attribute allows; -1: not set
};

struct Symbol {
  Binary* binary = nullptr;
  std::string name;
  u64 bytes = 0;
};

class Kernels {
 public:
  Kernels(GlobalMemory* memory, int arch) : memory_(memory), arch_(arch) {}

  Binary* add_binary(const void* container);
  void remove_binary(Binary* b);
  void add_kernel(Binary* b, const void* host_function, const char* name);
  void add_symbol(Binary* b, const void* host_variable, const char* name, u64 bytes);

  // Of a host function or of a handle that find() gave before; parsed and decoded. Throws Fault: 98 unknown, 209 no image, 218 not PTX.
  Kernel& find(const void* function_or_handle);
  // The device's address of a __device__ or __constant__ variable, by the host's. Throws Fault.
  u64 address(const void* host_variable, u64* bytes);
  void forget_modules();  // after a reset: variables are as at the start

 private:
  LoadedModule& module(Binary& b);

  GlobalMemory* memory_;
  int arch_;
  std::map<Binary*, std::unique_ptr<Binary>> binaries_;
  std::map<const void*, std::unique_ptr<Kernel>> kernels_;
  std::map<const void*, Symbol> symbols_;
};

}  // namespace wz::software
