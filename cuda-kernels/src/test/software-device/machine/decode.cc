#include "machine/decode.h"
#include <cstring>
#include <map>
#include "machine/block.h"
#include "machine/fault.h"
#include "operations/forms.h"
#include "operations/memory.h"
#include "ptx/inline_calls.h"

namespace wz::software {
namespace {

std::vector<std::string> split(const std::string& opcode) {
  std::vector<std::string> parts;
  size_t from = 0;
  for (size_t dot; (dot = opcode.find('.', from)) != std::string::npos; from = dot + 1) parts.push_back(opcode.substr(from, dot - from));
  parts.push_back(opcode.substr(from));
  return parts;
}

std::string text_of(const Function& f, const Operand& o) {
  std::string s = o.negated ? "!" : "";
  switch (o.kind) {
    case Operand::kRegister: return s + f.registers[o.reg].name;
    case Operand::kInteger: return s + std::to_string(static_cast<s64>(o.bits));
    case Operand::kDecimal: return s + std::to_string(o.decimal);
    case Operand::kSymbol: return s + o.name + (o.offset != 0 ? "+" + std::to_string(o.offset) : "");
    case Operand::kSink: return "_";
    default: break;
  }
  s += o.kind == Operand::kAddress ? "[" : o.kind == Operand::kVector ? "{" : "";
  for (size_t k = 0; k < o.parts.size(); ++k) s += (k == 0 ? "" : o.kind == Operand::kPair ? "|" : ", ") + text_of(f, o.parts[k]);
  if (o.offset != 0) s += "+" + std::to_string(o.offset);
  return s + (o.kind == Operand::kAddress ? "]" : o.kind == Operand::kVector ? "}" : "");
}

class Decoder {
 public:
  Decoder(const Module& m, const Function& f, const VariableAddress& address) : module_(m), f_(f), address_(address), p_(std::make_shared<Program>()) {}

  std::shared_ptr<const Program> program() {
    p_->name = f_.name;
    std::copy(f_.required_threads[0] > 0 ? f_.required_threads : f_.max_threads, (f_.required_threads[0] > 0 ? f_.required_threads : f_.max_threads) + 3, p_->max_threads);
    for (const Register& r : f_.registers) {
      p_->register_names.push_back(r.name);
      p_->register_offsets.push_back(allot(register_bytes(r)));
    }
    sink_ = allot(8);
    s64 at = 0;
    for (const Variable& v : f_.parameters) {
      at = (at + v.align - 1) / v.align * v.align;
      symbols_[v.name] = kParamWindow + static_cast<u64>(at);
      p_->parameters.push_back({at, v.bytes});
      at += v.bytes;
    }
    p_->parameter_bytes = at;
    for (const Variable& v : f_.variables) place(v);
    for (const Variable& v : module_.variables) {
      if (v.space == "shared" && v.bytes > 0) place(v);
    }
    // All shared arrays without a size begin where the others end.
    p_->shared_bytes = (p_->shared_bytes + 15) / 16 * 16;
    for (const Variable& v : module_.variables) {
      if (v.space == "shared" && v.bytes == 0) {
        p_->shared_bytes = (p_->shared_bytes + v.align - 1) / v.align * v.align;
        symbols_[v.name] = kSharedBase + static_cast<u64>(p_->shared_bytes);
      }
    }
    std::vector<u32> start;
    for (const Statement& s : f_.statements) {
      start.push_back(static_cast<u32>(p_->code.size()));
      std::string text = s.opcode;
      for (size_t k = 0; k < s.operands.size(); ++k) text += (k == 0 ? " " : ", ") + text_of(f_, s.operands[k]);
      p_->text.push_back(text);
      p_->source.push_back(source_of(s));
      statement(s);
    }
    for (Instruction& i : p_->code) {
      if (i.target != 0) i.target = start[i.target - 1];
    }
    p_->file_bytes = next_;
    return p_;
  }

