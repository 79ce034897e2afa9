package dev.wootz.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How one value is laid out, in the notation of Python's {@code format()}: {@code [[fill]align][sign][0][width][,][.precision][type]}.
 *
 * @param precision -1 when not given
 * @param type a space when not given
 */
record FormatSpec(String fill, char align, char sign, boolean alternative, long width, char grouping, int precision, char type) {
  private static final Pattern SPEC =
      Pattern.compile("(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?([0-9]{1,6})?([,_])?(?:\\.([0-9]{1,4}))?([a-zA-Z%])?", Pattern.DOTALL);

  static FormatSpec parse(String spec) {
    Matcher matcher = SPEC.matcher(spec);
    if (!matcher.matches()) {
      throw new Fault("the format '" + spec + "' is not understood");
    }
    boolean zero = matcher.group(5) != null;
    String fill = matcher.group(1) != null ? matcher.group(1) : zero ? "0" : " ";
    char align = first(matcher.group(2), zero ? '=' : ' ');
    int precision = matcher.group(8) == null ? -1 : Integer.parseInt(matcher.group(8));
    long width = matcher.group(6) == null ? 0 : Long.parseLong(matcher.group(6));
    return new FormatSpec(
        fill, align, first(matcher.group(3), '-'), matcher.group(4) != null, width, first(matcher.group(7), ' '), precision,
        first(matcher.group(9), ' '));
  }

  private static char first(@Nullable String group, char otherwise) {
    return group == null ? otherwise : group.charAt(0);
  }

  String format(Object value, Run run) {
    if (value instanceof String text) {
      if (type != 's' && type != ' ') {
        throw new Fault("a str has no format '" + type + "'");
      }
      String shown = precision < 0 ? text : Slices.substring(text, 0, precision);
      return aligned("", shown, align == ' ' ? '<' : align, run);
    }
    boolean integerType = type == ' ' || "bcdoxXn".indexOf(type) >= 0;
    if (Numbers.isInteger(value) && integerType && !(value instanceof Boolean && type == ' ')) {
      return number(Numbers.big(value).signum() < 0, integer(Numbers.big(value).abs()), run);
    }
    if (Numbers.isNumber(value) && type != 's' && !(value instanceof Boolean && type == ' ')) {
      double real = Numbers.real(value);
      run.chargeExact();
      return number(Double.compare(real, 0) < 0, real(Math.abs(real)), run);
    }
    if (width == 0 && precision < 0 && type == ' ') {
      return PythonText.str(value, run);
    }
    throw new Fault("a " + Kind.of(value) + " has no format '" + type + "'");
  }

  private String integer(BigInteger value) {
    return switch (type) {
      case 'x' -> (alternative ? "0x" : "") + value.toString(16);
      case 'X' -> (alternative ? "0X" : "") + value.toString(16).toUpperCase(Locale.ROOT);
      case 'o' -> (alternative ? "0o" : "") + value.toString(8);
      case 'b' -> (alternative ? "0b" : "") + value.toString(2);
      case 'c' -> character(value);
      default -> grouped(value.toString());
    };
  }

  private static String character(BigInteger code) {
    if (code.bitLength() > 21 || !Character.isValidCodePoint(code.intValue())) {
      throw new Fault("no character has the code " + code);
    }
    return Character.toString(code.intValue());
  }

  private String real(double value) {
    if (!Double.isFinite(value)) {
      return PythonText.number(value) + (type == '%' ? "%" : "");
    }
    int digits = precision < 0 ? 6 : precision;
    return switch (type) {
      case 'f', 'F' -> grouped(fixed(value, digits));
      case '%' -> grouped(fixed(value * 100, digits)) + "%";
      case 'e' -> exponential(value, digits);
      case 'E' -> exponential(value, digits).toUpperCase(Locale.ROOT);
      case 'g' -> general(value, Math.max(1, digits));
      case 'G' -> general(value, Math.max(1, digits)).toUpperCase(Locale.ROOT);
      case ' ' -> grouped(precision < 0 ? PythonText.number(value) : general(value, Math.max(1, digits)));
      default -> throw new Fault("a float has no format '" + type + "'");
    };
  }

  private static String fixed(double value, int digits) {
    return new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static String exponential(double value, int digits) {
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
    int exponent = value == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    String mantissa = rounded.movePointLeft(exponent).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    return mantissa + String.format(Locale.ROOT, "e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private static String general(double value, int digits) {
    BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
    int exponent = value == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
    if (exponent < -4 || exponent >= digits) {
      return exponential(value, digits - 1).replaceFirst("\\.?0*e", "e");
    }
    return value == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
  }

  private String grouped(String digits) {
    if (grouping == ' ') {
      return digits;
    }
    int point = digits.indexOf('.') < 0 ? digits.length() : digits.indexOf('.');
    StringBuilder grouped = new StringBuilder(digits);
    for (int i = point - 3; i > 0; i -= 3) {
      grouped.insert(i, grouping);
    }
    return grouped.toString();
  }

  private String number(boolean negative, String digits, Run run) {
    String shownSign = negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
    return aligned(shownSign, digits, align == ' ' ? '>' : align, run);
  }

  private String aligned(String shownSign, String body, char where, Run run) {
    long padding = width - Iteration.length(body, run) - shownSign.length();
    long left = where == '<' ? 0 : where == '^' ? padding / 2 : padding;
    String before = TextMethods.repeat(fill, left, run);
    String after = TextMethods.repeat(fill, padding - left, run);
    return where == '=' ? shownSign + before + body : before + shownSign + body + after;
  }
}
