package dev.wootz.tokenizer;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Rewrites the Unicode properties in an expression of Oniguruma's for {@code java.util.regex}.
 *
 * <p>An escaped backslash before a {@code p} is not seen as one; no tokenizer has it.
 */
final class UnicodeClasses {
  private static final Pattern PROPERTY = Pattern.compile("\\\\p\\{(\\^?)(\\w+)}|\\\\d");

  /** The sets of general categories that expressions of tokenizers use. */
  private static final Map<String, Integer> SETS =
      Map.ofEntries(
          Map.entry("L", UnicodeTable.LETTER),
          Map.entry("M", UnicodeTable.MARK),
          Map.entry("N", UnicodeTable.NUMBER),
          Map.entry("P", UnicodeTable.PUNCTUATION),
          Map.entry("S", UnicodeTable.SYMBOL),
          Map.entry("Lu", 1 << Character.UPPERCASE_LETTER),
          Map.entry("Ll", 1 << Character.LOWERCASE_LETTER),
          Map.entry("Lt", 1 << Character.TITLECASE_LETTER),
          Map.entry("Lm", 1 << Character.MODIFIER_LETTER),
          Map.entry("Lo", 1 << Character.OTHER_LETTER),
          Map.entry("Mn", 1 << Character.NON_SPACING_MARK),
          Map.entry("Mc", 1 << Character.COMBINING_SPACING_MARK),
          Map.entry("Me", 1 << Character.ENCLOSING_MARK),
          Map.entry("Nd", 1 << Character.DECIMAL_DIGIT_NUMBER),
          Map.entry("Nl", 1 << Character.LETTER_NUMBER),
          Map.entry("No", 1 << Character.OTHER_NUMBER));

  /** By name, the ranges that the JDK's Unicode lacks, as they are written inside brackets. */
  private static final Map<String, String> MISSING = new ConcurrentHashMap<>();

  private UnicodeClasses() {}

  /** The expression for {@link Pattern}; {@code \p{L}} and its like with the characters that are newer than the JDK. */
  static String inJava(String regex) {
    Matcher matcher = PROPERTY.matcher(regex);
    StringBuilder java = new StringBuilder();
    int done = 0;
    boolean inBrackets = false;
    while (matcher.find()) {
      inBrackets = bracketsAfter(regex, done, matcher.start(), inBrackets);
      java.append(regex, done, matcher.start());
      boolean digit = matcher.group(2) == null;
      java.append(digit ? property("Nd", false, inBrackets) : property(matcher.group(2), !matcher.group(1).isEmpty(), inBrackets));
      done = matcher.end();
    }
    return java.append(regex, done, regex.length()).toString();
  }

  private static String property(String name, boolean negated, boolean inBrackets) {
    if (!SETS.containsKey(name)) {
      boolean script = isScript(name);
      return (negated ? "\\P{" : "\\p{") + (script ? "Is" : "") + name + "}";
    }
    String content = "\\p{" + name + "}" + MISSING.computeIfAbsent(name, UnicodeClasses::missing);
    return negated ? "[^" + content + "]" : inBrackets ? content : "[" + content + "]";
  }

  private static boolean isScript(String name) {
    try {
      Character.UnicodeScript.forName(name);
      return name.length() > 2;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String missing(String name) {
    int set = SETS.get(name);
    StringBuilder ranges = new StringBuilder();
    for (int c = 0; c <= Character.MAX_CODE_POINT; c++) {
      if (isMissing(c, set)) {
        int start = c;
        while (c < Character.MAX_CODE_POINT && isMissing(c + 1, set)) {
          c++;
        }
        ranges.append(String.format("\\x{%X}-\\x{%X}", start, c));
      }
    }
    return ranges.toString();
  }

  private static boolean isMissing(int codePoint, int set) {
    return (UnicodeTable.category(codePoint) & set) != 0 && (1 << Character.getType(codePoint) & set) == 0;
  }

  /** Whether {@code regex[to]} stands in a bracketed class, given whether {@code regex[from]} does. */
  private static boolean bracketsAfter(String regex, int from, int to, boolean before) {
    boolean inside = before;
    for (int i = from; i < to; i++) {
      switch (regex.charAt(i)) {
        case '\\' -> i++;
        case '[' -> inside = true;
        case ']' -> inside = false;
        default -> {}
      }
    }
    return inside;
  }
}
