// The table of instructions with an address, by the opcode without what changes no value here: cache operators, eviction hints, semantics and
// scopes (blocks run one after the other).
#include <algorithm>
#include "operations/memory.h"

namespace wz::software {
namespace {

void nothing(Warp&, const Instruction&) {}
void yield(Warp& w, const Instruction&) { w.stop = true; }
void no_policy(Warp& w, const Instruction& i) {
  u64* d = out<u64>(w, i.r[0]);
  for (int l = 0; l < kLanes; ++l) d[l] = w.exec >> l & 1 ? 0 : d[l];
}

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::any_of(words.begin(), words.end(), [&](const char* w) { return word == w; });
}
bool is_hint(const std::string& word) {
  return is_one_of(word, {"weak", "relaxed", "acquire", "release", "acq_rel", "volatile", "cta", "gpu", "sys", "cluster", "nc", "ca", "cg", "cs", "cv", "lu", "wb", "wt", "noftz"}) ||
         is_one_of(word, {"L1::evict_normal", "L1::evict_unchanged", "L1::evict_first", "L1::evict_last", "L1::no_allocate"}) ||
         is_one_of(word, {"L2::evict_normal", "L2::evict_unchanged", "L2::evict_first", "L2::evict_last", "L2::64B", "L2::128B", "L2::256B", "L2::cache_hint"});
}

// What neither reads nor writes anything here.
void add_quiet_forms(MemoryForms& f) {
  MemoryForm form;
  form.handler = nothing;
  form.cls = Class::kBarrier;
  for (const char* level : {"cta", "gl", "sys"}) f.add(std::string("membar.") + level, form);
  for (const char* semantics : {"", ".sc", ".acq_rel", ".acquire", ".release"}) {
    for (const char* scope : {".cta", ".cluster", ".gpu", ".sys"}) f.add(std::string("fence") + semantics + scope, form);
  }
  for (const char* proxy : {"alias", "async", "async.global", "async.shared"}) f.add(std::string("fence.proxy.") + proxy, form);
  f.add("fence.mbarrier_init.release.cluster", form);
  // Grids run in order, so that the one before has ended.
  f.add("griddepcontrol.wait", form);
  f.add("griddepcontrol.launch_dependents", form);
  form.handler = yield;
  form.signature = "w";
  f.add("nanosleep.u32", form);
  form.handler = nothing;
  form.signature = "@";
  form.cls = Class::kGlobal;
  for (const char* space : {"", ".global", ".local"}) {
    for (const char* level : {".L1", ".L2"}) f.add(std::string("prefetch") + space + level, form);
  }
  for (const char* priority : {"evict_last", "evict_normal"}) f.add(std::string("prefetch.global.L2::") + priority, form);
  f.add("prefetchu.L1", form);
  form.signature = "@w";
  for (const char* space : {"", ".global"}) f.add(std::string("applypriority") + space + ".L2::evict_normal", form);
  // A policy is a value that only a cache looks at.
  form.handler = no_policy;
  form.cls = Class::kMove;
  for (const char* first : {"evict_last", "evict_normal", "evict_first", "evict_unchanged"}) {
    for (const char* second : {"", ".L2::evict_first", ".L2::evict_unchanged"}) {
      form.signature = "L#";
      f.add(std::string("createpolicy.fractional.L2::") + first + second + ".b64", form);
      for (const char* space : {"", ".global"}) {
        form.signature = "L@ww";
        f.add(std::string("createpolicy.range") + space + ".L2::" + first + second + ".b64", form);
      }
    }
  }
  form.signature = "Ll";
  f.add("createpolicy.cvt.L2.b64", form);
}

}  // namespace

const std::map<std::string, MemoryForm>& memory_forms() {
  static const MemoryForms all = [] {
    MemoryForms f;
    add_load_store_forms(f);
    add_atomic_forms(f);
    add_barrier_forms(f);
    add_async_forms(f);
    add_matrix_memory_forms(f);
    add_quiet_forms(f);
    return f;
  }();
  return all.table;
}

bool memory_form(const std::vector<std::string>& opcode, MemoryForm* form) {
  const std::string& base = opcode[0];
  const bool hints = is_one_of(base, {"ld", "ldu", "st", "atom", "red"}) || (base == "cp" && opcode.size() > 1 && opcode[1] == "async");
  const bool barrier = base == "bar" || base == "barrier";
  bool policy = false, aligned = base == "bar";
  std::string name = base;
  for (size_t k = 1; k < opcode.size(); ++k) {
    const std::string& word = opcode[k];
    if (hints && is_hint(word) && !(base == "cp" && k == 2)) {  // cp.async.ca and .cg differ
      policy |= word == "L2::cache_hint";
      continue;
    }
    if (barrier && (word == "cta" || word == "aligned")) {
      aligned |= word == "aligned";
      continue;
    }
    name += "." + (word == "shared::cta" ? "shared" : word == "param::entry" || word == "param::func" ? "param" : word);
  }
  if (barrier && name.compare(0, 8, "barrier.") == 0 && aligned) name = "bar." + name.substr(8);
  const auto found = memory_forms().find(name);
  if (found == memory_forms().end()) return false;
  *form = found->second;
  form->policy = policy;
  return true;
}

}  // namespace wz::software
