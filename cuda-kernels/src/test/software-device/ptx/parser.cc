// Recursive descent over the tokens. Registers are resolved to indices here, as are labels: both are scoped by braces.
// Past 400 lines because statements, declarations and operands call each other and share one scope.
#include <cstdlib>
#include <cstring>
#include <algorithm>
#include <utility>
#include <unordered_map>
#include "ptx/lexer.h"
#include "ptx/module.h"

namespace wz::software {

int type_bytes(const std::string& type) {
  static const std::unordered_map<std::string, int> kBytes = {
      {"b8", 1},  {"u8", 1},  {"s8", 1},  {"b16", 2}, {"u16", 2}, {"s16", 2}, {"f16", 2},   {"bf16", 2},   {"b32", 4},  {"u32", 4},
      {"s32", 4}, {"f32", 4}, {"b64", 8}, {"u64", 8}, {"s64", 8}, {"f64", 8}, {"f16x2", 4}, {"bf16x2", 4}, {"tf32", 4}, {"b128", 16}};
  const auto found = kBytes.find(type);
  return found == kBytes.end() ? 0 : found->second;
}

namespace {

class Parser {
 public:
  explicit Parser(const std::string& text) : tokens_(tokens_of(text)) {}

  Module module() {
    Module m;
    while (peek().kind != Token::kEnd) {
      const Token t = peek();
      if (t.is(".version")) next(), m.version = next().text;
      else if (t.is(".target")) {
        next();
        m.target = next().text;
        while (take(",")) next();
      } else if (t.is(".address_size")) {
        next();
        if (next().text != "64") throw PtxError(t.line, "only .address_size 64 is known here");
      } else if (t.is(".file")) {
        file(m);
      } else if (t.is(".section") || t.is(".loc")) {
        skip_debug();
      } else if (t.is(".visible") || t.is(".extern") || t.is(".weak") || t.is(".common")) {
        next();
      } else if (t.is(".entry") || t.is(".func")) {
        function(m);
      } else if (t.is(".global") || t.is(".const") || t.is(".shared")) {
        m.variables.push_back(variable());
        while (take(",")) m.variables.push_back(another(m.variables.back()));
        expect(";");
      } else if (t.is(".pragma")) {
        while (!take(";")) next();
      } else {
        throw PtxError(t.line, "found '" + t.text + "', expected a directive of a module");
      }
    }
    return m;
  }

 private:
  struct Scope {
    int parent;
    std::unordered_map<std::string, int> registers, labels;
    std::unordered_map<std::string, std::string> variables;  // inside nested braces: the name that is unique in the function
  };
  struct Pending {
    size_t statement;
    int scope;
    std::string label;
  };

  const Token& peek(int ahead = 0) const { return tokens_[std::min(at_ + static_cast<size_t>(ahead), tokens_.size() - 1)]; }
  const Token& next() {
    const Token& t = peek();
    if (at_ < tokens_.size() - 1) ++at_;
    else if (ended_) throw PtxError(t.line, "the text ends inside a statement");
    else ended_ = true;
    return t;
  }
  bool take(const char* sign) {
    if (!peek().is(sign)) return false;
    next();
    return true;
  }
  void expect(const char* sign) {
    if (!take(sign)) throw PtxError(peek().line, "found '" + peek().text + "', expected '" + sign + "'");
  }
  void skip_debug() {
    const int line = peek().line;
    if (peek().is(".section")) {
      while (!take("}")) next();
      return;
    }
    while (peek().line == line && peek().kind != Token::kEnd) next();
  }

  // .file number "path"
  void file(Module& m) {
    const int line = next().line;
    const int number = static_cast<int>(integer());
    const std::string path = next().text;
    m.files[number] = path.substr(path.find_last_of('/') + 1);
    while (peek().line == line && peek().kind != Token::kEnd) next();
  }
  // .loc file line column[, function_name label, inlined_at file line column]
  void location() {
    const int line = next().line;
    Statement& s = location_;
    s.file = static_cast<int>(integer()), s.source_line = static_cast<int>(integer());
    s.outer_file = s.outer_line = 0;
    while (peek().line == line && peek().kind != Token::kEnd) {
      if (next().is("inlined_at")) s.outer_file = static_cast<int>(integer()), s.outer_line = static_cast<int>(integer());
    }
  }