 private:
  static int register_bytes(const Register& r) { return r.type == "pred" ? 4 : type_bytes(r.type) < 2 ? 2 : type_bytes(r.type); }
  static int letter_bytes(char c) { return c == 'h' || c == 'H' ? 2 : c == 'l' || c == 'L' ? 8 : 4; }
  static char letter_of(const Register& r) { return r.type == "pred" ? 'p' : register_bytes(r) == 2 ? 'h' : register_bytes(r) == 4 ? 'w' : 'l'; }

  std::string source_of(const Statement& s) const {
    const auto at = [&](int file, int line) {
      const auto found = module_.files.find(file);
      return (found == module_.files.end() ? "file " + std::to_string(file) : found->second) + ":" + std::to_string(line);
    };
    if (s.file == 0 || s.source_line == 0) return "";  // line 0: the compiler's own
    return at(s.file, s.source_line) + (s.outer_file == 0 ? "" : ", inlined at " + at(s.outer_file, s.outer_line));
  }

  u32 allot(int bytes, bool predicate = false) {
    const u32 at = next_;
    next_ += predicate ? 64 : static_cast<u32>(bytes * kLanes + 63) / 64 * 64;
    return at;
  }
  void place(const Variable& v) {
    // The parameters of calls lie with a thread's own variables.
    s64& size = v.space == "shared" ? p_->shared_bytes : p_->local_bytes;
    if (v.space != "shared" && v.space != "local" && v.space != "param") return;
    size = (size + v.align - 1) / v.align * v.align;
    symbols_[v.name] = (v.space == "shared" ? kSharedBase : kLocalWindow) + static_cast<u64>(size);
    size += v.bytes;
  }

  u32 constant(u64 bits, int bytes) {
    const auto [found, fresh] = constants_.try_emplace({bits, bytes}, static_cast<u32>(p_->constants.size()) | 1);
    if (fresh) {
      std::vector<u8> row(static_cast<size_t>(bytes * kLanes + 63) / 64 * 64);
      for (int l = 0; l < kLanes; ++l) std::memcpy(row.data() + l * bytes, &bits, static_cast<size_t>(bytes));
      p_->constants.insert(p_->constants.end(), row.begin(), row.end());
    }
    return found->second;
  }

  [[noreturn]] void refuse(const Statement& s, const std::string& why) const { throw PtxError(s.line, s.opcode + ": " + why); }

  bool symbol_value(const std::string& name, u64* value) {
    const auto found = symbols_.find(name);
    if (found != symbols_.end()) return *value = found->second, true;
    for (const Variable& v : module_.variables) {
      if (v.name == name) return *value = address_(name), true;
    }
    return false;
  }

  bool special(const std::string& name, int bytes, u32* offset) {
    static const std::map<std::string, Special> kSpecials = {
        {"%tid.x", Special::kTidX},       {"%tid.y", Special::kTidY},       {"%tid.z", Special::kTidZ},       {"%ntid.x", Special::kNtidX},       {"%ntid.y", Special::kNtidY},
        {"%ntid.z", Special::kNtidZ},     {"%ctaid.x", Special::kCtaidX},   {"%ctaid.y", Special::kCtaidY},   {"%ctaid.z", Special::kCtaidZ},     {"%nctaid.x", Special::kNctaidX},
        {"%nctaid.y", Special::kNctaidY}, {"%nctaid.z", Special::kNctaidZ}, {"%laneid", Special::kLane},      {"%warpid", Special::kWarp},        {"%nwarpid", Special::kWarps},
        {"%smid", Special::kSm},          {"%nsmid", Special::kSms},        {"%gridid", Special::kGrid},      {"%lanemask_eq", Special::kMaskEq}, {"%lanemask_le", Special::kMaskLe},
        {"%lanemask_lt", Special::kMaskLt}, {"%lanemask_ge", Special::kMaskGe}, {"%lanemask_gt", Special::kMaskGt}, {"%dynamic_smem_size", Special::kDynamicShared},
        {"%total_smem_size", Special::kTotalShared}, {"%cluster_ctarank", Special::kZero}, {"%cluster_nctarank", Special::kOne}};
    const auto found = kSpecials.find(name);
    if (found == kSpecials.end()) return false;
    for (const SpecialInit& init : p_->specials) {
      if (init.special == found->second && init.bytes == bytes) return *offset = init.offset, true;
    }
    *offset = allot(bytes);
    p_->specials.push_back({found->second, *offset, bytes});
    return true;
  }

