package dev.wootz.tokenizer;

import java.util.function.IntPredicate;

/** Splitters that look at one character at a time. */
final class CharSplitters {
  private CharSplitters() {}

  /** Every number character by itself, or runs of them; what lies between stays whole. */
  static Splitter digits(boolean individual) {
    return matching(
        c -> (UnicodeTable.category(c) & UnicodeTable.NUMBER) != 0, individual ? SplitBehavior.ISOLATED : SplitBehavior.CONTIGUOUS);
  }

  /** ASCII punctuation, which to Unicode is in part symbols, and what Unicode calls so. */
  static Splitter punctuation(SplitBehavior behavior) {
    return matching(
        c ->
            c >= '!' && c <= '/'
                || c >= ':' && c <= '@'
                || c >= '[' && c <= '`'
                || c >= '{' && c <= '~'
                || (UnicodeTable.category(c) & UnicodeTable.PUNCTUATION) != 0,
        behavior);
  }

  /** Words between white space, which is dropped. */
  static Splitter whiteSpace() {
    return matching(UnicodeTable::isSpace, SplitBehavior.REMOVED);
  }

  /** Every character that matches is one match. */
  private static Splitter matching(IntPredicate matches, SplitBehavior behavior) {
    return (text, from, to, pieces) -> {
      Ids ends = new Ids(16);
      Ids matched = new Ids(16);
      for (int i = from; i < to; ) {
        int end = i + Utf8.length(text[i]);
        boolean match = matches.test(Utf8.codePoint(text, i));
        while (!match && end < to && !matches.test(Utf8.codePoint(text, end))) {
          end += Utf8.length(text[end]);
        }
        ends.add(end);
        matched.add(match ? 1 : 0);
        i = end;
      }
      behavior.cut(text, from, ends, matched, pieces);
    };
  }

  /** Puts a space before a piece that does not start with one: {@code add_prefix_space}. */
  static Splitter prefixSpace() {
    Normalizer space = NormalizerReader.prepend(" ");
    return (text, from, to, pieces) -> {
      if (text[from] == ' ') {
        pieces.accept(text, from, to);
      } else {
        Span changed = space.apply(new Span(text, from, to));
        pieces.accept(changed.bytes(), changed.from(), changed.to());
      }
    };
  }
}
