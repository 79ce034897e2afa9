package dev.wootz.chat.jinja;

/** The escapes of a Python string literal; one that Python does not know stays as it is written. */
final class Escapes {
  private final Source source;
  private final int offset;
  private final String literal;
  private final StringBuilder unescaped = new StringBuilder();
  private int at;

  /**
   * @param offset of the literal's first character in the source
   * @param literal without its quotes
   */
  Escapes(Source source, int offset, String literal) {
    this.source = source;
    this.offset = offset;
    this.literal = literal;
  }

  String unescaped() {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    while (at < literal.length()) {
      char c = literal.charAt(at++);
      if (c == '\\') {
        escape(literal.charAt(at++));
      } else {
        unescaped.append(c);
      }
    }
    return unescaped.toString();
  }

  private void escape(char c) {
    switch (c) {
      case '\n' -> {}
      case '\\', '\'', '"' -> unescaped.append(c);
      case 'a' -> unescaped.append('\u0007');
      case 'b' -> unescaped.append('\b');
      case 'f' -> unescaped.append('\f');
      case 'n' -> unescaped.append('\n');
      case 'r' -> unescaped.append('\r');
      case 't' -> unescaped.append('\t');
      case 'v' -> unescaped.append('\u000b');
      case 'x' -> hexadecimal(2);
      case 'u' -> hexadecimal(4);
      case 'U' -> hexadecimal(8);
      case 'N' -> named();
      default -> {
        if (c >= '0' && c <= '7') {
          octal();
        } else {
          unescaped.append('\\').append(c);
        }
      }
    }
  }

  private void hexadecimal(int digits) {
    int end = at + digits;
    int codePoint = 0;
    for (; at < end; at++) {
      int digit = at < literal.length() && literal.charAt(at) < 128 ? Character.digit(literal.charAt(at), 16) : -1;
      if (digit < 0 || codePoint > Character.MAX_CODE_POINT) {
        throw source.error(offset + at, "an escape in a string needs " + digits + " hexadecimal digits");
      }
      codePoint = codePoint << 4 | digit;
    }
    if (!Character.isValidCodePoint(codePoint)) {
      throw source.error(offset + at, "no such Unicode character");
    }
    unescaped.appendCodePoint(codePoint);
  }

  private void octal() {
    int value = 0;
    for (int end = Math.min(at + 2, literal.length()), i = at - 1; i < end; i++) {
      int digit = literal.charAt(i) - '0';
      if (digit < 0 || digit > 7) {
        break;
      }
      value = value * 8 + digit;
      at = i + 1;
    }
    unescaped.append((char) value);
  }

  private void named() {
    int end = literal.indexOf('}', at);
    if (at >= literal.length() || literal.charAt(at) != '{' || end < 0) {
      throw source.error(offset + at, "expected the name of a character in braces");
    }
    try {
      unescaped.appendCodePoint(Character.codePointOf(literal.substring(at + 1, end)));
    } catch (IllegalArgumentException e) {
      throw source.error(offset + at, "no character has the name " + literal.substring(at + 1, end), null, e);
    }
    at = end + 1;
  }
}
