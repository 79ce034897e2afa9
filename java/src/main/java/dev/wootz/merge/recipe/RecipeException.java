package dev.wootz.merge.recipe;

import dev.wootz.merge.MergeException;

/** A recipe that cannot be read or makes no sense. The message starts with {@code file:line:column:} where a place is known. */
public final class RecipeException extends MergeException {
  private static final long serialVersionUID = 1;

  private static final int MAX_CHARACTERS = 1500;

  private final transient Position position;

  public RecipeException(String source, Position position, String message) {
    super(printable(source, position, message));
    this.position = position;
  }

  /** {@code source:line:column: message} on one line, whatever the recipe that it quotes contains. */
  static String printable(String source, Position position, String message) {
    String text = source + position + ": " + message;
    StringBuilder line = new StringBuilder();
    text.codePoints().limit(MAX_CHARACTERS).map(c -> Character.isISOControl(c) ? ' ' : c).forEach(line::appendCodePoint);
    return text.codePointCount(0, text.length()) > MAX_CHARACTERS ? line + "..." : line.toString();
  }

  public Position position() {
    return position == null ? Position.NONE : position;
  }
}
