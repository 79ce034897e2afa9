package dev.wootz.chat;

import org.jspecify.annotations.Nullable;

/** A conversation or a tool is not of the form that it must have. */
public final class ChatException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ChatException(String message) {
    this(message, null);
  }

  public ChatException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
