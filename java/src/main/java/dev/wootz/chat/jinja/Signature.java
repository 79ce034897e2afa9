package dev.wootz.chat.jinja;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The parameters of a built-in function, in order; a question mark ends the names of those that may be left out. */
record Signature(List<String> names, int required) {

  static Signature of(String... parameters) {
    List<String> names = List.of(parameters).stream().map(name -> name.replace("?", "")).toList();
    return new Signature(names, (int) List.of(parameters).stream().filter(name -> !name.endsWith("?")).count());
  }

  /** One value for each parameter, null for what is not given. */
  @Nullable Object[] bind(String function, Arguments given) {
    @Nullable Object[] values = new @Nullable Object[names.size()];
    if (given.positional().size() > values.length) {
      throw new Fault(function + "() takes at most " + values.length + " arguments, found " + given.positional().size());
    }
    for (int i = 0; i < given.positional().size(); i++) {
      values[i] = given.positional().get(i);
    }
    for (Map.Entry<String, Object> argument : given.named().entrySet()) {
      int i = names.indexOf(argument.getKey());
      if (i < 0) {
        throw new Fault(function + "() has no parameter '" + argument.getKey() + "'");
      }
      if (values[i] != null) {
        throw new Fault(function + "() got two values for '" + argument.getKey() + "'");
      }
      values[i] = argument.getValue();
    }
    for (int i = 0; i < required; i++) {
      if (values[i] == null) {
        throw new Fault(function + "() needs the argument '" + names.get(i) + "'");
      }
    }
    return values;
  }
}
