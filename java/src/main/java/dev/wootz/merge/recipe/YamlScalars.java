package dev.wootz.merge.recipe;

import java.util.Optional;
import java.util.regex.Pattern;

/** How the text of a scalar is read where a number or a flag is expected: everything that YAML 1.1 and 1.2 agree on, and YAML 1.1's own. */
final class YamlScalars {
  private static final Pattern NUMBER = Pattern.compile("[-+]?(?:[0-9][0-9_]*\\.?[0-9_]*|\\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?");
  private static final Pattern OCTAL_OR_DECIMAL = Pattern.compile("[-+]?0[0-9_]+");

  private YamlScalars() {}

  /** A finite number. */
  static double number(YamlNode node, String what) {
    String text = node.text(what);
    if (OCTAL_OR_DECIMAL.matcher(text).matches()) {
      throw node.error(what + " is " + text + ", which YAML 1.1 reads as octal and YAML 1.2 as decimal; write it without the leading zero");
    }
    if (!NUMBER.matcher(text).matches()) {
      throw node.error(what + " must be a number, found " + node);
    }
    double number = Double.parseDouble(text.replace("_", ""));
    if (Double.isInfinite(number)) {
      throw node.error(what + " must be a finite number, found " + node);
    }
    return number;
  }

  /** A whole number in [least, most]. */
  static long whole(YamlNode node, String what, long least, long most) {
    double number = number(node, what);
    if (number != Math.rint(number)) {
      throw node.error(what + " must be a whole number, found " + node);
    }
    long whole;
    try {
      whole = new java.math.BigDecimal(node.text(what).replace("_", "")).longValueExact();
    } catch (ArithmeticException | NumberFormatException e) {
      throw node.error(what + " must be a whole number from " + least + " to " + most + ", found " + node);
    }
    if (whole < least || whole > most) {
      throw node.error(what + " must be from " + least + " to " + most + ", found " + node);
    }
    return whole;
  }

  static boolean flag(YamlNode node, String what) {
    return asFlag(node.text(what)).orElseThrow(() -> node.error(what + " must be true or false, found " + node));
  }

  private static Optional<Boolean> asFlag(String text) {
    return switch (text) {
      case "true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "1" -> Optional.of(true);
      case "false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF", "0" -> Optional.of(false);
      default -> Optional.empty();
    };
  }
}
