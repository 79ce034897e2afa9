package dev.wootz.engine.grammar;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads regular expressions: literals, classes, {@code . | ( ) (?: ) * + ? {m,n}}, escapes, {@code ^} and {@code $}. Where the dialects of Java and
 * ECMAScript differ, what both take: {@code .} is no line terminator of either, {@code \d} and {@code \w} are ASCII, {@code \s} is ASCII's white
 * space and {@code \S} what is white space in neither. Lazy quantifiers say the same as greedy ones here.
 *
 * <p>Refused, with the index: what is not regular or looks around, that is backreferences, {@code (?=} and its kin, {@code \b}, possessive
 * quantifiers, flags but for {@code (?i)} at the very beginning.
 */
final class Regex {
  private static final int MOST_REPEATS = 100_000;
  private static final int DEEPEST = 500;

  private final String source;
  private final TextEncoding encoding;
  private final Expressions in;
  private int at;
  private int depth;
  private boolean ignoreCase;
  private boolean anchored;

  private Regex(String source, TextEncoding encoding, Expressions in) {
    this.source = source;
    this.encoding = encoding;
    this.in = in;
  }

  /** Texts that match as a whole. */
  static Expression whole(String source, TextEncoding encoding, Expressions in) {
    Regex regex = new Regex(source, encoding, in);
    Expression read = regex.read();
    if (!regex.anchored) {
      return read;
    }
    return regex.between(in.sequence(in.optional(begin(in)), read, in.optional(end(in))));
  }

  /** Texts in which a match is found somewhere, as {@code pattern} of JSON schema has it. */
  static Expression find(String source, TextEncoding encoding, Expressions in) {
    // By far the most common form needs no automaton of its own.
    if (source.startsWith("^") && source.endsWith("$") && !source.endsWith("\\$")) {
      Regex inner = new Regex(source.substring(1, source.length() - 1), encoding, in);
      try {
        Expression read = inner.read();
        if (!inner.anchored && !inner.topLevelBar) {
          return read;
        }
      } catch (ConstraintException e) {
        // The whole gives the message with the right index.
      }
    }
    Regex regex = new Regex(source, encoding, in);
    Expression read = regex.read();
    Expression any = in.star(encoding.character(CodePoints.ALL));
    return regex.between(in.sequence(in.optional(in.sequence(begin(in), any)), read, in.optional(in.sequence(any, end(in)))));
  }

  private boolean topLevelBar;

  private Expression between(Expression marked) {
    try {
      return some(Dfa.between(marked, in));
    } catch (Dfa.TooLarge e) {
      throw new ConstraintException("regular expression " + quoted(source) + ": needs " + e.getMessage() + "; anchor it with ^ and $ or shorten its repetitions");
    }
  }

  private static Expression begin(Expressions in) {
    return in.range(Dfa.BEGIN, Dfa.BEGIN);
  }

  private static Expression end(Expressions in) {
    return in.range(Dfa.END, Dfa.END);
  }

  private Expression read() {
    if (source.startsWith("(?i)")) {
      ignoreCase = true;
      at = 4;
    }
    Expression result = alternatives();
    if (at < source.length()) {
      throw wrong(at, "an unmatched ')'", "the end or a '(' before");
    }
    return some(result);
  }

  private Expression some(Expression read) {
    if (read == in.nothing) {
      throw new ConstraintException("regular expression " + quoted(source) + ": found one that matches no text at all, expected one that does");
    }
    return read;
  }

  static String quoted(String text) {
    return '"' + (text.length() > 120 ? text.substring(0, 120) + "..." : text) + '"';
  }

  private ConstraintException wrong(int index, String found, String expected) {
    return new ConstraintException("regular expression " + quoted(source) + ", index " + index + ": found " + found + ", expected " + expected);
  }

  private Expression alternatives() {
    if (++depth > DEEPEST) {
      throw wrong(at, "groups nested deeper than " + DEEPEST, "fewer");
    }
    List<Expression> branches = new ArrayList<>();
    branches.add(branch());
    while (peek() == '|') {
      topLevelBar |= depth == 1;
      at++;
      branches.add(branch());
    }
    depth--;
    return in.choice(branches);
  }

  private Expression branch() {
    List<Expression> parts = new ArrayList<>();
    Expression before = null;
    int run = 0;
    while (at < source.length() && peek() != '|' && peek() != ')') {
      Expression part = quantified();
      int last = parts.size() - 1;
      // Runs of what may be missing are one repetition: its states are no deeper than any other's.
      if (part.nullable && last >= 0 && part == before) {
        parts.set(last, in.repeat(part, 0, ++run));
      } else {
        parts.add(part);
        before = part;
        run = 1;
      }
    }
    return in.sequence(parts.toArray(Expression[]::new));
  }

  /** The next char, or 0 at the end: NUL itself must be written as an escape. */
  private char peek() {
    return at < source.length() ? source.charAt(at) : 0;
  }

  private Expression quantified() {
    int from = at;
    Expression atom = atom();
    boolean done = false;
    while (!done && at < source.length()) {
      int start = at;
      int min = 0;
      int max = Expressions.UNBOUNDED;
      switch (peek()) {
        case '*' -> at++;
        case '+' -> {
          at++;
          min = 1;
        }
        case '?' -> {
          at++;
          max = 1;
        }
        case '{' -> {
          int[] counts = counts();
          min = counts[0];
          max = counts[1];
        }
        default -> done = true;
      }
      if (!done) {
        if (start != from && "*+?{".indexOf(source.charAt(start)) >= 0 && quantifierBefore(start)) {
          throw wrong(start, "a quantifier after a quantifier", "something to repeat");
        }
        if (peek() == '?') {
          at++;
        } else if (peek() == '+') {
          throw wrong(at, "a possessive quantifier", "one that is greedy or lazy");
        }
        atom = in.repeat(atom, min, max);
        quantifierEnd = at;
      }
    }
    return atom;
  }

  private int quantifierEnd = -1;

  private boolean quantifierBefore(int start) {
    return quantifierEnd == start;
  }

  private int[] counts() {
    int start = at;
    int close = source.indexOf('}', at);
    String inside = close < 0 ? source.substring(at) : source.substring(at + 1, close);
    if (close < 0 || !inside.matches("[0-9]{1,9}(,[0-9]{0,9})?")) {
      throw wrong(start, quoted("{" + inside), "{m}, {m,} or {m,n}; a brace itself is written \\{");
    }
    at = close + 1;
    String[] ends = inside.split(",", -1);
    int min = Integer.parseInt(ends[0]);
    int max = ends.length == 1 ? min : ends[1].isEmpty() ? Expressions.UNBOUNDED : Integer.parseInt(ends[1]);
    if (max < min) {
      throw wrong(start, "{" + inside + "}", "the smaller number first");
    }
    if (min > MOST_REPEATS || (max != Expressions.UNBOUNDED && max > MOST_REPEATS)) {
      throw wrong(start, "{" + inside + "}", "at most " + MOST_REPEATS + " repetitions");
    }
    return new int[] {min, max};
  }

  private Expression atom() {
    int start = at;
    char c = source.charAt(at++);
    switch (c) {
      case '(':
        return group(start);
      case '[':
        return character(new RegexClasses(this).bracket());
      case '.':
        return encoding.character(RegexClasses.DOT);
      case '^':
        anchored = true;
        return begin(in);
      case '$':
        anchored = true;
        return end(in);
      case '*', '+', '?':
        throw wrong(start, "'" + c + "' with nothing before it", "something to repeat");
      case '{':
        throw wrong(start, "'{' with nothing before it", "something to repeat; a brace itself is written \\{");
      case '\\':
        return escape(start);
      default:
        at--;
        return character(literal());
    }
  }

  private Expression character(CodePoints set) {
    return encoding.character(cases(set));
  }

  /** With the other case, under {@code (?i)}: before a set is complemented. */
  CodePoints cases(CodePoints set) {
    return ignoreCase ? set.ignoringCase() : set;
  }

  /** A character that stands for itself. */
  CodePoints literal() {
    int c = source.codePointAt(at);
    if (c >= 0xD800 && c <= 0xDFFF) {
      throw wrong(at, "half of a surrogate pair", "a whole character");
    }
    at += Character.charCount(c);
    return CodePoints.of(c, c);
  }

  private Expression group(int start) {
    if (peek() == '?') {
      if (source.startsWith("?:", at)) {
        at += 2;
      } else if (source.startsWith("?<", at) && !source.startsWith("?<=", at) && !source.startsWith("?<!", at)) {
        int close = source.indexOf('>', at);
        if (close < 0) {
          throw wrong(start, "the name of a group without end", "(?<name>...)");
        }
        at = close + 1;
      } else {
        throw wrong(start, quoted(source.substring(start, Math.min(source.length(), start + 4))), "a group (...), (?:...) or (?<name>...): looking around and flags cannot be enforced");
      }
    }
    Expression inside = alternatives();
    if (peek() != ')') {
      throw wrong(start, "a group without end", "a ')'");
    }
    at++;
    return inside;
  }

  private Expression escape(int start) {
    char c = peek();
    if (at == source.length()) {
      throw wrong(start, "a backslash at the end", "a character after it");
    }
    if (c == 'b' || c == 'B') {
      throw wrong(start, "\\" + c, "no word boundary: it cannot be enforced");
    }
    if (c >= '1' && c <= '9' || c == 'k') {
      throw wrong(start, "the backreference \\" + c, "none: it cannot be enforced");
    }
    if (c == 'A' || c == 'z' || c == 'Z' || c == 'G') {
      throw wrong(start, "\\" + c, "^ or $");
    }
    return character(new RegexClasses(this).escape(false));
  }

  /* What RegexClasses reads with. */

  String source() {
    return source;
  }

  int at() {
    return at;
  }

  void moveTo(int index) {
    at = index;
  }

  ConstraintException error(int index, String found, String expected) {
    return wrong(index, found, expected);
  }

  @Nullable Character peekOrNull() {
    return at < source.length() ? source.charAt(at) : null;
  }
}
