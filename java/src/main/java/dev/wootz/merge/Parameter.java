package dev.wootz.merge;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A parameter that a method takes.
 *
 * @param scope MODEL: one value per input; GLOBAL: one per output tensor
 * @param fallback the default; null when the recipe must give it
 * @param choices the words that a CHOICE can be; empty for the other kinds
 * @param least smallest NUMBER that makes sense
 * @param most largest NUMBER that makes sense
 */
public record Parameter(
    String name, Scope scope, Kind kind, @Nullable Object fallback, List<String> choices, double least, double most) {
  public Parameter(String name, Scope scope, Kind kind, @Nullable Object fallback) {
    this(name, scope, kind, fallback, List.of(), Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  public enum Scope {
    MODEL,
    GLOBAL
  }

  public enum Kind {
    NUMBER,
    FLAG,
    /** One of a few words, the same for every tensor; a key of the recipe's top level. */
    CHOICE
  }

  /** A parameter that may be absent without a default: {@link Parameters#has} tells. */
  public static final Object OPTIONAL = "optional";

  public static Parameter model(String name, @Nullable Double fallback) {
    return new Parameter(name, Scope.MODEL, Kind.NUMBER, fallback);
  }

  public static Parameter global(String name, @Nullable Double fallback) {
    return new Parameter(name, Scope.GLOBAL, Kind.NUMBER, fallback);
  }

  public static Parameter flag(String name, boolean fallback) {
    return new Parameter(name, Scope.GLOBAL, Kind.FLAG, fallback);
  }

  /** Absent unless the recipe gives it: the method's default depends on the mode. */
  public static Parameter choice(String name, String... choices) {
    return new Parameter(
        name, Scope.GLOBAL, Kind.CHOICE, OPTIONAL, List.of(choices), Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
  }

  /** The same, for numbers from {@code least} to {@code most} only: a recipe with another one is refused. */
  public Parameter between(double least, double most) {
    return new Parameter(name, scope, kind, fallback, choices, least, most);
  }
}
