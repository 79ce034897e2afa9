package dev.wootz.engine.grammar;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Character classes of regular expressions: {@code [...]} and the escapes. */
final class RegexClasses {
  static final CodePoints DIGIT = CodePoints.of('0', '9');
  static final CodePoints WORD = DIGIT.or(CodePoints.of('a', 'z')).or(CodePoints.of('A', 'Z')).or(CodePoints.of("_"));
  static final CodePoints SPACE = CodePoints.of(" \t\n\u000B\f\r");

  /** ECMAScript's, which is more than Java's. */
  private static final CodePoints WIDE_SPACE =
      SPACE.or(CodePoints.of("\u00A0\u1680\u2028\u2029\u202F\u205F\u3000\uFEFF")).or(CodePoints.of(0x2000, 0x200A)).or(CodePoints.of("\u0085"));
  static final CodePoints DOT = CodePoints.of("\n\r\u0085\u2028\u2029").not();
  static final int MOST_PROPERTIES = 32;

  /** By name, those looked up last: each costs a look at all characters. */
  static final Map<String, CodePoints> PROPERTIES = new ConcurrentHashMap<>();

  private final Regex regex;

  RegexClasses(Regex regex) {
    this.regex = regex;
  }

  private boolean eat(char c) {
    Character next = regex.peekOrNull();
    if (next != null && next == c) {
      regex.moveTo(regex.at() + 1);
      return true;
    }
    return false;
  }

  /** After the opening bracket. */
  CodePoints bracket() {
    int start = regex.at() - 1;
    boolean negated = eat('^');
    CodePoints set = CodePoints.NONE;
    boolean first = true;
    while (first || !eat(']')) {
      if (regex.peekOrNull() == null) {
        throw regex.error(start, "a class without end", "a ']'");
      }
      if (first && eat(']')) {
        throw regex.error(start, "an empty class", "a character in it; a bracket itself is written \\]");
      }
      first = false;
      set = set.or(part(negated));
    }
    CodePoints result = negated ? regex.cases(set).not() : set;
    if (result.isEmpty()) {
      throw regex.error(start, "a class of no character", "at least one");
    }
    return result;
  }

  private CodePoints part(boolean negated) {
    int start = regex.at();
    if (regex.source().startsWith("[", start) || regex.source().startsWith("&&", start)) {
      throw regex.error(start, Regex.quoted(regex.source().substring(start, start + 1)) + " in a class", "\\[ for the bracket itself, \\& for two '&': sets of sets have other meanings elsewhere");
    }
    CodePoints low = single(negated);
    int[] bounds = low.bounds();
    boolean one = bounds.length == 2 && bounds[0] == bounds[1];
    int dash = regex.at();
    if (!one || !regex.source().startsWith("-", dash) || regex.source().startsWith("-]", dash)) {
      return low;
    }
    eat('-');
    if (regex.peekOrNull() == null) {
      throw regex.error(dash, "a range without end", "its last character");
    }
    int[] high = single(negated).bounds();
    if (high.length != 2 || high[0] != high[1] || high[0] < bounds[0]) {
      throw regex.error(start, Regex.quoted(regex.source().substring(start, regex.at())), "a range from a lower to a higher character");
    }
    return CodePoints.of(bounds[0], high[0]);
  }

  private CodePoints single(boolean negated) {
    return eat('\\') ? escape(negated) : regex.literal();
  }

  /**
   * After the backslash.
   *
   * @param wide whether the set will be complemented, so that the larger of two readings is the safe one
   */
  CodePoints escape(boolean wide) {
    int start = regex.at() - 1;
    Character next = regex.peekOrNull();
    if (next == null) {
      throw regex.error(start, "a backslash at the end", "a character after it");
    }
    char c = next;
    regex.moveTo(regex.at() + 1);
    switch (c) {
      case 'd':
        return DIGIT;
      case 'D':
        return DIGIT.not();
      case 'w':
        return WORD;
      case 'W':
        return WORD.not();
      case 's':
        return wide ? WIDE_SPACE : SPACE;
      case 'S':
        return wide ? SPACE.not() : WIDE_SPACE.not();
      case 't':
        return CodePoints.of("\t");
      case 'n':
        return CodePoints.of("\n");
      case 'r':
        return CodePoints.of("\r");
      case 'f':
        return CodePoints.of("\f");
      case 'v':
        return CodePoints.of("\u000B");
      case '0':
        return CodePoints.of(0, 0);
      case 'x':
        return hex(start, 2);
      case 'u':
        return unicode(start);
      case 'p', 'P':
        return property(start, c == 'P');
      default:
        if (c < 0x80 && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '1' && c <= '9')) {
          throw regex.error(start, "\\" + c, "an escape that is known: \\d \\D \\w \\W \\s \\S \\t \\n \\r \\f \\v \\0 \\xHH \\uHHHH \\p{..} or a punctuation mark");
        }
        regex.moveTo(regex.at() - 1);
        return regex.literal();
    }
  }

  private int digits(int start, int from, int count) {
    String source = regex.source();
    if (from + count > source.length() || !source.substring(from, from + count).matches("[0-9a-fA-F]+")) {
      throw regex.error(start, Regex.quoted(source.substring(start, Math.min(source.length(), from + count))), count + " hexadecimal digits");
    }
    regex.moveTo(from + count);
    return Integer.parseInt(source.substring(from, from + count), 16);
  }

  private CodePoints hex(int start, int count) {
    int c = digits(start, regex.at(), count);
    return CodePoints.of(c, c);
  }

  private CodePoints unicode(int start) {
    int c;
    if (eat('{')) {
      int close = regex.source().indexOf('}', regex.at());
      int count = close - regex.at();
      if (close < 0 || count < 1 || count > 6) {
        throw regex.error(start, "\\u{ without end", "\\u{H...}");
      }
      c = digits(start, regex.at(), count);
      eat('}');
    } else {
      c = digits(start, regex.at(), 4);
      if (c >= 0xD800 && c <= 0xDBFF && regex.source().startsWith("\\u", regex.at())) {
        int low = digits(start, regex.at() + 2, 4);
        c = Character.toCodePoint((char) c, (char) low);
      }
    }
    if (c > CodePoints.LAST || (c >= 0xD800 && c <= 0xDFFF)) {
      throw regex.error(start, Integer.toHexString(c), "a Unicode character");
    }
    return CodePoints.of(c, c);
  }

  private CodePoints property(int start, boolean not) {
    int close = regex.source().indexOf('}', regex.at());
    if (!eat('{') || close < 0) {
      throw regex.error(start, "a property without braces", "\\p{L}, \\p{Lu}, \\p{IsGreek}, ...");
    }
    String name = regex.source().substring(regex.at(), close);
    regex.moveTo(close + 1);
    CodePoints set;
    try {
      if (PROPERTIES.size() >= MOST_PROPERTIES) {
        PROPERTIES.clear();
      }
      set = PROPERTIES.computeIfAbsent(name, RegexClasses::members);
    } catch (PatternSyntaxException e) {
      throw regex.error(start, "\\p{" + name + "}", "a property that java.util.regex knows, such as \\p{L} or \\p{IsGreek}");
    }
    return not ? regex.cases(set).not() : set;
  }

  private static CodePoints members(String property) {
    Pattern pattern = Pattern.compile("\\p{" + property + "}");
    return CodePoints.where(c -> pattern.matcher(Character.toString(c)).matches());
  }
}
