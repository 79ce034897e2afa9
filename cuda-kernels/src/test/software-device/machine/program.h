// A kernel decoded once: every operand is an offset into the warp's register file or the constants, every instruction a function.
//
// The register file is a row of 64-byte units: a predicate (a bit per lane) and a 16-bit register take one, a 32-bit register two, a 64-bit
// register four; lane l of a register is its l-th element, so that a loop over the lanes is a vector instruction or two. An immediate
// operand is a constant of 32 equal elements. Bit 0 of an operand tells file (0) from constants (1).
#pragma once
#include <memory>
#include <string>
#include <vector>
#include "machine/types.h"

namespace wz::software {

struct Warp;
struct Instruction;
using Handler = void (*)(Warp&, const Instruction&);

enum class Class : u8 { kMove, kInteger, kFloat, kDouble, kHalf, kConvert, kSpecial, kCompare, kControl, kBarrier, kGlobal, kShared, kLocal, kParameter, kAtomic, kAsync, kWarp, kTensor };
constexpr int kClasses = 18;
const char* class_name(Class c);

enum class Space : u8 { kGeneric, kGlobal, kShared, kLocal, kParam, kConst };

constexpr int kOperands = 20;
constexpr u32 kNone = ~0u;

struct Instruction {
  Handler run = nullptr;
  u32 guard = kNone;
  bool negated = false;
  bool wide_address = false;  // 64-bit
  bool wide_first = false;    // of two addresses, the first
  Class cls = Class::kMove;
  Space space = Space::kGeneric;
  u8 operands = 0;
  u8 vector = 1;   // elements of a load or store
  u8 bytes = 0;    // of an element
  u32 reads = 0, writes = 0;  // bit k: operand k
  u32 target = 0;
  s64 immediate = 0;
  u32 r[kOperands] = {};
  int line = 0;
  int statement = 0;
};

enum class Special : u8 {
  kTidX, kTidY, kTidZ, kNtidX, kNtidY, kNtidZ, kCtaidX, kCtaidY, kCtaidZ, kNctaidX, kNctaidY, kNctaidZ,
  kLane, kWarp, kWarps, kSm, kSms, kGrid, kMaskEq, kMaskLe, kMaskLt, kMaskGe, kMaskGt, kDynamicShared, kTotalShared, kZero, kOne,
};

struct SpecialInit {
  Special special;
  u32 offset;
  int bytes;
};

struct Parameter {
  s64 offset, bytes;
};

struct Program {
  std::string name;
  std::vector<Instruction> code;
  std::vector<std::string> text;  // of each statement, for reports
  std::vector<std::string> source;  // "tile.cu:12, inlined at rows.cu:30", where the compiler left it
  std::vector<u8> constants;      // rows of 32 equal elements
  std::vector<SpecialInit> specials;
  std::vector<Parameter> parameters;
  std::vector<std::string> register_names;
  std::vector<u32> register_offsets;
  u32 file_bytes = 0;
  s64 parameter_bytes = 0;
  s64 shared_bytes = 0;  // static
  s64 local_bytes = 0;   // per thread
  int max_threads[3] = {0, 0, 0};
};

// Windows of the generic address space that no host pointer falls into.
constexpr u64 kSharedWindow = 0x00F0000000000000ull;
constexpr u64 kLocalWindow = 0x00F1000000000000ull;
constexpr u64 kParamWindow = 0x00F2000000000000ull;
constexpr u64 kWindowMask = 0xFFFF000000000000ull;
constexpr u64 kSharedBase = 1024;  // address of the first byte of shared memory, so that 0 is never valid

}  // namespace wz::software
