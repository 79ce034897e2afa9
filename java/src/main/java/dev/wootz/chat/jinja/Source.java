package dev.wootz.chat.jinja;

import org.jspecify.annotations.Nullable;

/** The text of a template with line feeds as the only line ends, as the lexer reads it, and the name to call it by. */
record Source(String name, String text) {

  /** One line end at the very end is no part of a template. */
  static Source of(String name, String text) {
    String lines = text.replace("\r\n", "\n").replace('\r', '\n');
    return new Source(name, lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines);
  }

  TemplateException error(int at, String problem) {
    return error(at, problem, null, null);
  }

  TemplateException error(int at, String problem, @Nullable String variable, @Nullable Throwable cause) {
    int offset = Math.min(at, text.length());
    int line = 1;
    int lineStart = 0;
    for (int i = text.indexOf('\n'); i >= 0 && i < offset; i = text.indexOf('\n', lineStart)) {
      line++;
      lineStart = i + 1;
    }
    return new TemplateException(name, line, offset - lineStart + 1, problem, variable, cause);
  }
}
