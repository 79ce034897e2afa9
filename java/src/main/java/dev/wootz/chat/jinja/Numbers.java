package dev.wootz.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/** Python's numbers: integers without bound, of which those that fit are {@code Long}; booleans count as 0 and 1. */
final class Numbers {
  /** Of an integer; beyond it, arithmetic on a few digits of template text could take minutes. */
  private static final int MAX_BITS = 1 << 14;

  private Numbers() {}

  static boolean isNumber(Object value) {
    return isInteger(value) || value instanceof Double;
  }

  /** Booleans included. */
  static boolean isInteger(Object value) {
    return value instanceof Long || value instanceof Boolean || value instanceof BigInteger;
  }

  static Object of(BigInteger value) {
    if (value.bitLength() > MAX_BITS) {
      throw new Fault("an integer of more than " + MAX_BITS + " bits");
    }
    return value.bitLength() < Long.SIZE ? (Object) value.longValue() : value;
  }

  static BigInteger big(Object integer) {
    return integer instanceof BigInteger big ? big : BigInteger.valueOf(asLong(integer));
  }

  static long asLong(Object integer) {
    return integer instanceof Boolean truth ? (truth ? 1 : 0) : (Long) integer;
  }

  /** For a position or a count: an integer, where too large a one means the end. */
  static long integer(Object value) {
    if (value instanceof BigInteger big) {
      return big.signum() < 0 ? Long.MIN_VALUE / 4 : Long.MAX_VALUE / 4;
    }
    if (value instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (!isInteger(value)) {
      throw new Fault("'" + Kind.of(value) + "' object cannot be interpreted as an integer");
    }
    return Math.max(Long.MIN_VALUE / 4, Math.min(asLong(value), Long.MAX_VALUE / 4));
  }

  static double real(Object number) {
    if (number instanceof BigInteger big) {
      double value = big.doubleValue();
      if (Double.isInfinite(value)) {
        throw new Fault("int too large to convert to float");
      }
      return value;
    }
    return number instanceof Double d ? d : asLong(number);
  }

  static Object negate(Object number) {
    if (number instanceof Double d) {
      return -d;
    }
    return of(big(number).negate());
  }

  static Object add(Object a, Object b) {
    if (a instanceof Long x && b instanceof Long y) {
      long sum = x + y;
      if (((x ^ sum) & (y ^ sum)) >= 0) {
        return sum;
      }
    }
    return isInteger(a) && isInteger(b) ? of(big(a).add(big(b))) : (Object) (real(a) + real(b));
  }

  static Object subtract(Object a, Object b) {
    return isInteger(a) && isInteger(b) ? of(big(a).subtract(big(b))) : (Object) (real(a) - real(b));
  }

  static Object multiply(Object a, Object b) {
    return isInteger(a) && isInteger(b) ? of(big(a).multiply(big(b))) : (Object) (real(a) * real(b));
  }

  /** The operator {@code /}, whose result is never an integer. */
  static Object divide(Object a, Object b) {
    if (Comparison.compareNumbers(b, 0L) == 0) {
      throw new Fault(isInteger(a) && isInteger(b) ? "division by zero" : "float division by zero");
    }
    if ((a instanceof BigInteger || b instanceof BigInteger) && isInteger(a) && isInteger(b)) {
      return new BigDecimal(big(a)).divide(new BigDecimal(big(b)), new java.math.MathContext(40, RoundingMode.HALF_EVEN)).doubleValue();
    }
    return real(a) / real(b);
  }

  /** The operator {@code //}, which rounds down. */
  static Object floorDivide(Object a, Object b) {
    if (isInteger(a) && isInteger(b)) {
      BigInteger[] quotient = nonZero(big(a), big(b));
      boolean down = quotient[1].signum() != 0 && quotient[1].signum() != big(b).signum();
      return of(down ? quotient[0].subtract(BigInteger.ONE) : quotient[0]);
    }
    double x = real(a);
    double y = real(b);
    if (y == 0) {
      throw new Fault("float floor division by zero");
    }
    double remainder = floorRemainder(x, y);
    double quotient = (x - remainder) / y;
    if (quotient == 0) {
      return Math.copySign(0.0, x / y);
    }
    double floor = Math.floor(quotient);
    return quotient - floor > 0.5 ? floor + 1 : floor;
  }

  /** The operator {@code %}, whose result has the sign of {@code b}. */
  static Object remainder(Object a, Object b) {
    if (isInteger(a) && isInteger(b)) {
      BigInteger remainder = nonZero(big(a), big(b))[1];
      return of(remainder.signum() != 0 && remainder.signum() != big(b).signum() ? remainder.add(big(b)) : remainder);
    }
    double y = real(b);
    if (y == 0) {
      throw new Fault("float modulo by zero");
    }
    return floorRemainder(real(a), y);
  }

  private static double floorRemainder(double x, double y) {
    double remainder = x % y;
    if (remainder == 0) {
      return Math.copySign(0.0, y);
    }
    return remainder < 0 == y < 0 ? remainder : remainder + y;
  }

  private static BigInteger[] nonZero(BigInteger a, BigInteger b) {
    if (b.signum() == 0) {
      throw new Fault("integer division or modulo by zero");
    }
    return a.divideAndRemainder(b);
  }

  static Object power(Object a, Object b) {
    if (isInteger(a) && isInteger(b) && big(b).signum() >= 0) {
      BigInteger base = big(a);
      long exponent = integer(b);
      if (base.bitLength() > 1 && base.bitLength() * (double) exponent > MAX_BITS) {
        throw new Fault("an integer of more than " + MAX_BITS + " bits");
      }
      // of 0, 1 and -1 only the parity of the exponent counts
      return of(base.pow((int) (base.bitLength() > 1 || exponent < 2 ? exponent : 2 + exponent % 2)));
    }
    double x = real(a);
    double y = real(b);
    if (x == 0 && y < 0) {
      throw new Fault("0.0 cannot be raised to a negative power");
    }
    double power = Math.pow(x, y);
    if (Double.isInfinite(power) && Double.isFinite(x) && Double.isFinite(y)) {
      throw new Fault("the result of ** is too large");
    }
    if (Double.isNaN(power) && x < 0) {
      throw new Fault("a root of a negative number is no real number");
    }
    return x == 1 || y == 0 ? 1.0 : power;
  }

  /** Python's {@code round()}: half to even, of the exact value. */
  static Object round(Object number, int digits) {
    if (isInteger(number)) {
      return digits >= 0 ? number : of(new BigDecimal(big(number)).setScale(digits, RoundingMode.HALF_EVEN).toBigInteger());
    }
    double value = real(number);
    if (!Double.isFinite(value) || digits > 400) {
      return value;
    }
    double rounded = new BigDecimal(value).setScale(Math.max(digits, -400), RoundingMode.HALF_EVEN).doubleValue();
    return rounded == 0 ? Math.copySign(0.0, value) : rounded;
  }
}
