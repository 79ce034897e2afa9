package dev.wootz.chat.jinja;

import org.jspecify.annotations.Nullable;

/** A function that the engine provides. */
record Builtin(String name, Signature signature, Body body) implements Callable {

  /** Gets one value for each parameter, null for what is not given. */
  @FunctionalInterface
  interface Body {
    Object call(@Nullable Object[] arguments, Run run);
  }

  @Override
  public Object call(Arguments given, Run run) {
    return body.call(signature.bind(name, given), run);
  }
}
