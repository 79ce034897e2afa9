package dev.wootz.chat.jinja;

import org.jspecify.annotations.Nullable;

/** A template cannot be parsed or rendered. The message starts with the template's name, line and column. */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String template;
  private final int line;
  private final int column;
  private final @Nullable String variable;

  TemplateException(String template, int line, int column, String problem, @Nullable String variable, @Nullable Throwable cause) {
    super(template + ":" + line + ":" + column + ": " + problem, cause);
    this.template = template;
    this.line = line;
    this.column = column;
    this.variable = variable;
  }

  /** The name that the template was parsed under. */
  public String template() {
    return template;
  }

  /** Counted from 1. */
  public int line() {
    return line;
  }

  /** Counted from 1, in UTF-16 units. */
  public int column() {
    return column;
  }

  /** The variable that the trouble is with, as the template spells it, such as {@code message.content}; null where there is none. */
  public @Nullable String variable() {
    return variable;
  }
}
