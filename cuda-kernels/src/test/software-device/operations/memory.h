// Instructions with an address: ld, st, atom, red, cp.async, ldmatrix, bar and the like, whose operands do not fit the table of forms.
#pragma once
#include <string>
#include <vector>
#include "machine/warp.h"

namespace wz::software {

struct MemoryForm {
  Handler handler = nullptr;  // null for ld and st: data_handler chooses
  Class cls = Class::kGlobal;
  Space space = Space::kGeneric;
  int bytes = 0;
  int vector = 1;
  bool sign = false, store = false;
  // A letter per operand of the text: @ address, D and d data of any width, h w l p as in the table of forms, # a number that may be missing.
  std::string signature;
};

// False if the opcode is none of these. A known base with unknown modifiers leaves the handler null and the signature empty.
bool memory_form(const std::vector<std::string>& opcode, MemoryForm* form);
bool atomic_form(const std::vector<std::string>& opcode, MemoryForm* form);
bool barrier_form(const std::vector<std::string>& opcode, MemoryForm* form);
bool async_form(const std::vector<std::string>& opcode, MemoryForm* form);
bool matrix_memory_form(const std::vector<std::string>& opcode, MemoryForm* form);
Handler data_handler(const MemoryForm& form, int register_bytes);

// Where each lane's bytes lie on the host; lanes outside `exec` are undefined. Checks bounds, alignment, whether the bytes were written, races,
// and counts, as the launch's options say.
enum class Use { kRead, kWrite, kAtomic };
struct Lanes {
  alignas(64) u64 address[kLanes];
};
void addresses(const Warp& w, const Instruction& i, int operand, s64 offset, Lanes* a);
void resolve(Warp& w, const Instruction& i, Space space, u32 exec, int bytes, Use use, Lanes* a);
// The distinct 4-byte words of shared memory per bank, for the accesses of `lanes`: wavefronts.
void count_shared(Warp& w, const Lanes& a, u32 exec, int bytes);

}  // namespace wz::software