  s64 integer() {
    const bool minus = take("-");
    const Token t = next();
    if (t.kind != Token::kNumber) throw PtxError(t.line, "found '" + t.text + "', expected a number");
    const s64 v = static_cast<s64>(std::strtoull(t.text.c_str(), nullptr, 0));
    return minus ? -v : v;
  }

  // .space [.attribute(..)] [.align n] .type name [n]... [= ...]
  Variable variable() {
    Variable v;
    v.line = peek().line;
    v.space = next().text.substr(1);
    for (;;) {
      if (take(".align")) v.align = static_cast<int>(integer());
      else if (take(".attribute")) {
        while (!take(")")) next();
      } else if (take(".ptr")) {
        while (peek().is(".global") || peek().is(".shared") || peek().is(".const") || peek().is(".local")) next();
      } else if (peek().kind == Token::kWord && peek().text[0] == '.') {
        std::string type = next().text.substr(1);
        if (type == "v2" || type == "v4") width_ = type == "v2" ? 2 : 4;
        else v.type = type;
      } else {
        break;
      }
    }
    if (type_bytes(v.type) == 0) throw PtxError(v.line, "a variable of type '" + v.type + "', which is not known here");
    v.align = std::max(v.align, type_bytes(v.type));
    return named(std::move(v));
  }
  Variable another(const Variable& like) {
    Variable v = like;
    v.initial.clear();
    return named(std::move(v));
  }
  Variable named(Variable v) {
    v.name = next().text;
    if (take("<")) throw PtxError(v.line, "a numbered family of variables is not known here");
    s64 count = width_;
    width_ = 1;
    while (take("[")) {
      count *= peek().is("]") ? 0 : integer();
      expect("]");
    }
    v.bytes = count * type_bytes(v.type);
    if (take("=")) initial(v);
    return v;
  }
  void initial(Variable& v) {
    const int size = type_bytes(v.type);
    v.initial.clear();
    const auto one = [&] {
      const Token t = peek();
      u64 bits;
      if (t.kind == Token::kWord) throw PtxError(t.line, "the address of '" + t.text + "' as an initial value is not known here");
      if (t.text.compare(0, 2, "0f") == 0 || t.text.compare(0, 2, "0d") == 0 || t.text.compare(0, 2, "0F") == 0 || t.text.compare(0, 2, "0D") == 0) {
        next();
        bits = std::strtoull(t.text.c_str() + 2, nullptr, 16);
      } else {
        bits = static_cast<u64>(integer());
      }
      for (int b = 0; b < size; ++b) v.initial.push_back(static_cast<u8>(bits >> 8 * b));
    };
    if (take("{")) {
      int depth = 1;
      while (depth > 0) {
        if (take("{")) ++depth;
        else if (take("}")) --depth;
        else if (!take(",")) one();
      }
    } else {
      one();
    }
    if (v.bytes == 0) v.bytes = static_cast<s64>(v.initial.size());
    if (static_cast<s64>(v.initial.size()) > v.bytes) throw PtxError(v.line, v.name + ": more initial values than the variable holds");
    v.initial.resize(static_cast<size_t>(v.bytes));
  }

