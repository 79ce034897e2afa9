package dev.wootz.chat.jinja;

import org.jspecify.annotations.Nullable;

/** An operation failed; the node that asked for it adds the place and makes it a {@link TemplateException}. */
final class Fault extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final @Nullable String variable;

  Fault(String message) {
    this(message, null);
  }

  Fault(String message, @Nullable String variable) {
    super(message, null, false, false);
    this.variable = variable;
  }

  @Nullable String variable() {
    return variable;
  }
}
