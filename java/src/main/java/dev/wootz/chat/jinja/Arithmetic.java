package dev.wootz.chat.jinja;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** The operators {@code + - * / // % **}, which Python also gives to texts and lists. */
final class Arithmetic {
  private Arithmetic() {}

  static Object apply(String operator, Object left, Object right, Run run) {
    Object a = Markup.plain(left);
    Object b = Markup.plain(right);
    if (operator.equals("+") && a instanceof String && b instanceof String && (left instanceof Markup || right instanceof Markup)) {
      return Markup.sum(left, right, run);
    }
    if (a instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
      run.charge(a instanceof BigInteger || b instanceof BigInteger ? 1000 : 1);
      return numbers(operator, a, b, run);
    }
    if (operator.equals("+")) {
      return sum(a, b, run);
    }
    if (operator.equals("*") && Numbers.isInteger(b)) {
      return repeated(a, Numbers.integer(b), b, run);
    }
    if (operator.equals("*") && Numbers.isInteger(a)) {
      return repeated(b, Numbers.integer(a), a, run);
    }
    if (operator.equals("%") && a instanceof String pattern) {
      return PercentFormat.format(pattern, b, run);
    }
    throw unsupported(operator, a, b);
  }

  private static Object numbers(String operator, Object a, Object b, Run run) {
    return switch (operator) {
      case "+" -> Numbers.add(a, b);
      case "-" -> Numbers.subtract(a, b);
      case "*" -> Numbers.multiply(a, b);
      case "/" -> Numbers.divide(a, b);
      case "//" -> Numbers.floorDivide(a, b);
      case "%" -> Numbers.remainder(a, b);
      case "**" -> {
        run.charge(1000);
        yield Numbers.power(a, b);
      }
      default -> throw new IllegalStateException(operator);
    };
  }

  private static Object sum(Object a, Object b, Run run) {
    if (a instanceof String s && b instanceof String t) {
      run.chargeText((long) s.length() + t.length());
      return s + t;
    }
    if (a instanceof Tuple x && b instanceof Tuple y) {
      return new Tuple(joined(x.elements(), y.elements(), run));
    }
    if (a instanceof List<?> x && b instanceof List<?> y && !(a instanceof Range) && !(b instanceof Range)) {
      return joined(x, y, run);
    }
    if (a instanceof String && !(b instanceof Undefined)) {
      throw new Fault("can only concatenate str (not \"" + Kind.of(b) + "\") to str");
    }
    throw unsupported("+", a, b);
  }

  private static List<Object> joined(List<?> a, List<?> b, Run run) {
    run.chargeElements((long) a.size() + b.size());
    List<Object> joined = new ArrayList<>(a);
    joined.addAll(b);
    return joined;
  }

  private static Object repeated(Object value, long times, Object count, Run run) {
    if (value instanceof String text) {
      return TextMethods.repeat(text, times, run);
    }
    if (value instanceof Tuple tuple) {
      return new Tuple(repeatedElements(tuple.elements(), times, run));
    }
    if (value instanceof List<?> list && !(value instanceof Range)) {
      return repeatedElements(list, times, run);
    }
    throw unsupported("*", value, count);
  }

  private static List<Object> repeatedElements(List<?> elements, long times, Run run) {
    run.chargeElements(times <= 0 ? 0 : (long) Math.min(elements.size() * (double) times, Integer.MAX_VALUE));
    List<Object> repeated = new ArrayList<>();
    for (long i = 0; i < times && !elements.isEmpty(); i++) {
      repeated.addAll(elements);
    }
    return repeated;
  }

  private static Fault unsupported(String operator, Object a, Object b) {
    if (a instanceof Undefined undefined) {
      return undefined.fault();
    }
    if (b instanceof Undefined undefined) {
      return undefined.fault();
    }
    return new Fault("unsupported operand type(s) for " + operator + ": '" + Kind.of(a) + "' and '" + Kind.of(b) + "'");
  }
}
