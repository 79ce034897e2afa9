package dev.wootz.chat.jinja;

import dev.wootz.chat.jinja.Literals.Constant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Expressions that look something up: variables, attributes, elements, slices. */
final class Lookups {
  private static final int LONGEST_SPELLING = 100;

  private Lookups() {}

  private static String joined(String owner, String step) {
    return owner.isEmpty() || owner.length() + step.length() > LONGEST_SPELLING ? "" : owner + step;
  }

  record Name(int at, String name) implements Expression {
    @Override
    public Object value(Scope scope) {
      Object value = scope.find(name);
      if (value == null) {
        value = Globals.find(name);
      }
      return value == null ? Undefined.variable(name) : value;
    }

    @Override
    public String spelling() {
      return name;
    }
  }

  record Attribute(int at, Expression owner, String name) implements Expression {
    @Override
    public Object value(Scope scope) {
      return Attributes.attribute(Markup.plain(owner.evaluate(scope)), name, scope.run());
    }

    @Override
    public String spelling() {
      return joined(owner.spelling(), "." + name);
    }

    @Override
    public List<Expression> parts() {
      return List.of(owner);
    }
  }

  record Item(int at, Expression owner, Expression key) implements Expression {
    @Override
    public Object value(Scope scope) {
      return Attributes.item(Markup.plain(owner.evaluate(scope)), Markup.plain(key.evaluate(scope)), scope.run());
    }

    @Override
    public String spelling() {
      return joined(owner.spelling(), key instanceof Constant constant ? "[" + constant.constant() + "]" : "[...]");
    }

    @Override
    public List<Expression> parts() {
      return List.of(owner);
    }
  }

  /** Bounds and step are null where the template leaves them out. */
  record Slice(int at, Expression owner, @Nullable Expression start, @Nullable Expression stop, @Nullable Expression step)
      implements Expression {
    @Override
    public Object value(Scope scope) {
      return Slices.slice(Markup.plain(owner.evaluate(scope)), bound(start, scope), bound(stop, scope), bound(step, scope), scope.run());
    }

    private static Object bound(@Nullable Expression expression, Scope scope) {
      return expression == null ? None.NONE : expression.evaluate(scope);
    }

    @Override
    public List<Expression> parts() {
      return List.of(owner);
    }
  }
}
