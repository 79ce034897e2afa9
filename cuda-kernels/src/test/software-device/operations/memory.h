// Instructions with an address: ld, st, atom, red, cp.async, ldmatrix, bar and the like, whose operands do not fit the table of forms.
#pragma once
#include <map>
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
  bool policy = false;  // an operand for the cache follows the others
  // A letter per operand of the text: @ address, D and d data of any width, h w l p as in the table of forms, # a number that may be missing
  // at the end, ? one that may be missing in the middle, n a size in bytes, s the bytes to take (a number, a predicate: none, or missing: all).
  std::string signature;
};

struct MemoryForms {
  std::map<std::string, MemoryForm> table;
  void add(const std::string& opcode, const MemoryForm& form) { table.insert_or_assign(opcode, form); }
};
const std::map<std::string, MemoryForm>& memory_forms();
void add_load_store_forms(MemoryForms&);
void add_atomic_forms(MemoryForms&);
void add_barrier_forms(MemoryForms&);
void add_async_forms(MemoryForms&);
void add_matrix_memory_forms(MemoryForms&);

// False if the opcode is none of these.
bool memory_form(const std::vector<std::string>& opcode, MemoryForm* form);
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
