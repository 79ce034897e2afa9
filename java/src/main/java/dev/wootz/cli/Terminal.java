package dev.wootz.cli;

/** Whether standard error is a terminal, where a line can be rewritten. */
final class Terminal {
  /** Set by the launcher, which can ask the system; Java 17 cannot tell one stream from another. */
  private static final String PROPERTY = "wootz.terminal";

  private Terminal() {}

  static boolean attached() {
    String told = System.getProperty(PROPERTY);
    return told == null ? System.console() != null : Boolean.parseBoolean(told);
  }
}
