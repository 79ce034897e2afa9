package dev.wootz.tokenizer;

/**
 * GPT-2's split expression, without the regular expression:
 *
 * <pre>  's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</pre>
 */
final class Gpt2Splitter implements Splitter {
  /** As tokenizer.json spells it where it does not leave it to {@code ByteLevel}. */
  static final String PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

  private final CharKinds kinds = new CharKinds(UnicodeTable.LETTER);

  @Override
  public void split(byte[] text, int from, int to, Pieces pieces) {
    for (int i = from; i < to; ) {
      int end = end(text, i, to);
      pieces.accept(text, i, end);
      i = end;
    }
  }

  private int end(byte[] text, int i, int to) {
    if (text[i] == '\'') {
      int contraction = Contractions.length(text, i, to, false);
      if (contraction > 0) {
        return i + contraction;
      }
    }
    int run = text[i] == ' ' && i + 1 < to ? i + 1 : i;
    int kind = kinds.at(text, run);
    return kind == CharKinds.SPACE ? WhiteSpace.end(kinds, text, i, to) : kinds.skip(kind, text, run, to);
  }
}
