package dev.wootz.tokenizer;

/** The white space rules at the end of the usual split expressions. */
final class WhiteSpace {
  private WhiteSpace() {}

  /** {@code \s+(?!\S)|\s+} at {@code i}: a run of white space leaves its last character to the word that follows. */
  static int end(CharKinds kinds, byte[] text, int i, int to) {
    int end = kinds.skip(CharKinds.SPACE, text, i, to);
    if (end == to) {
      return end;
    }
    int last = Utf8.before(text, end);
    return last > i ? last : end;
  }

  /** {@code \s*[\r\n]+|\s+(?!\S)|\s+} at {@code i}: a run up to its last line break, if it has one. */
  static int endWithLines(CharKinds kinds, byte[] text, int i, int to) {
    int end = kinds.skip(CharKinds.SPACE, text, i, to);
    for (int k = end - 1; k >= i; k--) {
      if (isLineBreak(text[k])) {
        return k + 1;
      }
    }
    if (end == to) {
      return end;
    }
    int last = Utf8.before(text, end);
    return last > i ? last : end;
  }

  static boolean isLineBreak(byte b) {
    return b == '\n' || b == '\r';
  }

  /** {@code [\r\n]*} at {@code i}. */
  static int skipLineBreaks(byte[] text, int i, int to) {
    int end = i;
    while (end < to && isLineBreak(text[end])) {
      end++;
    }
    return end;
  }
}
