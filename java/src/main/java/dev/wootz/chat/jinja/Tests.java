package dev.wootz.chat.jinja;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tests by name: what may follow {@code is}. */
final class Tests {
  /** Whether {@code value is name(arguments)}. */
  @FunctionalInterface
  interface Test {
    boolean holds(Object value, Arguments given, Run run);
  }

  @FunctionalInterface
  private interface Bound {
    boolean holds(Object value, @Nullable Object[] arguments, Run run);
  }

  private static final Map<String, Test> TESTS = new HashMap<>();

  static {
    add("defined", (value, a, run) -> !(value instanceof Undefined));
    add("undefined", (value, a, run) -> value instanceof Undefined);
    add("none", (value, a, run) -> value == None.NONE);
    add("boolean", (value, a, run) -> value instanceof Boolean);
    add("true", (value, a, run) -> Boolean.TRUE.equals(value));
    add("false", (value, a, run) -> Boolean.FALSE.equals(value));
    add("integer", (value, a, run) -> Numbers.isInteger(value) && !(value instanceof Boolean));
    add("float", (value, a, run) -> value instanceof Double);
    add("number", (value, a, run) -> Numbers.isNumber(value));
    add("string", (value, a, run) -> value instanceof String);
    add("mapping", (value, a, run) -> value instanceof Dict);
    add("iterable", (value, a, run) -> Iteration.possible(value));
    add("sequence", (value, a, run) -> Iteration.possible(value) && !(value instanceof Generator || value instanceof DictView));
    add("callable", (value, a, run) -> value instanceof Callable);
    add("lower", (value, a, run) -> TextMethods.isCased(PythonText.str(value, run), false));
    add("upper", (value, a, run) -> TextMethods.isCased(PythonText.str(value, run), true));
    add("escaped", (value, a, run) -> false);
    add("filter", (value, a, run) -> value instanceof String name && Filters.exists(name));
    add("test", (value, a, run) -> value instanceof String name && exists(name));
    add("odd", (value, a, run) -> Comparison.equal(remainder(value, 2L, run), 1L, run));
    add("even", (value, a, run) -> Comparison.equal(remainder(value, 2L, run), 0L, run));
    add("divisibleby", (value, a, run) -> Comparison.equal(remainder(value, given(a), run), 0L, run), "num");
    add("sameas", (value, a, run) -> same(value, given(a)), "other");
    add("in", (value, a, run) -> Comparison.contains(given(a), value, run), "seq");
    operator("==", "eq", "equalto");
    operator("!=", "ne");
    operator(">", "gt", "greaterthan");
    operator(">=", "ge");
    operator("<", "lt", "lessthan");
    operator("<=", "le");
  }

  private Tests() {}

  private static void add(String name, Bound test, String... parameters) {
    Signature signature = Signature.of(parameters);
    TESTS.put(name, (value, given, run) -> test.holds(value, signature.bind(name, given), run));
  }

  private static void operator(String operator, String... names) {
    Bound test = (value, a, run) -> Operations.holds(operator, value, given(a), run);
    add(operator, test, "other");
    for (String name : names) {
      add(name, test, "other");
    }
  }

  private static Object given(@Nullable Object[] arguments) {
    return Filters.or(arguments[0], None.NONE);
  }

  private static Object remainder(Object value, Object divisor, Run run) {
    return Arithmetic.apply("%", value, divisor, run);
  }

  /** Python's {@code is}, as far as it can be told apart. */
  private static boolean same(Object a, Object b) {
    boolean small = a instanceof Boolean || a instanceof Long || a instanceof String;
    return a == b || (small && a.equals(b));
  }

  static boolean exists(String name) {
    return TESTS.containsKey(name);
  }

  static Test named(String name) {
    Test test = TESTS.get(name);
    if (test == null) {
      throw new Fault("No test named '" + name + "'");
    }
    return test;
  }
}