  u32 place_operand(const Statement& s, const Operand& o, char letter) {
    const int bytes = letter_bytes(letter);
    const bool result = letter >= 'A' && letter <= 'Z';
    switch (o.kind) {
      case Operand::kRegister: {
        const Register& r = f_.registers[o.reg];
        const bool predicate = letter == 'p' || letter == 'P' || letter == 'Q';
        if ((r.type == "pred") != predicate || (!predicate && register_bytes(r) != bytes)) {
          refuse(s, r.name + " is a register of type " + r.type + ", expected " + (predicate ? "a predicate" : std::to_string(8 * bytes) + " bits"));
        }
        if (o.negated && !result) {
          Instruction n;
          n.run = forms().table.at("not.pred").handler;
          n.operands = 2;
          n.r[0] = allot(4);
          n.r[1] = p_->register_offsets[o.reg];
          n.reads = 2, n.writes = 1;
          n.line = s.line;
          n.statement = static_cast<int>(p_->text.size()) - 1;
          p_->code.push_back(n);
          return n.r[0];
        }
        return p_->register_offsets[o.reg];
      }
      case Operand::kSink: return sink_;
      case Operand::kInteger:
        if (result) refuse(s, "a number where a result belongs");
        if (letter == 'p') return constant(o.bits != 0 ? ~0ull : 0, 4);
        return constant(o.bits, bytes);
      case Operand::kDecimal: {
        const float narrow = static_cast<float>(o.decimal);
        u64 bits = 0;
        if (bytes == 8) std::memcpy(&bits, &o.decimal, 8);
        else std::memcpy(&bits, &narrow, 4);
        return constant(bits, bytes);
      }
      case Operand::kSymbol: {
        u64 value = 0;
        u32 offset = 0;
        if (o.name == "WARP_SZ") return constant(kLanes, bytes);
        if (special(o.name, bytes, &offset)) return offset;
        if (!symbol_value(o.name, &value)) refuse(s, "'" + o.name + "' is not known here");
        return constant(value + static_cast<u64>(o.offset), bytes);
      }
      default: refuse(s, "an operand that does not fit");
    }
  }

  static void flatten(const Operand& o, std::vector<const Operand*>* flat) {
    if (o.kind == Operand::kVector || o.kind == Operand::kPair) {
      for (const Operand& part : o.parts) flatten(part, flat);
    } else {
      flat->push_back(&o);
    }
  }

  void set_operand(const Statement& s, Instruction& i, int k, const Operand& o, char letter) {
    i.r[k] = place_operand(s, o, letter);
    (letter >= 'A' && letter <= 'Z' ? i.writes : i.reads) |= 1u << k;
  }

  void statement(const Statement& s) {
    Instruction i;
    i.line = s.line;
    i.statement = static_cast<int>(p_->text.size()) - 1;
    if (s.guard >= 0) i.guard = p_->register_offsets[s.guard], i.negated = s.negated;
    if (s.opcode.empty() || s.opcode == "ret" || s.opcode == "ret.uni" || s.opcode == "exit") {
      i.run = exit_handler;
      i.cls = Class::kControl;
    } else if (s.target >= 0) {
      i.run = branch_handler;
      i.cls = Class::kControl;
      i.target = static_cast<u32>(s.target) + 1;
    } else if (!memory(s, i)) {
      form(s, i);
    }
    if (i.run == nullptr) i.run = unknown_handler;
    p_->code.push_back(i);
  }

