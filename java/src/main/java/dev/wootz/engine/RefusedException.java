package dev.wootz.engine;

/** An engine did not take a request on, or had to give it up before its turn came. */
public final class RefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Why. */
  public enum Reason {
    /** As many requests wait as may. */
    QUEUE_FULL,
    /** Its turn did not come in time. */
    WAITED_TOO_LONG,
    /** It would not fit into the cache even alone. */
    TOO_LONG,
    /** The engine was closed. */
    CLOSED
  }

  private final Reason reason;

  RefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
