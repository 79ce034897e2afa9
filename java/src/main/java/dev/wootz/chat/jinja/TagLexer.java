package dev.wootz.chat.jinja;

import dev.wootz.chat.jinja.Token.Kind;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Cuts the inside of one tag into names, literals and operators, up to the delimiter that ends it outside of all brackets. */
final class TagLexer {
  private static final Pattern FLOAT =
      Pattern.compile("(?<!\\.)(?:[0-9]+_)*[0-9]+(?:(?:\\.(?:[0-9]+_)*[0-9]+)?[eE][-+]?(?:[0-9]+_)*[0-9]+|\\.(?:[0-9]+_)*[0-9]+)");
  private static final Pattern INTEGER =
      Pattern.compile("0[bB](?:_?[01])+|0[oO](?:_?[0-7])+|0[xX](?:_?[0-9a-fA-F])+|[1-9](?:_?[0-9])*|0(?:_?0)*");
  private static final List<String> OPERATORS =
      List.of("//", "**", "==", "!=", ">=", "<=", "+", "-", "/", "*", "%", "~", "[", "]", "(", ")", "{", "}", ">", "<", "=", ".", ":", "|",
          ",", ";");

  private final Source source;
  private final String text;
  private final char closing;
  private final List<Token> tokens;
  private final Deque<String> brackets = new ArrayDeque<>();
  private int at;
  private char endSign = ' ';

  /**
   * @param closing what precedes the brace that ends the tag: <code>%</code> or <code>}</code>
   * @param tokens where to put what is found
   */
  TagLexer(Source source, int at, char closing, List<Token> tokens) {
    this.source = source;
    this.text = source.text();
    this.at = at;
    this.closing = closing;
    this.tokens = tokens;
  }

  /** Where the tag that began at {@code begin} ends. */
  int run(int begin) {
    while (at < text.length()) {
      if (brackets.isEmpty() && atEnd()) {
        return at;
      }
      if (PythonText.isSpace(text.charAt(at))) {
        at++;
      } else {
        next();
      }
    }
    throw source.error(begin, "a tag without its end '" + closing + "}'");
  }

  /** The {@code -} or {@code +} before the end, else a space. */
  char endSign() {
    return endSign;
  }

  private boolean atEnd() {
    char first = text.charAt(at);
    boolean signed = first == '-' || (first == '+' && closing == '%');
    int end = signed ? at + 1 : at;
    if (end + 1 >= text.length() || text.charAt(end) != closing || text.charAt(end + 1) != '}') {
      return false;
    }
    tokens.add(new Token(closing == '%' ? Kind.TAG_END : Kind.PRINT_END, at, ""));
    endSign = signed ? first : ' ';
    at = end + 2;
    return true;
  }

  private void next() {
    char c = text.charAt(at);
    if (c >= '0' && c <= '9') {
      number();
    } else if (c == '_' || Character.isUnicodeIdentifierStart(text.codePointAt(at))) {
      name();
    } else if (c == '"' || c == '\'') {
      string(c);
    } else {
      operator(c);
    }
  }

  private void number() {
    Matcher number = FLOAT.matcher(text).useTransparentBounds(true).region(at, text.length());
    Kind kind = Kind.FLOAT;
    if (!number.lookingAt()) {
      number = INTEGER.matcher(text).region(at, text.length());
      kind = Kind.INTEGER;
      if (!number.lookingAt()) {
        throw source.error(at, "unexpected character '" + text.charAt(at) + "'");
      }
    }
    tokens.add(new Token(kind, at, number.group().replace("_", "")));
    at = number.end();
  }

  private void name() {
    int begin = at;
    while (at < text.length() && (text.charAt(at) == '_' || Character.isUnicodeIdentifierPart(text.codePointAt(at)))) {
      at += Character.charCount(text.codePointAt(at));
    }
    tokens.add(new Token(Kind.NAME, begin, text.substring(begin, at)));
  }

  private void string(char quote) {
    int end = at + 1;
    while (end < text.length() && text.charAt(end) != quote) {
      end += text.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= text.length()) {
      throw source.error(at, "a string without its closing quote");
    }
    tokens.add(new Token(Kind.STRING, at, new Escapes(source, at + 1, text.substring(at + 1, end)).unescaped()));
    at = end + 1;
  }

  private void operator(char first) {
    for (String operator : OPERATORS) {
      if (text.startsWith(operator, at)) {
        balance(operator);
        tokens.add(new Token(Kind.OPERATOR, at, operator));
        at += operator.length();
        return;
      }
    }
    throw source.error(at, "unexpected character '" + first + "'");
  }

  private void balance(String operator) {
    switch (operator) {
      case "(" -> brackets.push(")");
      case "[" -> brackets.push("]");
      case "{" -> brackets.push("}");
      case ")", "]", "}" -> {
        String expected = brackets.poll();
        if (!operator.equals(expected)) {
          throw source.error(at, "unexpected '" + operator + "'" + (expected == null ? "" : ", expected '" + expected + "'"));
        }
      }
      default -> {}
    }
  }
}
