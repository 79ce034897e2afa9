package dev.wootz.chat.jinja;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A macro, or the body of a {@code call} block.
 *
 * @param scope where it was defined, whose variables its body sees as they are when it is called
 */
record Macro(Definition definition, Scope scope) implements Callable {

  /**
   * What stands in the template.
   *
   * @param name of the macro, {@code caller} for a call block's body
   * @param rest which of the names {@code varargs}, {@code kwargs} and {@code caller} the body speaks of; it takes no others' arguments
   */
  record Definition(String name, List<Parameter> parameters, Set<String> rest, Block body) {}

  /** A parameter and what it is when not given. */
  record Parameter(String name, @Nullable Expression otherwise) {}

  @Override
  public String name() {
    return definition.name();
  }

  @Nullable Object attribute(String name) {
    return switch (name) {
      case "name" -> definition.name();
      case "arguments" -> new Tuple(List.copyOf(definition.parameters().stream().map(Parameter::name).toList()));
      case "catch_kwargs" -> definition.rest().contains("kwargs");
      case "catch_varargs" -> definition.rest().contains("varargs");
      case "caller" -> definition.rest().contains("caller");
      default -> null;
    };
  }

  @Override
  public Object call(Arguments given, Run run) {
    Scope inner = scope.inner();
    Set<String> used = new HashSet<>();
    List<Object> positional = given.positional();
    int count = definition.parameters().size();
    for (int i = 0; i < count; i++) {
      Parameter parameter = definition.parameters().get(i);
      Object named = given.named().get(parameter.name());
      if (i < positional.size()) {
        inner.set(parameter.name(), positional.get(i));
      } else if (named != null && used.add(parameter.name())) {
        inner.set(parameter.name(), named);
      } else {
        inner.set(parameter.name(), parameter.otherwise() == null ? missing(parameter) : parameter.otherwise().evaluate(inner));
      }
    }
    takeCaller(inner, given, used);
    takeRest(inner, given, used);
    if (positional.size() > count && !definition.rest().contains("varargs")) {
      throw new Fault("macro '" + name() + "' takes not more than " + count + " argument(s)");
    }
    return run.capture(() -> definition.body().execute(inner));
  }

  private static Undefined missing(Parameter parameter) {
    return new Undefined("parameter '" + parameter.name() + "' was not provided", parameter.name());
  }

  private void takeCaller(Scope inner, Arguments given, Set<String> used) {
    if (definition.rest().contains("caller") && definition.parameters().stream().noneMatch(p -> p.name().equals("caller"))) {
      Object caller = given.named().get("caller");
      used.add("caller");
      inner.set("caller", caller == null ? new Undefined("No caller defined", "caller") : caller);
    }
  }

  private void takeRest(Scope inner, Arguments given, Set<String> used) {
    Dict others = new Dict();
    for (Map.Entry<String, Object> argument : given.named().entrySet()) {
      if (!used.contains(argument.getKey())) {
        others.put(argument.getKey(), argument.getValue());
      }
    }
    if (definition.rest().contains("kwargs")) {
      inner.set("kwargs", others);
    } else if (others.size() > 0) {
      throw new Fault("macro '" + name() + "' takes no keyword argument '" + others.keys().get(0) + "'");
    }
    if (definition.rest().contains("varargs")) {
      List<Object> positional = given.positional();
      inner.set("varargs", new Tuple(positional.subList(Math.min(definition.parameters().size(), positional.size()), positional.size())));
    }
  }
}