  void form(const Statement& s, Instruction& i) {
    std::vector<const Operand*> flat;
    for (const Operand& o : s.operands) flatten(o, &flat);
    std::string opcode = s.opcode;
    // Hints that change no value.
    for (const char* hint : {".uni"}) {
      if (opcode.size() > std::strlen(hint) && opcode.compare(opcode.size() - std::strlen(hint), std::string::npos, hint) == 0) opcode.resize(opcode.size() - std::strlen(hint));
    }
    if (opcode.compare(0, 4, "mov.") == 0 && s.operands.size() == 2) {
      if (s.operands[0].kind == Operand::kVector) opcode += ".unpack" + std::to_string(s.operands[0].parts.size());
      else if (s.operands[1].kind == Operand::kVector) opcode += ".pack" + std::to_string(s.operands[1].parts.size());
      else if (s.operands[1].kind == Operand::kSymbol && s.operands[1].name.compare(0, 6, "%clock") == 0) opcode = "mov.clock" + std::to_string(type_bytes(split(opcode).back()) * 8);
      else if (s.operands[1].kind == Operand::kSymbol && s.operands[1].name.compare(0, 11, "%globaltime") == 0) opcode = "mov.clock64";
      if (opcode.compare(0, 9, "mov.clock") == 0) flat.pop_back();
    }
    if (opcode.compare(0, 4, "cvt.") == 0 && s.operands.size() == 2) {
      const std::vector<std::string> parts = split(opcode);
      const auto letter = [&](const Operand& o, const std::string& type) {
        if (o.kind == Operand::kRegister) return letter_of(f_.registers[o.reg]);
        const int bytes = type_bytes(type);
        return bytes <= 2 ? 'h' : bytes == 4 ? 'w' : 'l';
      };
      const std::string with = opcode + "/" + letter(s.operands[0], parts[parts.size() - 2]) + letter(s.operands[1], parts.back());
      if (forms().table.count(with) != 0) opcode = with;
    }
    const auto found = forms().table.find(opcode);
    if (found == forms().table.end()) return;
    const Form& form = found->second;
    std::string letters = form.signature;
    const size_t q = letters.find('Q');
    if (q != std::string::npos && (s.operands.empty() || s.operands[0].kind != Operand::kPair)) {
      static const Operand kSinkOperand = [] { Operand o; o.kind = Operand::kSink; return o; }();
      flat.insert(flat.begin() + static_cast<long>(q), &kSinkOperand);
    }
    if (flat.size() != letters.size()) refuse(s, "found " + std::to_string(flat.size()) + " operands, expected " + std::to_string(letters.size()));
    i.run = form.handler;
    i.cls = form.cls;
    i.immediate = form.immediate;
    i.operands = static_cast<u8>(flat.size());
    for (size_t k = 0; k < flat.size(); ++k) set_operand(s, i, static_cast<int>(k), *flat[k], letters[k]);
  }

  // [base + offset]: operand k is the base, immediate the offset.
  void address(const Statement& s, Instruction& i, int k, const Operand& o) {
    if (o.kind != Operand::kAddress || o.parts.size() != 1) refuse(s, "expected an address in []");
    const Operand& base = o.parts[0];
    i.immediate = o.offset;
    i.wide_address = true;
    if (base.kind == Operand::kRegister) {
      i.wide_address = register_bytes(f_.registers[base.reg]) == 8;
      set_operand(s, i, k, base, i.wide_address ? 'l' : 'w');
    } else {
      set_operand(s, i, k, base, 'l');
    }
  }

