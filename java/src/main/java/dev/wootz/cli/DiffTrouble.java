package dev.wootz.cli;

/** A comparison could not be made, which must not look like "they differ". */
final class DiffTrouble extends RuntimeException {
  private static final long serialVersionUID = 1;

  DiffTrouble(RuntimeException cause) {
    super(cause);
  }
}
