#include "ptx/lexer.h"
#include <cctype>

namespace wz::software {
namespace {

bool starts_word(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%' || c == '.'; }
bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' || c == '%' || c == '.'; }

}  // namespace

std::vector<Token> tokens_of(const std::string& text) {
  std::vector<Token> tokens;
  int line = 1;
  size_t i = 0;
  const size_t n = text.size();
  const auto at = [&](size_t k) { return k < n ? text[k] : '\0'; };
  while (i < n && text[i] != '\0') {
    const char c = text[i];
    if (c == '\n') ++line, ++i;
    else if (std::isspace(static_cast<unsigned char>(c))) ++i;
    else if (c == '/' && at(i + 1) == '/') {
      while (i < n && text[i] != '\n') ++i;
    } else if (c == '/' && at(i + 1) == '*') {
      const size_t end = text.find("*/", i + 2);
      if (end == std::string::npos) throw PtxError(line, "a comment without an end");
      for (; i < end + 2; ++i) line += text[i] == '\n';
    } else if (c == '"') {
      const size_t end = text.find('"', i + 1);
      if (end == std::string::npos) throw PtxError(line, "a string without an end");
      tokens.push_back({Token::kString, text.substr(i + 1, end - i - 1), line});
      i = end + 1;
    } else if (std::isdigit(static_cast<unsigned char>(c))) {
      size_t end = i;
      while (in_word(at(end)) || ((at(end) == '-' || at(end) == '+') && (at(end - 1) == 'e' || at(end - 1) == 'E') && at(i + 1) != 'x' && at(i + 1) != 'f' && at(i + 1) != 'd')) ++end;
      tokens.push_back({Token::kNumber, text.substr(i, end - i), line});
      i = end;
    } else if (starts_word(c)) {
      size_t end = i;
      while (in_word(at(end)) || (at(end) == ':' && at(end + 1) == ':')) end += at(end) == ':' ? 2 : 1;
      tokens.push_back({Token::kWord, text.substr(i, end - i), line});
      i = end;
    } else {
      tokens.push_back({Token::kSign, std::string(1, c), line});
      ++i;
    }
  }
  tokens.push_back({Token::kEnd, "the end of the text", line});
  return tokens;
}

}  // namespace wz::software
