// A function's statements to a program: forms found in the table, operands placed, addresses of variables put in. Nothing unknown passes:
// an instruction that no form describes becomes one that faults with its text when it is reached.
#pragma once
#include <functional>
#include <memory>
#include "machine/program.h"
#include "ptx/module.h"

namespace wz::software {

// Gives the address of a module's global or constant variable; throws if there is none.
using VariableAddress = std::function<u64(const std::string&)>;

std::shared_ptr<const Program> decode(const Module&, const Function&, const VariableAddress&);

}  // namespace wz::software
