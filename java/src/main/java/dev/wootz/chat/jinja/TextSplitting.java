package dev.wootz.chat.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code split}, {@code rsplit}, {@code splitlines} and {@code partition} of Python's {@code str}. */
final class TextSplitting {
  private TextSplitting() {}

  /**
   * Cuts from the left.
   *
   * @param separator null or None: runs of white space
   * @param most cuts, negative for any number
   */
  static List<Object> split(String s, @Nullable Object separator, long most, Run run) {
    if (separator == null || separator == None.NONE) {
      return words(s, most, run);
    }
    String cut = separator(separator);
    run.chargeSearch(s.length(), cut.length());
    List<Object> parts = new ArrayList<>();
    int from = 0;
    for (int i = s.indexOf(cut); i >= 0 && (most < 0 || parts.size() < most); i = s.indexOf(cut, from)) {
      run.chargeElements(1);
      parts.add(s.substring(from, i));
      from = i + cut.length();
    }
    parts.add(s.substring(from));
    return parts;
  }

  /** As {@link #split}, from the right. */
  static List<Object> rsplit(String s, @Nullable Object separator, long most, Run run) {
    if (separator == null || separator == None.NONE) {
      return wordsFromTheRight(s, most, run);
    }
    String cut = separator(separator);
    run.chargeSearch(s.length(), cut.length());
    List<Object> parts = new ArrayList<>();
    int end = s.length();
    while (most < 0 || parts.size() < most) {
      int i = end < cut.length() ? -1 : s.lastIndexOf(cut, end - cut.length());
      if (i < 0) {
        break;
      }
      run.chargeElements(1);
      parts.add(s.substring(i + cut.length(), end));
      end = i;
    }
    parts.add(s.substring(0, end));
    Collections.reverse(parts);
    return parts;
  }

  private static String separator(Object given) {
    String separator = TextMethods.text(given);
    if (separator.isEmpty()) {
      throw new Fault("empty separator");
    }
    return separator;
  }

  private static List<Object> words(String s, long most, Run run) {
    List<Object> words = new ArrayList<>();
    int at = skip(s, 0, true);
    while (at < s.length()) {
      run.chargeElements(1);
      if (most >= 0 && words.size() == most) {
        words.add(TextMethods.strip(s.substring(at), null, false, true, run));
        break;
      }
      int end = skip(s, at, false);
      words.add(s.substring(at, end));
      at = skip(s, end, true);
    }
    return words;
  }

  private static int skip(String s, int from, boolean space) {
    int at = from;
    while (at < s.length() && PythonText.isSpace(s.charAt(at)) == space) {
      at++;
    }
    return at;
  }

  private static List<Object> wordsFromTheRight(String s, long most, Run run) {
    List<Object> words = new ArrayList<>();
    int end = skipBack(s, s.length(), true);
    while (end > 0) {
      run.chargeElements(1);
      if (most >= 0 && words.size() == most) {
        words.add(TextMethods.strip(s.substring(0, end), null, true, false, run));
        break;
      }
      int begin = skipBack(s, end, false);
      words.add(s.substring(begin, end));
      end = skipBack(s, begin, true);
    }
    Collections.reverse(words);
    return words;
  }

  private static int skipBack(String s, int from, boolean space) {
    int at = from;
    while (at > 0 && PythonText.isSpace(s.charAt(at - 1)) == space) {
      at--;
    }
    return at;
  }

  /** The text before, the separator and the text after its first (or last) occurrence. */
  static Tuple partition(String s, String separator, boolean last, Run run) {
    run.chargeSearch(s.length(), separator.length());
    int i = last ? s.lastIndexOf(separator(separator)) : s.indexOf(separator(separator));
    if (i < 0) {
      return last ? Tuple.of("", "", s) : Tuple.of(s, "", "");
    }
    return Tuple.of(s.substring(0, i), separator, s.substring(i + separator.length()));
  }

  /** The lines, cut at everything that ends a line in Unicode. */
  static List<Object> lines(String s, boolean keepEnds, Run run) {
    List<Object> lines = new ArrayList<>();
    int from = 0;
    for (int i = 0; i < s.length(); i++) {
      if (endsLine(s.charAt(i))) {
        int end = i;
        if (s.charAt(i) == '\r' && i + 1 < s.length() && s.charAt(i + 1) == '\n') {
          i++;
        }
        run.chargeElements(1);
        lines.add(s.substring(from, keepEnds ? i + 1 : end));
        from = i + 1;
      }
    }
    if (from < s.length()) {
      lines.add(s.substring(from));
    }
    return lines;
  }

  private static boolean endsLine(char c) {
    return (c >= '\n' && c <= '\r') || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
  }
}
