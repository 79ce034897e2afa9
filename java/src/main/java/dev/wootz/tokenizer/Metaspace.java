package dev.wootz.tokenizer;

import java.util.Arrays;

/** SentencePiece's {@code ▁}, which stands for a space so that a token can hold one. */
final class Metaspace {
  /** U+2581. */
  static final String SPACE = "\u2581";

  private Metaspace() {}

  /**
   * The pre-tokenizer: spaces become {@code replacement}.
   *
   * @param prepend whether a text that does not start with one gets one
   * @param cut whether a piece ends before each
   */
  static Splitter splitter(String replacement, boolean prepend, boolean cut) {
    Normalizer replace = NormalizerReader.replace(" ", replacement);
    Normalizer prefix = NormalizerReader.prepend(replacement);
    byte[] space = Utf8.encode(replacement);
    return (text, from, to, pieces) -> {
      Span span = replace.apply(new Span(text, from, to));
      if (prepend && !startsWith(span.bytes(), span.from(), span.to(), space)) {
        span = prefix.apply(span);
      }
      byte[] bytes = span.bytes();
      int start = span.from();
      for (int i = start; cut && i < span.to(); i += Utf8.length(bytes[i])) {
        if (i > start && startsWith(bytes, i, span.to(), space)) {
          pieces.accept(bytes, start, i);
          start = i;
        }
      }
      pieces.accept(bytes, start, span.to());
    };
  }

  /**
   * Cuts where a space follows something else. For vocabularies without a pre-tokenizer: where no token goes across such a place, the
   * pieces are encoded to the same ids as the whole, but short ones can be remembered.
   */
  static Splitter words() {
    byte[] space = Utf8.encode(SPACE);
    return (text, from, to, pieces) -> {
      int start = from;
      boolean inSpace = true;
      for (int i = from; i < to; i += Utf8.length(text[i])) {
        boolean isSpace = text[i] == space[0] && startsWith(text, i, to, space);
        if (isSpace && !inSpace) {
          pieces.accept(text, start, i);
          start = i;
        }
        inSpace = isSpace;
      }
      pieces.accept(text, start, to);
    };
  }

  /** Whether a token has a space after something else, so that {@link #words} would cut it. */
  static boolean goesAcrossWords(String token) {
    for (int i = 1; i < token.length(); i++) {
      if (token.charAt(i) == SPACE.charAt(0) && token.charAt(i - 1) != SPACE.charAt(0)) {
        return true;
      }
    }
    return false;
  }

  private static boolean startsWith(byte[] text, int from, int to, byte[] prefix) {
    return to - from >= prefix.length && Arrays.equals(text, from, from + prefix.length, prefix, 0, prefix.length);
  }
}
