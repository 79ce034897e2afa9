package dev.wootz.engine.grammar;

import org.jspecify.annotations.Nullable;

/**
 * Whether a model may, or must, call tools.
 *
 * @param name of the one tool to call, null for any
 */
public record ToolChoice(Kind kind, @Nullable String name) {
  /** What is demanded. */
  public enum Kind {
    /** Text, calls or both. */
    AUTO,
    /** At least one call. */
    REQUIRED,
    /** One call of one tool. */
    NAMED
  }

  public static ToolChoice auto() {
    return new ToolChoice(Kind.AUTO, null);
  }

  public static ToolChoice required() {
    return new ToolChoice(Kind.REQUIRED, null);
  }

  public static ToolChoice named(String tool) {
    return new ToolChoice(Kind.NAMED, tool);
  }
}
