package dev.wootz.tokenizer;

/** Sorts characters into the four kinds that split expressions tell apart. ASCII, nearly all of most texts, by a table. */
final class CharKinds {
  /** Neither of the others: punctuation, symbols, control characters. */
  static final int OTHER = 0;

  static final int LETTER = 1;
  static final int NUMBER = 2;
  static final int SPACE = 3;

  private final int letters;
  private final byte[] ascii = new byte[128];

  /** @param letters categories that count as letters, a set of {@link UnicodeTable} */
  CharKinds(int letters) {
    this.letters = letters;
    for (int c = 0; c < ascii.length; c++) {
      ascii[c] = (byte) kind(c);
    }
  }

  private int kind(int codePoint) {
    int category = UnicodeTable.category(codePoint);
    if ((category & letters) != 0) {
      return LETTER;
    }
    if ((category & UnicodeTable.NUMBER) != 0) {
      return NUMBER;
    }
    return UnicodeTable.isSpace(codePoint) ? SPACE : OTHER;
  }

  /** The kind of the character that starts at {@code i}. */
  int at(byte[] text, int i) {
    byte lead = text[i];
    return lead >= 0 ? ascii[lead] : kind(Utf8.codePoint(text, i));
  }

  /** The first character from {@code i} on that is of another kind; {@code to} when there is none. */
  int skip(int kind, byte[] text, int i, int to) {
    int end = i;
    while (end < to) {
      byte lead = text[end];
      if (lead >= 0) {
        if (ascii[lead] != kind) {
          return end;
        }
        end++;
      } else {
        if (kind(Utf8.codePoint(text, end)) != kind) {
          return end;
        }
        end += Utf8.length(lead);
      }
    }
    return to;
  }
}
