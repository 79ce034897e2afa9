package dev.wootz.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Padding, indenting and shortening of text. */
final class TextLayout {
  /** How far {@code truncate} lets a text exceed its length before it cuts. */
  static final long LEEWAY = 5;

  private TextLayout() {}

  static String pad(String s, long width, String fill, boolean left, Run run) {
    String padding = TextMethods.repeat(one(fill, run), width - Iteration.length(s, run), run);
    return left ? padding + s : s + padding;
  }

  /** As {@code str.center} does: of an odd number of characters the extra one goes left where the width is odd. */
  static String center(String s, long width, String fill, Run run) {
    long padding = width - Iteration.length(s, run);
    if (padding <= 0) {
      return s;
    }
    long left = padding / 2 + (padding & width & 1);
    return TextMethods.repeat(one(fill, run), left, run) + s + TextMethods.repeat(one(fill, run), padding - left, run);
  }

  private static String one(String fill, Run run) {
    if (Iteration.length(fill, run) != 1) {
      throw new Fault("the fill character must be exactly one character long");
    }
    return fill;
  }

  /** The filter {@code indent}. */
  static String indent(String s, String indentation, boolean first, boolean blank, Run run) {
    List<Object> lines = TextSplitting.lines(s + "\n", false, run);
    StringBuilder text = new StringBuilder(first ? indentation : "");
    for (int i = 0; i < lines.size(); i++) {
      String line = (String) lines.get(i);
      int before = text.length();
      if (i > 0) {
        text.append('\n').append(line.isEmpty() && !blank ? "" : indentation);
      }
      text.append(line);
      run.chargeGrowth(text, before);
    }
    return text.toString();
  }

  /** The filter {@code truncate}. */
  static String truncate(String s, long length, boolean killWords, String end, long leeway, Run run) {
    long endLength = Iteration.length(end, run);
    if (length < endLength) {
      throw new Fault("expected length >= " + endLength + ", got " + length);
    }
    if (leeway < 0) {
      throw new Fault("expected leeway >= 0, got " + leeway);
    }
    if (Iteration.length(s, run) <= length + leeway) {
      return s;
    }
    String cut = Slices.substring(s, 0, (int) (length - endLength));
    int lastSpace = cut.lastIndexOf(' ');
    return (killWords || lastSpace < 0 ? cut : cut.substring(0, lastSpace)) + end;
  }

  /** The filter {@code title}: unlike the method, it goes by white space, hyphens and opening brackets. */
  static String title(String s) {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean between = false;
    for (int i = 0; i < s.length(); i++) {
      char c = s.charAt(i);
      boolean separator = c == '-' || c == '(' || c == '{' || c == '[' || c == '<' || PythonText.isSpace(c);
      if (separator != between) {
        words.add(word.toString());
        word.setLength(0);
        between = separator;
      }
      word.append(c);
    }
    words.add(word.toString());
    StringBuilder title = new StringBuilder();
    words.forEach(w -> title.append(w.isEmpty() ? "" : upperFirst(w)));
    return title.toString();
  }

  private static String upperFirst(String word) {
    int first = Character.charCount(word.codePointAt(0));
    return word.substring(0, first).toUpperCase(java.util.Locale.ROOT) + word.substring(first).toLowerCase(java.util.Locale.ROOT);
  }
}
