package dev.wootz.engine.grammar;

/** A constraint that is wrong or asks for what cannot be enforced. The message says where, what was found and what was expected. */
public final class ConstraintException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public ConstraintException(String message) {
    super(message);
  }
}
