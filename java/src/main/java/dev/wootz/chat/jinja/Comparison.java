package dev.wootz.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Equality, order and membership as Python defines them. */
final class Comparison {
  private Comparison() {}

  static boolean equal(Object a, Object b, Run run) {
    run.charge(1);
    if (a == b) {
      return !(a instanceof Double number && number.isNaN());
    }
    if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
      return compareNumbers(a, b) == 0;
    }
    if (a instanceof String s && b instanceof String t) {
      run.charge(Math.min(s.length(), t.length()) >> 6);
      return s.equals(t);
    }
    if (a instanceof List<?> x && b instanceof List<?> y) {
      return a instanceof Range == b instanceof Range && equalElements(x, y, run);
    }
    if (a instanceof Tuple x && b instanceof Tuple y) {
      return equalElements(x.elements(), y.elements(), run);
    }
    if (a instanceof Dict x && b instanceof Dict y) {
      return equalEntries(x, y, run);
    }
    return a instanceof Undefined && b instanceof Undefined;
  }

  private static boolean equalElements(List<?> a, List<?> b, Run run) {
    if (a.size() != b.size()) {
      return false;
    }
    run.enter();
    boolean equal = true;
    for (int i = 0; equal && i < a.size(); i++) {
      equal = equal(a.get(i), b.get(i), run);
    }
    run.leave();
    return equal;
  }

  private static boolean equalEntries(Dict a, Dict b, Run run) {
    if (a.size() != b.size()) {
      return false;
    }
    run.enter();
    boolean equal = true;
    for (Dict.Item item : a) {
      Object other = b.get(item.key(), run);
      equal &= other != null && equal(item.value(), other, run);
    }
    run.leave();
    return equal;
  }

  /** -1, 0 or 1; 2 where one is NaN, which is neither below nor equal nor above; refused for what Python does not order. */
  static int order(Object a, Object b, Run run) {
    return order(a, b, "<", run);
  }

  /**
   * As {@link #order(Object, Object, Run)}.
   *
   * @param operator for the message
   */
  static int order(Object a, Object b, String operator, Run run) {
    run.charge(1);
    if (Numbers.isNumber(a) && Numbers.isNumber(b)) {
      return compareNumbers(a, b);
    }
    if (a instanceof String s && b instanceof String t) {
      run.charge(Math.min(s.length(), t.length()) >> 6);
      return compareText(s, t);
    }
    List<?> x = elements(a);
    List<?> y = elements(b);
    if (x == null || y == null || a instanceof Tuple != b instanceof Tuple) {
      throw unordered(a, b, operator);
    }
    for (int i = 0; i < Math.min(x.size(), y.size()); i++) {
      if (!equal(x.get(i), y.get(i), run)) {
        run.enter();
        int order = order(x.get(i), y.get(i), operator, run);
        run.leave();
        return order;
      }
    }
    return Integer.compare(x.size(), y.size());
  }

  private static Fault unordered(Object a, Object b, String operator) {
    if (a instanceof Undefined undefined) {
      return undefined.fault();
    }
    if (b instanceof Undefined undefined) {
      return undefined.fault();
    }
    return new Fault("'" + operator + "' not supported between instances of '" + Kind.of(a) + "' and '" + Kind.of(b) + "'");
  }

  private static @Nullable List<?> elements(Object value) {
    return value instanceof Tuple tuple ? tuple.elements() : value instanceof List<?> list && !(value instanceof Range) ? list : null;
  }

  /** Whether {@code container} holds {@code element}, the operator {@code in}. */
  static boolean contains(Object container, Object element, Run run) {
    if (container instanceof String text) {
      if (!(element instanceof String part)) {
        if (element instanceof Undefined undefined) {
          throw undefined.fault();
        }
        throw new Fault("'in <string>' requires string as left operand, not " + Kind.of(element));
      }
      run.chargeSearch(text.length(), part.length());
      return text.contains(part);
    }
    if (container instanceof Dict dict) {
      return dict.contains(element, run);
    }
    if (!Iteration.possible(container)) {
      throw new Fault("argument of type '" + Kind.of(container) + "' is not iterable");
    }
    for (var elements = Iteration.of(container, run); elements.hasNext(); ) {
      Object candidate = elements.next();
      if (candidate == element || equal(candidate, element, run)) {
        return true;
      }
    }
    return false;
  }

  /** By code points, where Java's own order is by UTF-16 units. */
  private static int compareText(String a, String b) {
    int length = Math.min(a.length(), b.length());
    for (int i = 0; i < length; i++) {
      char x = a.charAt(i);
      char y = b.charAt(i);
      if (x != y) {
        boolean bothOrNone = Character.isSurrogate(x) == Character.isSurrogate(y);
        return bothOrNone ? Integer.signum(x - y) : Character.isSurrogate(x) ? 1 : -1;
      }
    }
    return Integer.compare(a.length(), b.length());
  }

  /** Exact, whatever the types: -1, 0 or 1, and 2 where one is NaN. */
  static int compareNumbers(Object a, Object b) {
    if (a instanceof Long x && b instanceof Long y) {
      return Long.compare(x, y);
    }
    if (isUnordered(a) || isUnordered(b)) {
      double x = rounded(a);
      double y = rounded(b);
      return Double.isNaN(x) || Double.isNaN(y) ? 2 : x == y ? 0 : Double.compare(x, y);
    }
    if (a instanceof Double || b instanceof Double) {
      // rounding to double keeps the order; only of equal ones nothing is known
      int order = Double.compare(rounded(a), rounded(b));
      if (order != 0 && rounded(a) != rounded(b)) {
        return order;
      }
      if (a instanceof Double && b instanceof Double) {
        return 0;
      }
    }
    return exact(a).compareTo(exact(b));
  }

  private static double rounded(Object number) {
    return number instanceof BigInteger big ? big.doubleValue() : Numbers.real(number);
  }

  private static boolean isUnordered(Object number) {
    return number instanceof Double d && !Double.isFinite(d);
  }

  private static BigDecimal exact(Object number) {
    if (number instanceof Double d) {
      return new BigDecimal(d);
    }
    return number instanceof BigInteger big ? new BigDecimal(big) : BigDecimal.valueOf(Numbers.asLong(number));
  }
}
