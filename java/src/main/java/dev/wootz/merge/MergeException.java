package dev.wootz.merge;

/** A recipe, its models or its values cannot be merged. The message names what was found, where, and what was expected. */
public class MergeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public MergeException(String message) {
    super(message);
  }

  public MergeException(String message, Throwable cause) {
    super(message, cause);
  }
}
