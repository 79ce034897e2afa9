// PTX text as tokens. A word may hold dots and `::` (opcodes, directives, %tid.x); everything else is one character.
#pragma once
#include <string>
#include <vector>
#include "machine/fault.h"

namespace wz::software {

struct Token {
  enum Kind { kWord, kNumber, kString, kSign, kEnd };
  Kind kind = kEnd;
  std::string text;
  int line = 0;
  bool is(const char* sign) const { return (kind == kSign || kind == kWord) && text == sign; }
};

std::vector<Token> tokens_of(const std::string& text);

}  // namespace wz::software
