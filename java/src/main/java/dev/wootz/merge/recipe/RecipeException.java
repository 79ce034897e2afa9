package dev.wootz.merge.recipe;

import dev.wootz.merge.MergeException;

/** A recipe that cannot be read or makes no sense. The message starts with {@code file:line:column:} where a place is known. */
public final class RecipeException extends MergeException {
  private static final long serialVersionUID = 1;

  private final transient Position position;

  public RecipeException(String source, Position position, String message) {
    super(source + position + ": " + message);
    this.position = position;
  }

  public Position position() {
    return position == null ? Position.NONE : position;
  }
}