  void function(Module& m) {
    Function f;
    f.line = peek().line;
    f.entry = next().text == ".entry";
    if (take("(")) {  // a device function's results
      while (!take(")")) {
        f.results.push_back(variable());
        take(",");
      }
    }
    f.name = next().text;
    if (take("(")) {
      while (!take(")")) {
        f.parameters.push_back(variable());
        take(",");
      }
    }
    for (;;) {
      const Token t = peek();
      int* three = t.is(".maxntid") ? f.max_threads : t.is(".reqntid") ? f.required_threads : nullptr;
      if (three != nullptr) {
        next();
        for (int k = 0; k < 3; ++k) three[k] = k > 0 && !take(",") ? 1 : static_cast<int>(integer());
      } else if (t.is(".minnctapersm") || t.is(".maxnreg") || t.is(".maxclusterrank")) {
        next();
        integer();
      } else if (t.is(".noreturn") || t.is(".explicitcluster")) {
        next();
      } else if (t.is(".pragma")) {
        while (!take(";")) next();
      } else {
        break;
      }
    }
    if (take(";")) return;  // a declaration
    function_ = &f;
    location_ = {};
    scopes_.clear();
    pending_.clear();
    scopes_.push_back({-1, {}, {}, {}});
    expect("{");
    body(0);
    f.statements.push_back({});  // the end, which falls out of the function like ret
    f.statements.back().line = peek().line;
    for (const Pending& p : pending_) {
      int scope = p.scope;
      while (scope >= 0 && scopes_[scope].labels.count(p.label) == 0) scope = scopes_[scope].parent;
      if (scope < 0) throw PtxError(f.statements[p.statement].line, "no label '" + p.label + "'");
      f.statements[p.statement].target = scopes_[scope].labels[p.label];
    }
    m.functions.push_back(std::move(f));
  }

  void body(int scope) {
    while (!take("}")) {
      const Token t = peek();
      if (t.is("{")) {
        next();
        scopes_.push_back({scope, {}, {}, {}});
        body(static_cast<int>(scopes_.size()) - 1);
      } else if (t.kind == Token::kWord && t.text.compare(0, 4, ".reg") == 0 && (t.text.size() == 4 || t.text[4] == '.')) {
        registers(scope);
      } else if (t.is(".shared") || t.is(".local") || t.is(".param")) {
        Variable v = variable();
        for (;;) {
          const Variable like = v;
          if (scope > 0) {
            const std::string unique = v.name + "#" + std::to_string(function_->variables.size());
            scopes_[static_cast<size_t>(scope)].variables[v.name] = unique;
            v.name = unique;
          }
          function_->variables.push_back(v);
          if (!take(",")) break;
          v = another(like);
        }
        expect(";");
      } else if (t.is(".loc")) {
        location();
      } else if (t.is(".pragma") || t.is(".callprototype")) {
        while (!take(";")) next();
      } else if (t.kind == Token::kWord && peek(1).is(":")) {
        scopes_[scope].labels[t.text] = static_cast<int>(function_->statements.size());
        next(), next();
      } else {
        statement(scope);
      }
    }
  }

  void registers(int scope) {
    const int line = peek().line;
    const std::string word = next().text;  // .reg, or .reg.b32 in one
    const std::string type = word.size() > 4 ? word.substr(5) : next().text.substr(1);
    if (type != "pred" && (type_bytes(type) == 0 || type_bytes(type) > 8)) throw PtxError(line, "registers of type '" + type + "' are not known here");
    do {
      const std::string name = next().text;
      const auto add = [&](const std::string& full) {
        scopes_[scope].registers[full] = static_cast<int>(function_->registers.size());
        function_->registers.push_back({full, type});
      };
      if (take("<")) {
        const s64 count = integer();
        for (s64 k = 0; k < count; ++k) add(name + std::to_string(k));
        expect(">");
      } else {
        add(name);
      }
    } while (take(","));
    expect(";");
  }

  int find_register(int scope, const std::string& name) const {
    for (; scope >= 0; scope = scopes_[scope].parent) {
      const auto found = scopes_[scope].registers.find(name);
      if (found != scopes_[scope].registers.end()) return found->second;
    }
    return -1;
  }

