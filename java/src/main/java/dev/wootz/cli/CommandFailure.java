package dev.wootz.cli;

/** A command cannot do what was asked; the message is for the user as it is. */
final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  CommandFailure(String message) {
    super(message);
  }
}
