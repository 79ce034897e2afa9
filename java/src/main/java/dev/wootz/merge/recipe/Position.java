package dev.wootz.merge.recipe;

/**
 * A place in a recipe's text, for messages.
 *
 * @param line from 1; 0 when the value comes from no text
 * @param column from 1
 */
public record Position(int line, int column) {
  public static final Position NONE = new Position(0, 0);

  /** {@code ":5:7"}, to be put after a file's name; empty without a place. */
  @Override
  public String toString() {
    return line == 0 ? "" : ":" + line + ":" + column;
  }
}