  void statement(int scope) {
    Statement s = location_;
    s.line = peek().line;
    if (take("@")) {
      s.negated = take("!");
      const std::string name = next().text;
      s.guard = find_register(scope, name);
      if (s.guard < 0) throw PtxError(s.line, "no register '" + name + "'");
    }
    const Token opcode = next();
    if (opcode.kind != Token::kWord) throw PtxError(opcode.line, "found '" + opcode.text + "', expected an instruction");
    s.opcode = opcode.text;
    if (!peek().is(";")) {
      do s.operands.push_back(operand(scope));
      while (take(","));
    }
    expect(";");
    if (s.opcode == "bra" || s.opcode == "bra.uni") {
      if (s.operands.size() != 1 || s.operands[0].kind != Operand::kSymbol) throw PtxError(s.line, s.opcode + ": expected a label");
      pending_.push_back({function_->statements.size(), scope, s.operands[0].name});
      s.operands.clear();
    }
    function_->statements.push_back(std::move(s));
  }

  Operand operand(int scope) {
    Operand o = simple(scope);
    if (take("|")) {
      Operand pair;
      pair.kind = Operand::kPair;
      pair.parts = {o, simple(scope)};
      return pair;
    }
    return o;
  }

  Operand simple(int scope) {
    const Token t = peek();
    Operand o;
    if (take("{") || take("(")) {
      o.kind = Operand::kVector;
      const char* end = t.text == "{" ? "}" : ")";
      while (!take(end)) {
        o.parts.push_back(simple(scope));
        take(",");
      }
      return o;
    }
    if (take("[")) {
      o.kind = Operand::kAddress;
      o.parts.push_back(simple(scope));
      while (!take("]")) {
        if (take(",")) {
          o.parts.push_back(simple(scope));
        } else {
          take("+");
          o.offset += integer();
        }
      }
      o.offset += std::exchange(o.parts[0].offset, 0);
      return o;
    }
    if (take("!")) {
      o = simple(scope);
      o.negated = true;
      return o;
    }
    if (t.is("-") || t.kind == Token::kNumber) {
      const bool minus = take("-");
      const Token number = next();
      const std::string& text = number.text;
      if (number.kind != Token::kNumber) throw PtxError(t.line, "found '" + text + "', expected a number");
      if (text.size() > 2 && text[0] == '0' && std::strchr("fFdD", text[1]) != nullptr) {
        o.bits = std::strtoull(text.c_str() + 2, nullptr, 16);
      } else if (text.find('.') != std::string::npos) {
        o.kind = Operand::kDecimal;
        o.decimal = std::strtod(text.c_str(), nullptr) * (minus ? -1 : 1);
      } else {
        o.bits = std::strtoull(text.c_str(), nullptr, 0);
        if (minus) o.bits = 0 - o.bits;
      }
      return o;
    }
    if (t.kind != Token::kWord) throw PtxError(t.line, "found '" + t.text + "', expected an operand");
    next();
    if (t.text == "_") {
      o.kind = Operand::kSink;
      return o;
    }
    o.reg = find_register(scope, t.text);
    o.kind = o.reg >= 0 ? Operand::kRegister : Operand::kSymbol;
    o.name = t.text;
    for (int k = scope; o.reg < 0 && k > 0; k = scopes_[static_cast<size_t>(k)].parent) {
      const auto found = scopes_[static_cast<size_t>(k)].variables.find(t.text);
      if (found == scopes_[static_cast<size_t>(k)].variables.end()) continue;
      o.name = found->second;
      break;
    }
    if (o.kind == Operand::kSymbol && peek().is("+") && peek(1).kind == Token::kNumber) {
      next();
      o.offset = integer();
    }
    return o;
  }

  std::vector<Token> tokens_;
  size_t at_ = 0;
  bool ended_ = false;
  int width_ = 1;
  Function* function_ = nullptr;
  Statement location_;  // the present one's source
  std::vector<Scope> scopes_;
  std::vector<Pending> pending_;
};

}  // namespace

Module parse_module(const std::string& text) { return Parser(text).module(); }

}  // namespace wz::software