  bool memory(const Statement& s, Instruction& i) {
    MemoryForm form;
    if (!memory_form(split(s.opcode), &form)) return false;
    i.run = form.handler;
    i.cls = form.cls;
    i.space = form.space;
    i.bytes = static_cast<u8>(form.bytes);
    i.vector = static_cast<u8>(form.vector);
    // The operands in the order of the text: see MemoryForm::signature.
    int k = 0;
    size_t n = 0;
    i.r[0] = constant(0, 4);
    for (const char c : form.signature) {
      if (c == '#') {  // optional number
        i.r[k] = constant(form.bytes, 4);
        if (n < s.operands.size()) set_operand(s, i, k, s.operands[n++], 'w');
        ++k;
        continue;
      }
      if (c == '?') {  // there if as many operands are
        if (s.operands.size() == form.signature.size() + (form.policy ? 1 : 0)) set_operand(s, i, k, s.operands[n++], 'w');
        else i.r[k] = constant(0, 4);
        ++k;
        continue;
      }
      if (c == 's') {
        // vector 2: the operand is a predicate that ignores the source.
        i.r[k] = constant(static_cast<u64>(form.bytes), 4);
        i.vector = 1;
        if (n < s.operands.size() - (form.policy ? 1 : 0)) {
          const Operand& o = s.operands[n++];
          const bool predicate = o.kind == Operand::kRegister && f_.registers[o.reg].type == "pred";
          if (predicate) i.vector = 2;
          set_operand(s, i, k, o, predicate ? 'p' : 'w');
        }
        ++k;
        continue;
      }
      if (n >= s.operands.size()) refuse(s, "an operand is missing");
      const Operand& o = s.operands[n++];
      if (c == '@') {
        const s64 first = i.immediate;
        const bool wide = i.wide_address;
        address(s, i, k, o);
        if (i.space == Space::kParam && o.parts[0].kind == Operand::kSymbol) {
          const auto found = symbols_.find(o.parts[0].name);
          if (found != symbols_.end() && (found->second & kWindowMask) == kLocalWindow) i.space = Space::kLocal;
        }
        if (++k == 2 && form.signature.compare(0, 2, "@@") == 0) {  // cp.async: the offsets of both addresses in one immediate
          i.wide_first = wide;
          i.immediate = static_cast<s64>(static_cast<u64>(static_cast<u32>(first)) | static_cast<u64>(static_cast<u32>(i.immediate)) << 32);
        }
      } else if (c == 'n') {
        if (o.kind != Operand::kInteger || o.bits > 16) refuse(s, "expected a size in bytes");
        i.bytes = static_cast<u8>(o.bits);
        form.bytes = i.bytes;
        i.r[k++] = constant(o.bits, 4);
      } else if (c == 'D' || c == 'd') {
        std::vector<const Operand*> parts;
        flatten(o, &parts);
        if (static_cast<int>(parts.size()) != form.vector) refuse(s, "found " + std::to_string(parts.size()) + " registers, expected " + std::to_string(form.vector));
        int width = form.bytes < 2 ? 2 : form.bytes;
        for (const Operand* part : parts) {
          if (part->kind == Operand::kRegister) width = register_bytes(f_.registers[part->reg]);
        }
        if (width < form.bytes) refuse(s, "a register narrower than the type");
        for (const Operand* part : parts) {
          const char letter = width == 2 ? 'h' : width == 4 ? 'w' : 'l';
          set_operand(s, i, k++, *part, c == 'D' ? static_cast<char>(letter - 32) : letter);
        }
        i.run = data_handler(form, width);
      } else {
        set_operand(s, i, k++, o, c);
      }
    }
    if (form.policy && n < s.operands.size()) place_operand(s, s.operands[n++], 'l');
    if (n != s.operands.size()) refuse(s, "found " + std::to_string(s.operands.size()) + " operands, expected " + std::to_string(n));
    i.operands = static_cast<u8>(k);
    return true;
  }

  const Module& module_;
  const Function& f_;
  const VariableAddress& address_;
  std::shared_ptr<Program> p_;
  u32 next_ = 0;
  u32 sink_ = 0;
  std::map<std::pair<u64, int>, u32> constants_;
  std::map<std::string, u64> symbols_;
};

}  // namespace

std::shared_ptr<const Program> decode(const Module& m, const Function& f, const VariableAddress& address) {
  const Function whole = with_calls_inlined(m, f);
  return Decoder(m, whole, address).program();
}

}  // namespace wz::software
