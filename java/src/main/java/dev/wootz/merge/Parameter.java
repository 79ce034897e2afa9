package dev.wootz.merge;

import org.jspecify.annotations.Nullable;

/**
 * A parameter that a method takes.
 *
 * @param scope MODEL: one value per input; GLOBAL: one per output tensor
 * @param fallback the default; null when the recipe must give it
 */
public record Parameter(String name, Scope scope, Kind kind, @Nullable Object fallback) {
  public enum Scope {
    MODEL,
    GLOBAL
  }

  public enum Kind {
    NUMBER,
    FLAG
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
}
