package dev.wootz.cli;

/** Said by one thread, asked by another. */
final class Cancellation {
  private volatile boolean cancelled;

  void cancel() {
    cancelled = true;
  }

  boolean cancelled() {
    return cancelled;
  }

  void clear() {
    cancelled = false;
  }
}
