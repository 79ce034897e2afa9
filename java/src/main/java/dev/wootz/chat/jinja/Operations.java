package dev.wootz.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Expressions made of operators. */
final class Operations {
  private Operations() {}

  record Negation(int at, Expression operand) implements Expression {
    @Override
    public Object value(Scope scope) {
      return !Truth.of(operand.evaluate(scope));
    }
  }

  /** {@code and} and {@code or}: the value of the side that decides. */
  record Junction(int at, boolean and, Expression left, Expression right) implements Expression {
    @Override
    public Object value(Scope scope) {
      Object first = left.evaluate(scope);
      return Truth.of(first) == and ? right.evaluate(scope) : first;
    }
  }

  record Conditional(int at, Expression condition, Expression then, @Nullable Expression otherwise) implements Expression {
    @Override
    public Object value(Scope scope) {
      if (Truth.of(condition.evaluate(scope))) {
        return then.evaluate(scope);
      }
      return otherwise != null
          ? otherwise.evaluate(scope)
          : new Undefined("the inline if-expression evaluated to false and no else section was defined", null);
    }
  }

  /** A sign before a number. */
  record Sign(int at, boolean minus, Expression operand) implements Expression {
    @Override
    public Object value(Scope scope) {
      Object value = operand.evaluate(scope);
      if (value instanceof Undefined undefined) {
        throw undefined.fault();
      }
      if (!Numbers.isNumber(value)) {
        throw new Fault("bad operand type for unary " + (minus ? "-" : "+") + ": '" + Kind.of(value) + "'");
      }
      return minus ? Numbers.negate(value) : value instanceof Boolean ? Numbers.asLong(value) : value;
    }

    @Override
    public List<Expression> parts() {
      return List.of(operand);
    }
  }

  record Binary(int at, String operator, Expression left, Expression right) implements Expression {
    @Override
    public Object value(Scope scope) {
      Object a = left.evaluate(scope);
      return Arithmetic.apply(operator, a, right.evaluate(scope), scope.run());
    }

    @Override
    public List<Expression> parts() {
      return List.of(left, right);
    }
  }

  /** {@code a ~ b ~ c}: their texts, one after the other. */
  record Concatenation(int at, List<Expression> parts) implements Expression {
    @Override
    public Object value(Scope scope) {
      Run run = scope.run();
      StringBuilder text = new StringBuilder();
      for (Object value : Literals.all(parts, scope)) {
        int before = text.length();
        text.append(PythonText.str(value, run));
        run.chargeGrowth(text, before);
      }
      return text.toString();
    }
  }

  /** {@code a < b <= c}: true when each comparison is; stops at the first that is not. */
  record Comparisons(int at, Expression first, List<String> operators, List<Expression> others) implements Expression {
    @Override
    public Object value(Scope scope) {
      Object left = Markup.plain(first.evaluate(scope));
      for (int i = 0; i < operators.size(); i++) {
        Object right = Markup.plain(others.get(i).evaluate(scope));
        if (!holds(operators.get(i), left, right, scope.run())) {
          return false;
        }
        left = right;
      }
      return true;
    }

    @Override
    public List<Expression> parts() {
      List<Expression> all = new ArrayList<>(others);
      all.add(0, first);
      return all;
    }
  }

  static boolean holds(String operator, Object left, Object right, Run run) {
    return switch (operator) {
      case "==" -> Comparison.equal(left, right, run);
      case "!=" -> !Comparison.equal(left, right, run);
      case "in" -> Comparison.contains(right, left, run);
      case "not in" -> !Comparison.contains(right, left, run);
      case "<" -> Comparison.order(left, right, operator, run) == -1;
      case ">" -> Comparison.order(left, right, operator, run) == 1;
      default -> {
        int order = Comparison.order(left, right, operator, run);
        yield order == 0 || order == (operator.equals("<=") ? -1 : 1);
      }
    };
  }
}
