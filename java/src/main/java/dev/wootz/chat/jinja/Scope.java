package dev.wootz.chat.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The variables of a loop's pass, a macro's call or the whole template; what is not found here is looked up in the enclosing scope. */
final class Scope {
  private final Run run;
  private final @Nullable Scope enclosing;
  private final Map<String, Object> variables = new HashMap<>();

  private Scope(Run run, @Nullable Scope enclosing) {
    this.run = run;
    this.enclosing = enclosing;
  }

  static Scope of(Run run) {
    return new Scope(run, null);
  }

  Scope inner() {
    return new Scope(run, this);
  }

  Run run() {
    return run;
  }

  void set(String name, Object value) {
    variables.put(name, value);
  }

  /** Null when there is none. */
  @Nullable Object find(String name) {
    for (Scope scope = this; scope != null; scope = scope.enclosing) {
      Object value = scope.variables.get(name);
      if (value != null) {
        return value;
      }
    }
    return null;
  }
}
