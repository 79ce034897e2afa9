package dev.wootz.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Python's {@code int()} and {@code float()}. */
final class Conversions {
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(?:[0-9]*\\.?[0-9]*(?:[eE][-+]?[0-9]+)?|(?i:nan|inf|infinity))");
  private static final Pattern MISPLACED_UNDERSCORE = Pattern.compile("(?<![0-9a-zA-Z])_|_(?![0-9a-zA-Z])");
  private static final int LONGEST_NUMBER = 4300;

  private Conversions() {}

  private static String stripped(String text) {
    int begin = 0;
    int end = text.length();
    while (begin < end && PythonText.isSpace(text.charAt(begin))) {
      begin++;
    }
    while (end > begin && PythonText.isSpace(text.charAt(end - 1))) {
      end--;
    }
    return text.substring(begin, end);
  }

  /** Null for text that is no integer to this base. */
  static @Nullable Object integer(String text, int base) {
    String digits = stripped(text).toLowerCase(Locale.ROOT);
    boolean negative = digits.startsWith("-");
    if (negative || digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    String prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : "\0";
    if (digits.startsWith(prefix)) {
      digits = digits.substring(2);
    }
    if (digits.length() > LONGEST_NUMBER || MISPLACED_UNDERSCORE.matcher(digits).find()) {
      return null;
    }
    try {
      String plain = digits.replace("_", "");
      if (!plain.matches("[0-9a-z]+")) {
        return null;
      }
      BigInteger value = new BigInteger(plain, base);
      return Numbers.of(negative ? value.negate() : value);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  /** Null for text that is no number. */
  static @Nullable Double real(String text) {
    String digits = stripped(text);
    if (digits.length() > LONGEST_NUMBER || MISPLACED_UNDERSCORE.matcher(digits).find()) {
      return null;
    }
    String plain = digits.replace("_", "").toLowerCase(Locale.ROOT);
    if (!FLOAT.matcher(plain).matches() || plain.chars().noneMatch(Character::isLetterOrDigit)) {
      return null;
    }
    if (plain.endsWith("nan")) {
      return Double.NaN;
    }
    if (plain.contains("inf")) {
      return plain.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
    }
    try {
      return Double.valueOf(plain);
    } catch (NumberFormatException e) {
      return null;
    }
  }

  static Object truncate(double value) {
    if (!Double.isFinite(value)) {
      throw new Fault("cannot convert float " + PythonText.number(value) + " to integer");
    }
    return Numbers.of(new BigDecimal(value).toBigInteger());
  }
}
