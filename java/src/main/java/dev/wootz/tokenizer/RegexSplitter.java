package dev.wootz.tokenizer;

import dev.wootz.format.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Cuts by a regular expression that no scanner is written for, with {@code java.util.regex}: right, but slow. */
final class RegexSplitter implements Splitter {
  private final Pattern pattern;
  private final SplitBehavior behavior;
  private final boolean invert;

  /** @param invert whether what lies between matches counts as matched, and matches do not */
  RegexSplitter(Pattern pattern, SplitBehavior behavior, boolean invert) {
    this.pattern = pattern;
    this.behavior = behavior;
    this.invert = invert;
  }

  /** The expression in Java's spelling: Unicode classes, and scripts named {@code \p{IsHan}} where Oniguruma has {@code \p{Han}}. */
  static Pattern compile(Component component, String regex) {
    try {
      return Pattern.compile(UnicodeClasses.inJava(regex), Pattern.UNICODE_CHARACTER_CLASS);
    } catch (PatternSyntaxException e) {
      String problem = e.getDescription() + " near index " + e.getIndex();
      throw component.unsupported("", FormatException.quote(regex) + " (" + problem + ")", "expressions that java.util.regex knows");
    }
  }

  @Override
  public void split(byte[] text, int from, int to, Pieces pieces) {
    String string = new String(text, from, to - from, StandardCharsets.UTF_8);
    Ids ends = new Ids(64);
    Ids matched = new Ids(64);
    Matcher matcher = pattern.matcher(string);
    int at = 0;
    int end = from;
    try {
      while (matcher.find()) {
        if (isWithinPair(string, matcher.start())) {
          continue;
        }
        if (matcher.start() > at) {
          end = advance(text, end, matcher.start() - at);
          add(ends, end, matched, invert);
        }
        if (matcher.end() > matcher.start()) {
          end = advance(text, end, matcher.end() - matcher.start());
          add(ends, end, matched, !invert);
        }
        at = matcher.end();
      }
    } catch (StackOverflowError e) {
      throw new IllegalStateException(
          "the split expression of this tokenizer is too deep for a text of " + string.length() + " characters", e);
    }
    if (end < to) {
      add(ends, to, matched, invert);
    }
    behavior.cut(text, from, ends, matched, pieces);
  }

  /** Where only an empty match can be. */
  private static boolean isWithinPair(String string, int i) {
    return i > 0 && i < string.length() && Character.isSurrogatePair(string.charAt(i - 1), string.charAt(i));
  }

  private static void add(Ids ends, int end, Ids matched, boolean match) {
    ends.add(end);
    matched.add(match ? 1 : 0);
  }

  /** The index after {@code units} UTF-16 units from {@code i}. */
  private static int advance(byte[] text, int i, int units) {
    int end = i;
    for (int left = units; left > 0; ) {
      int length = Utf8.length(text[end]);
      left -= length == 4 ? 2 : 1;
      end += length;
    }
    return end;
  }
}
