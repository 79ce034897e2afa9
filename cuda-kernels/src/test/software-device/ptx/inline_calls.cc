#include "ptx/inline_calls.h"
#include <algorithm>

namespace wz::software {
namespace {

using Names = std::map<std::string, std::string>;

class Inliner {
 public:
  Inliner(const Module& m, const Function& f) : module_(m), out_(f) {
    out_.registers.clear();
    out_.statements.clear();
    out_.variables.clear();
    append(f, {}, true);
  }
  Function result() { return std::move(out_); }

 private:
  static Operand renamed(Operand o, const Names& names, int registers) {
    if (o.reg >= 0) o.reg += registers;
    if (o.kind == Operand::kSymbol) {
      const auto found = names.find(o.name);
      if (found != names.end()) o.name = found->second;
    }
    for (Operand& part : o.parts) part = renamed(part, names, registers);
    return o;
  }

  // The function that a call names, if its body is there, its parameters are variables and it is not running already.
  const Function* callee(const Statement& s) const {
    if (s.opcode != "call" && s.opcode != "call.uni") return nullptr;
    size_t name = 0;
    while (name < s.operands.size() && s.operands[name].kind == Operand::kVector) ++name;
    if (name >= s.operands.size() || s.operands[name].kind != Operand::kSymbol) return nullptr;
    for (const Function& f : module_.functions) {
      if (f.entry || f.name != s.operands[name].name || std::find(running_.begin(), running_.end(), f.name) != running_.end()) continue;
      const size_t results = name > 0 ? s.operands[0].parts.size() : 0, parameters = name + 1 < s.operands.size() ? s.operands[name + 1].parts.size() : 0;
      if (f.results.size() != results || f.parameters.size() != parameters) return nullptr;
      for (const Operand& o : s.operands) {
        for (const Operand& part : o.parts) {
          if (part.kind != Operand::kSymbol) return nullptr;
        }
      }
      return &f;
    }
    return nullptr;
  }

  void append(const Function& f, Names names, bool top) {
    running_.push_back(f.name);
    const int registers = static_cast<int>(out_.registers.size());
    out_.registers.insert(out_.registers.end(), f.registers.begin(), f.registers.end());
    const std::string instance = "@" + std::to_string(instances_++);
    for (Variable v : f.variables) {
      // Shared memory is one for all calls.
      const bool own = top || v.space != "shared";
      if (own && !top) names[v.name] = v.name + instance, v.name += instance;
      const bool known = std::any_of(out_.variables.begin(), out_.variables.end(), [&](const Variable& o) { return o.name == v.name; });
      if (!known) out_.variables.push_back(v);
    }
    std::vector<int> where;
    std::vector<size_t> branches, returns;
    for (const Statement& original : f.statements) {
      where.push_back(static_cast<int>(out_.statements.size()));
      Statement s = original;
      if (s.guard >= 0) s.guard += registers;
      for (Operand& o : s.operands) o = renamed(o, names, registers);
      const bool returns_here = !top && (s.opcode == "ret" || s.opcode == "ret.uni");
      if (!top && s.opcode.empty()) continue;  // the end: falls out of the body
      if (const Function* g = callee(original)) {
        if (s.guard >= 0) {  // around the body where the guard is false
          Statement skip;
          skip.line = s.line, skip.opcode = "bra", skip.guard = s.guard, skip.negated = !s.negated;
          skip.target = 0;
          out_.statements.push_back(skip);
        }
        const size_t around = out_.statements.size() - 1;
        Names inner;
        size_t operand = 0;
        if (!g->results.empty()) {
          for (size_t k = 0; k < g->results.size(); ++k) inner[g->results[k].name] = s.operands[0].parts[k].name;
          ++operand;
        }
        for (size_t k = 0; k < g->parameters.size(); ++k) inner[g->parameters[k].name] = s.operands[operand + 1].parts[k].name;
        append(*g, inner, false);
        if (s.guard >= 0) out_.statements[around].target = static_cast<int>(out_.statements.size());
        continue;
      }
      if (returns_here) {
        s.opcode = "bra";
        s.target = 0;
        returns.push_back(out_.statements.size());
      } else if (s.target >= 0) {
        branches.push_back(out_.statements.size());
      }
      out_.statements.push_back(s);
    }
    for (const size_t b : branches) out_.statements[b].target = where[static_cast<size_t>(out_.statements[b].target)];
    for (const size_t r : returns) out_.statements[r].target = static_cast<int>(out_.statements.size());
    running_.pop_back();
  }

  const Module& module_;
  Function out_;
  std::vector<std::string> running_;
  int instances_ = 0;
};

}  // namespace

Function with_calls_inlined(const Module& m, const Function& f) { return Inliner(m, f).result(); }

}  // namespace wz::software
