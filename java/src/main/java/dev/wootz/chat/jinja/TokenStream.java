package dev.wootz.chat.jinja;

import dev.wootz.chat.jinja.Token.Kind;
import java.util.List;

/** The tokens of a template, read from left to right. */
final class TokenStream {
  private static final int DEEPEST = 150;

  private final Source source;
  private final List<Token> tokens;
  private int at;
  private int depth;

  TokenStream(Source source, List<Token> tokens) {
    this.source = source;
    this.tokens = tokens;
  }

  Token current() {
    return tokens.get(at);
  }

  /** The token after the current one. */
  Token following() {
    return tokens.get(Math.min(at + 1, tokens.size() - 1));
  }

  Token next() {
    Token token = tokens.get(at);
    if (at < tokens.size() - 1) {
      at++;
    }
    return token;
  }

  /** Whether the current token was this name, which is then behind. */
  boolean skipName(String name) {
    boolean found = current().isName(name);
    if (found) {
      next();
    }
    return found;
  }

  /** Whether the current token was this operator, which is then behind. */
  boolean skipOperator(String operator) {
    boolean found = current().isOperator(operator);
    if (found) {
      next();
    }
    return found;
  }

  void expectOperator(String operator) {
    if (!skipOperator(operator)) {
      throw unexpected("'" + operator + "'");
    }
  }

  Token expect(Kind kind, String description) {
    if (!current().is(kind)) {
      throw unexpected(description);
    }
    return next();
  }

  TemplateException unexpected(String expected) {
    return error(current().at(), "expected " + expected + ", found " + current().describe());
  }

  TemplateException error(int position, String problem) {
    return source.error(position, problem);
  }

  /** One level of nesting deeper; {@link #leave} must follow. */
  void enter() {
    if (++depth > DEEPEST) {
      throw error(current().at(), "the template nests more than " + DEEPEST + " deep");
    }
  }

  void leave() {
    depth--;
  }
}
