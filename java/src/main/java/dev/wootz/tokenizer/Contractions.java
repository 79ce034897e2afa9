package dev.wootz.tokenizer;

/** English contractions, which GPT-2's split expression and its descendants cut off: {@code 's|'t|'re|'ve|'m|'ll|'d}. */
final class Contractions {
  private Contractions() {}

  /**
   * Bytes of the contraction at {@code i}, where an apostrophe stands; 0 when there is none.
   *
   * @param anyCase as under {@code (?i:)}, which folds the long s, U+017F, as well
   */
  static int length(byte[] text, int i, int to, boolean anyCase) {
    int first = letter(text, i + 1, to, anyCase);
    switch (first) {
      case 's', 't', 'm', 'd' -> {
        return 2;
      }
      case 'r', 'v' -> {
        return letter(text, i + 2, to, anyCase) == 'e' ? 3 : 0;
      }
      case 'l' -> {
        return letter(text, i + 2, to, anyCase) == 'l' ? 3 : 0;
      }
      default -> {
        boolean longS = anyCase && i + 2 < to && text[i + 1] == (byte) 0xC5 && text[i + 2] == (byte) 0xBF;
        return longS ? 3 : 0;
      }
    }
  }

  private static int letter(byte[] text, int i, int to, boolean anyCase) {
    int c = i < to ? text[i] : 0;
    return anyCase && c >= 'A' && c <= 'Z' ? c | 0x20 : c;
  }
}
