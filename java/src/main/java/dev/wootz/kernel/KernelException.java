package dev.wootz.kernel;

/** An operation refused its arguments or failed; the message names the operation, what was found and what was expected. */
public final class KernelException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public KernelException(String message) {
    super(message);
  }
}
