package dev.wootz.chat.jinja;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** The values of literals. */
final class Constants {
  private static final int LONGEST_NUMBER = 4300;

  private Constants() {}

  /** Null for a name that is no constant. */
  static @Nullable Object of(Token name) {
    return switch (name.text()) {
      case "true", "True" -> true;
      case "false", "False" -> false;
      case "none", "None" -> None.NONE;
      default -> null;
    };
  }

  static Object integer(String digits) {
    if (digits.length() > LONGEST_NUMBER) {
      throw new Fault("an integer of more than " + LONGEST_NUMBER + " digits");
    }
    char second = digits.length() > 1 ? Character.toLowerCase(digits.charAt(1)) : '0';
    return switch (second) {
      case 'x' -> Numbers.of(new BigInteger(digits.substring(2), 16));
      case 'o' -> Numbers.of(new BigInteger(digits.substring(2), 8));
      case 'b' -> Numbers.of(new BigInteger(digits.substring(2), 2));
      default -> Numbers.of(new BigInteger(digits));
    };
  }
}
