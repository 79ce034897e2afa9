package dev.wootz.chat.jinja;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.Locale;
import java.util.Map;

/** The present moment in the notation of C's {@code strftime}, with English names. */
final class CalendarText {
  private static final Map<Character, String> PATTERNS =
      Map.ofEntries(
          Map.entry('Y', "uuuu"), Map.entry('y', "uu"), Map.entry('m', "MM"), Map.entry('d', "dd"), Map.entry('B', "MMMM"),
          Map.entry('b', "MMM"), Map.entry('h', "MMM"), Map.entry('A', "EEEE"), Map.entry('a', "EEE"), Map.entry('H', "HH"),
          Map.entry('I', "hh"), Map.entry('M', "mm"), Map.entry('S', "ss"), Map.entry('p', "a"), Map.entry('j', "DDD"),
          Map.entry('f', "SSSSSS"), Map.entry('F', "uuuu-MM-dd"), Map.entry('T', "HH:mm:ss"), Map.entry('D', "MM/dd/uu"),
          Map.entry('R', "HH:mm"), Map.entry('x', "MM/dd/uu"), Map.entry('X', "HH:mm:ss"), Map.entry('c', "EEE MMM ppd HH:mm:ss uuuu"),
          Map.entry('e', "ppd"));

  private CalendarText() {}

  static String now(String pattern, Run run) {
    ZonedDateTime now = ZonedDateTime.now(run.clock());
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c != '%' || i + 1 == pattern.length()) {
        text.append(c);
        continue;
      }
      run.chargeExact();
      boolean unpadded = pattern.charAt(i + 1) == '-' && i + 2 < pattern.length();
      i += unpadded ? 2 : 1;
      String field = field(pattern.charAt(i), now);
      text.append(unpadded ? field.replaceFirst("^[0 ]+(?=.)", "") : field);
    }
    return text.toString();
  }

  private static String field(char code, ZonedDateTime now) {
    String pattern = PATTERNS.get(code);
    if (pattern != null) {
      DateTimeFormatter formatter = new DateTimeFormatterBuilder().appendPattern(pattern).toFormatter(Locale.ROOT);
      return formatter.withLocale(Locale.ENGLISH).format(now);
    }
    return switch (code) {
      case '%' -> "%";
      case 'n' -> "\n";
      case 't' -> "\t";
      case 's' -> Long.toString(now.toEpochSecond());
      case 'w' -> Integer.toString(now.getDayOfWeek().getValue() % 7);
      case 'u' -> Integer.toString(now.getDayOfWeek().getValue());
      // Python's datetime.now() knows no time zone
      case 'z', 'Z' -> "";
      default -> throw new Fault("strftime_now does not know %" + code);
    };
  }
}
