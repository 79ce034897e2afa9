package dev.wootz.chat.jinja;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The operator {@code %} of a text: fields as in C's {@code printf}. */
final class PercentFormat {
  private static final Pattern FIELD =
      Pattern.compile("%(?:\\(([^)]*)\\))?([-+ #0]*)([0-9]{0,6})(?:\\.([0-9]{0,4}))?[hlL]?([diuoxXeEfFgGcrsa%])|%");

  private PercentFormat() {}

  /** {@code values}: a tuple of one for each field, a dict for fields with names, or the only value. */
  static String format(String pattern, Object values, Run run) {
    List<?> positional = values instanceof Tuple tuple ? tuple.elements() : List.of(values);
    StringBuilder text = new StringBuilder();
    Matcher field = FIELD.matcher(pattern);
    int from = 0;
    int next = 0;
    while (field.find()) {
      int before = text.length();
      text.append(pattern, from, field.start());
      from = field.end();
      if (field.group(5) == null) {
        throw new Fault("a format that is not understood at '" + pattern.substring(field.start()) + "'");
      } else if (field.group(5).equals("%")) {
        text.append('%');
      } else if (field.group(1) != null) {
        if (!(values instanceof Dict)) {
          throw new Fault("format requires a mapping");
        }
        text.append(field(field, Attributes.item(values, field.group(1), run), run));
      } else if (next == positional.size()) {
        throw new Fault("not enough arguments for format string");
      } else {
        text.append(field(field, positional.get(next++), run));
      }
      run.chargeGrowth(text, before);
    }
    // of what has elements by keys, the pattern need not use all
    boolean keyed = values instanceof Dict || values instanceof List || values instanceof Undefined;
    if (!keyed && next < positional.size()) {
      throw new Fault("not all arguments converted during string formatting");
    }
    return text.append(pattern, from, pattern.length()).toString();
  }

  private static String field(Matcher field, Object value, Run run) {
    String flags = field.group(2);
    char type = field.group(5).charAt(0);
    String precision = field.group(4) == null ? "" : "." + (field.group(4).isEmpty() ? "0" : field.group(4));
    String sign = flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
    String zero = flags.contains("0") && !flags.contains("-") && "rsac".indexOf(type) < 0 ? "0" : "";
    String align = flags.contains("-") ? "<" : zero.isEmpty() ? ">" : "";
    String layout = align + ("rsac".indexOf(type) < 0 ? sign : "") + (flags.contains("#") ? "#" : "") + zero + field.group(3);
    return switch (type) {
      case 's' -> FormatSpec.parse(layout + precision + "s").format(PythonText.str(value, run), run);
      case 'r', 'a' -> FormatSpec.parse(layout + precision + "s").format(PythonText.repr(value, run), run);
      case 'c' -> FormatSpec.parse(layout + "s").format(character(value), run);
      case 'd', 'i', 'u' -> FormatSpec.parse(layout + "d").format(truncated(value), run);
      case 'x', 'X', 'o' -> FormatSpec.parse(layout + type).format(integer(value), run);
      default -> FormatSpec.parse(layout + precision + type).format(number(value), run);
    };
  }

  private static String character(Object value) {
    if (value instanceof String text) {
      return text;
    }
    long codePoint = Numbers.integer(value);
    if (codePoint < 0 || codePoint > Character.MAX_CODE_POINT) {
      throw new Fault("%c needs the code of a character");
    }
    return Character.toString((int) codePoint);
  }

  private static Object number(Object value) {
    if (!Numbers.isNumber(value)) {
      throw new Fault("must be real number, not " + Kind.of(value));
    }
    return Numbers.real(value);
  }

  private static Object integer(Object value) {
    if (!Numbers.isInteger(value)) {
      throw new Fault("an integer is required, not " + Kind.of(value));
    }
    return Numbers.of(Numbers.big(value));
  }

  private static Object truncated(Object value) {
    return value instanceof Double real ? Conversions.truncate(real) : integer(value);
  }
}
