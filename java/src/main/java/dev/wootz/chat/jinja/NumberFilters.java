package dev.wootz.chat.jinja;

import org.jspecify.annotations.Nullable;

/** The filters that give numbers. */
final class NumberFilters {
  private NumberFilters() {}

  static void register() {
    Filters.add("int", (value, a, run) -> {
      int base = (int) Numbers.integer(Filters.or(a[1], 10L));
      return integer(value, Filters.or(a[0], 0L), base, run);
    }, "default?", "base?");
    Filters.add("float", (value, a, run) -> {
      Double real = real(value, run);
      return real == null ? Filters.or(a[0], 0.0) : real;
    }, "default?");
    Filters.add("abs", (value, a, run) -> absolute(value));
    Filters.add("round", (value, a, run) -> round(value, Filters.or(a[0], 0L), Filters.or(a[1], "common"), run), "precision?", "method?");
  }

  private static Object integer(Object value, Object otherwise, int base, Run run) {
    if (base < 2 || base > 36) {
      return otherwise;
    }
    if (value instanceof String text) {
      run.charge(text.length());
      Object integer = Conversions.integer(text, base);
      if (integer != null) {
        return integer;
      }
    }
    if (Numbers.isInteger(value)) {
      return Numbers.of(Numbers.big(value));
    }
    Double real = real(value, run);
    return real == null || !Double.isFinite(real) ? otherwise : Conversions.truncate(real);
  }

  private static @Nullable Double real(Object value, Run run) {
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (value instanceof String text) {
      run.charge(text.length());
      return Conversions.real(text);
    }
    return Numbers.isNumber(value) ? (Double) Numbers.real(value) : null;
  }

  private static Object absolute(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (!Numbers.isNumber(value)) {
      throw new Fault("bad operand type for abs(): '" + Kind.of(value) + "'");
    }
    return value instanceof Double real ? (Object) Math.abs(real) : Numbers.of(Numbers.big(value).abs());
  }

  private static Object round(Object value, Object precision, Object method, Run run) {
    if (!Numbers.isNumber(value)) {
      if (value instanceof Undefined undefined) {
        throw undefined.fault();
      }
      throw new Fault("type " + Kind.of(value) + " doesn't define __round__ method");
    }
    run.chargeExact();
    if (method.equals("common")) {
      long digits = Numbers.integer(precision);
      Object plain = value instanceof Boolean truth ? Numbers.asLong(truth) : value;
      return Numbers.round(plain, (int) Math.max(-1000, Math.min(digits, 1000)));
    }
    boolean up = method.equals("ceil");
    if (!up && !method.equals("floor")) {
      throw new Fault("method must be common, ceil or floor");
    }
    Object scale = Arithmetic.apply("**", 10L, precision, run);
    double scaled = Numbers.real(Arithmetic.apply("*", value, scale, run));
    return Arithmetic.apply("/", Conversions.truncate(up ? Math.ceil(scaled) : Math.floor(scaled)), scale, run);
  }
}
