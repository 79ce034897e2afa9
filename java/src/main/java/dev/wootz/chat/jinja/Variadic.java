package dev.wootz.chat.jinja;

import java.util.function.BiFunction;

/** A built-in function that takes its arguments as they come. */
record Variadic(String name, BiFunction<Arguments, Run, Object> body) implements Callable {
  @Override
  public Object call(Arguments given, Run run) {
    return body.apply(given, run);
  }
}
