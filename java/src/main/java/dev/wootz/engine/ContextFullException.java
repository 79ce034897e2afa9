package dev.wootz.engine;

/** A session has no room for more tokens, or a text has more than the context holds. */
public final class ContextFullException extends RuntimeException {
  private static final long serialVersionUID = 1;

  ContextFullException(String message) {
    super(message);
  }

  ContextFullException(int tokens, int more, int context) {
    super(
        "the context holds " + context + " tokens: " + tokens + " are in it and " + more
            + " more do not fit; load the model with a longer context, or shorten the prompt");
  }
}
