package dev.wootz.engine.grammar;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;

/** Decimal numbers without a sign that are multiples of one: the remainder is the state, each digit d leads from r to (10 r + d) mod k. */
final class Multiples {
  private Multiples() {}

  /** How multiples of a number are recognized: as multiples of {@code divisor} after the point was moved {@code places} to the right. */
  record Divisor(BigInteger divisor, int places) {}

  static Divisor divisor(BigDecimal multiple, boolean integer) {
    BigDecimal plain = multiple.stripTrailingZeros();
    int places = Math.max(0, plain.scale());
    BigInteger divisor = plain.movePointRight(places).toBigIntegerExact();
    if (integer && places > 0) {
      // n * 10^places is a multiple of the divisor exactly when n is one of the divisor without what it shares with 10^places.
      return new Divisor(divisor.divide(divisor.gcd(BigInteger.TEN.pow(places))), 0);
    }
    return new Divisor(divisor, places);
  }

  /**
   * @param fraction most digits behind the point, at least the multiple's own; 0 for integers
   */
  static Expression of(BigDecimal multiple, boolean integer, int fraction, Expressions in) {
    Divisor found = divisor(multiple, integer);
    BigInteger remainders = found.divisor().multiply(BigInteger.TEN.pow(integer ? 0 : fraction - found.places()));
    if (remainders.bitLength() > 14) {
      throw new ConstraintException("found multipleOf " + multiple.toPlainString() + " of numbers with " + fraction + " digits behind the point, expected at most 16383 remainders");
    }
    int k = remainders.intValueExact();
    List<Expression.Rule> whole = rules("whole", multiple, integer, fraction, k, in);
    Expression.Rule first = whole.get(0);
    if (first.definition != null) {
      return first.definition;
    }
    // rules are never empty: each stands for one digit at least
    List<List<Expression.Rule>> behind = new ArrayList<>();
    for (int place = 0; place < fraction; place++) {
      behind.add(rules("place " + place, multiple, integer, fraction, k, in));
    }
    for (int place = fraction - 1; place >= 0; place--) {
      for (int r = 0; r < k; r++) {
        List<Expression> ways = new ArrayList<>();
        for (int d = 0; d < 10; d++) {
          int next = (10 * r + d) % k;
          Expression more = place + 1 < fraction ? behind.get(place + 1).get(next) : in.nothing;
          ways.add(in.sequence(in.range('0' + d, '0' + d), mayEnd(next, fraction - place - 1, k) ? in.optional(more) : more));
        }
        behind.get(place).get(r).definition = in.choice(ways);
      }
    }
    for (int r = 0; r < k; r++) {
      List<Expression> ways = new ArrayList<>();
      for (int d = 0; d < 10; d++) {
        int next = (10 * r + d) % k;
        List<Expression> more = new ArrayList<>(List.of(whole.get(next)));
        if (fraction > 0) {
          more.add(in.sequence(in.literal("."), behind.get(0).get(next)));
        }
        if (mayEnd(next, fraction, k)) {
          more.add(in.empty);
        }
        ways.add(in.sequence(in.range('0' + d, '0' + d), in.choice(more)));
      }
      whole.get(r).definition = in.choice(ways);
    }
    return first;
  }

  private static boolean mayEnd(int remainder, int zeros, int k) {
    return BigInteger.valueOf(remainder).multiply(BigInteger.TEN.pow(zeros)).mod(BigInteger.valueOf(k)).signum() == 0;
  }

  private static List<Expression.Rule> rules(String what, BigDecimal multiple, boolean integer, int fraction, int k, Expressions in) {
    List<Expression.Rule> rules = new ArrayList<>();
    for (int r = 0; r < k; r++) {
      rules.add(in.rule((integer ? "integer" : "number") + " multiple of " + multiple.toPlainString() + ", " + fraction + " places, " + what + ", remainder " + r));
    }
    return rules;
  }
}
