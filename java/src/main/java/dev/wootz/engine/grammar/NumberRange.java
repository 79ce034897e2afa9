package dev.wootz.engine.grammar;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Numbers between bounds, exactly, as automata over their digits: no exponents, no leading zeros, no "-0".
 *
 * <p>A bound is compared digit by digit. {@code x <= b} holds when x has fewer digits before the point, or as many and the first that differs is
 * smaller; behind the point a missing digit is 0. Digits behind the point are few enough (15 significant ones with the bound's) that reading the
 * number as a double keeps it on its side of the bound.
 */
final class NumberRange {
  private static final int DOUBLE_DIGITS = 15;
  private static final int MOST_FRACTION = 10;

  private final JsonSyntax json;
  private final Expressions in;
  private final Expression digit;
  private int fraction;
  private int digits;

  NumberRange(JsonSyntax json) {
    this.json = json;
    this.in = json.in;
    this.digit = in.range('0', '9');
  }

  /** A bound, inclusive or not. */
  record Bound(BigDecimal value, boolean exclusive) {
    Bound negated() {
      return new Bound(value.negate(), exclusive);
    }
  }

  /**
   * @param multiples of each of which the number is a multiple, positive
   * @return {@link Expressions#nothing} where no number is between
   */
  Expression of(boolean integer, @Nullable Bound low, @Nullable Bound high, List<BigDecimal> multiples) {
    if (low == null && high == null && multiples.isEmpty()) {
      return integer ? json.integer : json.number;
    }
    Bound least = low;
    Bound most = high;
    if (integer) {
      least = low == null ? null : new Bound(ceiling(low), false);
      most = high == null ? null : new Bound(floor(high), false);
    }
    digits = Math.max(JsonSyntax.MOST_DIGITS, Math.max(length(least), length(most)));
    if (!multiples.isEmpty()) {
      // Whoever checks this with doubles must come to the same.
      fraction = integer ? 0 : multiples.stream().mapToInt(m -> Math.max(0, m.stripTrailingZeros().scale())).max().orElse(0);
      digits = Math.min(digits, DOUBLE_DIGITS - fraction);
    } else if (integer) {
      fraction = 0;
    } else {
      int room = Math.max(1, Math.min(MOST_FRACTION, DOUBLE_DIGITS - Math.max(length(least), length(most))));
      fraction = Math.max(room, Math.max(scale(least), scale(most)));
    }
    // A bound between two numbers of so many digits is the nearer one of them.
    least = least == null ? null : rounded(least, RoundingMode.CEILING);
    most = most == null ? null : rounded(most, RoundingMode.FLOOR);
    Bound zero = new Bound(BigDecimal.ZERO, false);
    Expression positive = magnitude(least == null || least.value.signum() < 0 ? zero : least, most);
    Bound aboveZero = new Bound(BigDecimal.ZERO, true);
    Expression negative = magnitude(most == null || most.value.signum() >= 0 ? aboveZero : most.negated(), least == null ? null : least.negated());
    for (BigDecimal multiple : multiples) {
      Expression divisible = Multiples.of(multiple, integer, fraction, in);
      positive = in.and(positive, divisible);
      negative = in.and(negative, divisible);
    }
    return in.choice(Dfa.of(positive, in), in.sequence(in.literal("-"), Dfa.of(negative, in)));
  }

  private Bound rounded(Bound bound, RoundingMode mode) {
    BigDecimal value = bound.value.setScale(fraction, mode);
    return value.compareTo(bound.value) == 0 ? bound : new Bound(value, false);
  }

  private static BigDecimal ceiling(Bound low) {
    BigDecimal up = low.value.setScale(0, RoundingMode.CEILING);
    return low.exclusive && up.compareTo(low.value) == 0 ? up.add(BigDecimal.ONE) : up;
  }

  private static BigDecimal floor(Bound high) {
    BigDecimal down = high.value.setScale(0, RoundingMode.FLOOR);
    return high.exclusive && down.compareTo(high.value) == 0 ? down.subtract(BigDecimal.ONE) : down;
  }

  private static int length(@Nullable Bound bound) {
    return bound == null ? 1 : whole(bound.value).length();
  }

  private static int scale(@Nullable Bound bound) {
    return bound == null ? 0 : Math.max(0, bound.value.stripTrailingZeros().scale());
  }

  private static String whole(BigDecimal value) {
    return value.abs().toBigInteger().toString();
  }

  /** Numbers of at least zero between two bounds, the lower one at least zero. */
  private Expression magnitude(Bound low, @Nullable Bound high) {
    if (high != null && high.value.signum() < 0) {
      return in.nothing;
    }
    Expression atLeast = atLeast(low);
    return high == null ? atLeast : in.and(atLeast, atMost(high));
  }

  private String fractionDigits(BigDecimal value) {
    BigDecimal rest = value.abs().subtract(new BigDecimal(value.abs().toBigInteger()));
    return rest.setScale(fraction, RoundingMode.DOWN).toPlainString().replaceFirst("^0\\.?", "");
  }

  private Expression wholeOf(int from, int to) {
    Expression more = to < Math.max(2, from) ? in.nothing : in.sequence(in.range('1', '9'), in.repeat(digit, Math.max(1, from - 1), to - 1));
    return from <= 1 && to >= 1 ? in.choice(digit, more) : more;
  }

  private Expression anyFraction() {
    return fraction == 0 ? in.empty : in.optional(in.sequence(in.literal("."), in.repeat(digit, 1, fraction)));
  }

  private Expression atLeast(Bound low) {
    String whole = whole(low.value);
    return in.choice(
        in.sequence(wholeOf(whole.length() + 1, digits), anyFraction()),
        in.sequence(differing(whole, true), anyFraction()),
        in.sequence(in.literal(whole), fractionFrom(fractionDigits(low.value), true, low.exclusive)));
  }

  private Expression atMost(Bound high) {
    String whole = whole(high.value);
    return in.choice(
        in.sequence(wholeOf(1, whole.length() - 1), anyFraction()),
        in.sequence(differing(whole, false), anyFraction()),
        in.sequence(in.literal(whole), fractionFrom(fractionDigits(high.value), false, high.exclusive)));
  }

  /** As many digits, and the first that differs is larger (or smaller). */
  private Expression differing(String whole, boolean larger) {
    Expression result = in.nothing;
    for (int i = whole.length() - 1; i >= 0; i--) {
      char d = whole.charAt(i);
      char smallest = i == 0 && whole.length() > 1 ? '1' : '0';
      Expression other = larger ? in.range(d + 1, '9') : in.range(smallest, d - 1);
      int rest = whole.length() - 1 - i;
      result = in.choice(in.sequence(other, in.repeat(digit, rest, rest)), in.sequence(in.literal(String.valueOf(d)), result));
    }
    return result;
  }

  /** Behind a whole part that is the bound's: the point and digits, or nothing. */
  private Expression fractionFrom(String bound, boolean larger, boolean exclusive) {
    boolean zero = new BigInteger("0" + bound).signum() == 0;
    Expression none = larger ? (zero && !exclusive ? in.empty : in.nothing) : (zero && exclusive ? in.nothing : in.empty);
    if (fraction == 0) {
      return none;
    }
    Expression behind = behindPoint(bound, 0, larger, exclusive);
    return in.choice(none, in.sequence(in.literal("."), behind));
  }

  /** Digits from place i on, those before it being the bound's; at least one digit at place 0. */
  private Expression behindPoint(String bound, int i, boolean larger, boolean exclusive) {
    if (i == fraction) {
      return exclusive ? in.nothing : in.empty;
    }
    boolean restZero = new BigInteger("0" + bound.substring(i)).signum() == 0;
    char d = bound.charAt(i);
    Expression rest = in.repeat(digit, 0, fraction - 1 - i);
    Expression other = larger ? in.range(d + 1, '9') : in.range('0', d - 1);
    Expression result = in.choice(in.sequence(other, rest), in.sequence(in.literal(String.valueOf(d)), behindPoint(bound, i + 1, larger, exclusive)));
    boolean mayEnd = i > 0 && (larger ? restZero && !exclusive : !restZero || !exclusive);
    return mayEnd ? in.optional(result) : result;
  }
}
