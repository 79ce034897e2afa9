// A module of PTX as text says it: functions with their registers and statements, variables with their initial bytes.
#pragma once
#include <map>
#include <string>
#include <vector>
#include "machine/types.h"

namespace wz::software {

struct Operand {
  enum Kind { kRegister, kInteger, kDecimal, kSymbol, kVector, kAddress, kSink, kPair };
  Kind kind = kInteger;
  int reg = -1;                // kRegister: index in Function::registers
  u64 bits = 0;                // kInteger: value, or the bits of 0f... and 0d...
  double decimal = 0;          // kDecimal: 1.5
  bool negated = false;        // !%p
  std::string name;            // kSymbol: variable, label or special register
  s64 offset = 0;              // kAddress, or symbol + offset
  std::vector<Operand> parts;  // kVector, kPair, kAddress (its base)
};

struct Statement {
  int line = 0;
  std::string opcode;  // with all its modifiers; empty for the end of a function
  int guard = -1;      // register
  bool negated = false;
  std::vector<Operand> operands;
  int target = -1;  // of a branch: index of a statement
  // Where the compiler took it from (-lineinfo), and where that was inlined: a file's number in Module::files, 0 unknown, and a line.
  int file = 0, source_line = 0, outer_file = 0, outer_line = 0;
};

struct Register {
  std::string name;
  std::string type;  // pred, b16, f32, ...
};

struct Variable {
  std::string name;
  std::string space;  // param, shared, local, global, const
  std::string type;
  int align = 1;
  s64 bytes = 0;           // 0 for extern arrays without a size
  std::vector<u8> initial;  // empty or `bytes` long
  int line = 0;
};

struct Function {
  std::string name;
  bool entry = false;
  int line = 0;
  std::vector<Variable> parameters, results;
  std::vector<Variable> variables;  // .shared, .local and .param (of calls) inside the body
  std::vector<Register> registers;
  std::vector<Statement> statements;
  int max_threads[3] = {0, 0, 0};
  int required_threads[3] = {0, 0, 0};
};

struct Module {
  std::string target;  // sm_80
  std::string version;
  std::vector<Variable> variables;
  std::vector<Function> functions;
  std::map<int, std::string> files;  // without their folders
};

int type_bytes(const std::string& type);  // of "b32", "f16x2", ...; 0 if unknown

Module parse_module(const std::string& text);

}  // namespace wz::software
