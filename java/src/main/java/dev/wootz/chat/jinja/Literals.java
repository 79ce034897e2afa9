package dev.wootz.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Expressions that are written out: constants, lists, tuples, dicts. */
final class Literals {
  private Literals() {}

  record Constant(int at, Object constant) implements Expression {
    @Override
    public Object value(Scope scope) {
      return constant;
    }

    @Override
    public String spelling() {
      return constant instanceof String text && text.length() < 40 ? "'" + text + "'" : "";
    }
  }

  record ListDisplay(int at, List<Expression> elements) implements Expression {
    @Override
    public Object value(Scope scope) {
      return all(elements, scope);
    }
  }

  record TupleDisplay(int at, List<Expression> elements) implements Expression {
    @Override
    public Object value(Scope scope) {
      return new Tuple(all(elements, scope));
    }
  }

  record DictDisplay(int at, List<Expression> keys, List<Expression> values) implements Expression {
    @Override
    public Object value(Scope scope) {
      Dict dict = new Dict();
      for (int i = 0; i < keys.size(); i++) {
        dict.put(Markup.plain(keys.get(i).evaluate(scope)), values.get(i).evaluate(scope), scope.run());
      }
      return dict;
    }
  }

  static List<Object> all(List<Expression> expressions, Scope scope) {
    List<Object> values = new ArrayList<>(expressions.size());
    expressions.forEach(expression -> values.add(expression.evaluate(scope)));
    return values;
  }
}
