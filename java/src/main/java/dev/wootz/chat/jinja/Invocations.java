package dev.wootz.chat.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Expressions with arguments: calls, filters, tests. */
final class Invocations {
  private Invocations() {}

  /** The arguments as written; {@code rest} is {@code *list}, {@code others} is {@code **dict}. */
  record ArgumentList(
      List<Expression> positional, Map<String, Expression> named, @Nullable Expression rest, @Nullable Expression others) {
    static final ArgumentList NONE = new ArgumentList(List.of(), Map.of(), null, null);

    Arguments evaluate(Scope scope) {
      List<Object> values = new ArrayList<>(positional.size());
      positional.forEach(expression -> values.add(Markup.plain(expression.evaluate(scope))));
      if (rest != null) {
        Iteration.of(rest.evaluate(scope), scope.run()).forEachRemaining(values::add);
      }
      if (named.isEmpty() && others == null) {
        return new Arguments(values, Map.of());
      }
      Map<String, Object> byName = new LinkedHashMap<>();
      named.forEach((name, expression) -> byName.put(name, Markup.plain(expression.evaluate(scope))));
      if (others != null) {
        spread(others.evaluate(scope), byName, scope.run());
      }
      return new Arguments(values, byName);
    }

    private static void spread(Object mapping, Map<String, Object> byName, Run run) {
      if (!(mapping instanceof Dict dict)) {
        throw new Fault("argument after ** must be a mapping, not " + Kind.of(mapping));
      }
      run.charge(dict.size());
      for (Dict.Item item : dict) {
        if (!(item.key() instanceof String name)) {
          throw new Fault("keywords must be strings");
        }
        if (byName.put(name, item.value()) != null) {
          throw new Fault("two values for the argument '" + name + "'");
        }
      }
    }
  }

  record Call(int at, Expression function, ArgumentList arguments) implements Expression {
    @Override
    public Object value(Scope scope) {
      return call(scope, null);
    }

    /** {@code caller}: the body of a call block, null elsewhere. */
    Object call(Scope scope, @Nullable Macro caller) {
      Object callee = function.evaluate(scope);
      if (callee instanceof Undefined undefined) {
        throw undefined.fault();
      }
      if (!(callee instanceof Callable callable)) {
        throw new Fault("'" + Kind.of(callee) + "' object is not callable");
      }
      Arguments given = arguments.evaluate(scope);
      return callable.call(caller == null ? given : given.with("caller", caller), scope.run());
    }

    @Override
    public List<Expression> parts() {
      return List.of(function);
    }
  }

  /** {@code subject} is null for the text of a filter block, which {@link #apply} is given. */
  record Filter(int at, @Nullable Expression subject, String name, ArgumentList arguments) implements Expression {
    @Override
    public Object value(Scope scope) {
      if (subject == null) {
        throw new IllegalStateException("a filter without a value");
      }
      return apply(subject.evaluate(scope), scope);
    }

    Object apply(Object value, Scope scope) {
      return Filters.named(name).apply(value, arguments.evaluate(scope), scope.run());
    }

    @Override
    public List<Expression> parts() {
      return subject == null ? List.of() : List.of(subject);
    }
  }

  record Test(int at, Expression subject, String name, ArgumentList arguments) implements Expression {
    @Override
    public Object value(Scope scope) {
      Object value = Markup.plain(subject.evaluate(scope));
      return Tests.named(name).holds(value, arguments.evaluate(scope), scope.run());
    }

    @Override
    public List<Expression> parts() {
      return List.of(subject);
    }
  }
}
