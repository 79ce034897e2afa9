package dev.wootz.tokenizer;

import java.util.Optional;

/**
 * The split expression of GPT-4's cl100k vocabulary and its relatives, without the regular expression:
 *
 * <pre>  (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</pre>
 *
 * Llama 3 has it as it stands, Qwen2 to Qwen3 with {@code \p{N}} for the number, Qwen3.5 also with {@code \p{M}} among the letters.
 */
final class Cl100kSplitter implements Splitter {
  private static final String START = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?";
  private static final String END = "+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

  static final String LLAMA3 = START + "\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]" + END;
  static final String QWEN2 = START + "\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]" + END;
  static final String QWEN35 = START + "[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]" + END;

  private final CharKinds kinds;
  private final int digits;

  /**
   * @param letters categories that form words
   * @param digits most digits in one piece
   */
  Cl100kSplitter(int letters, int digits) {
    this.kinds = new CharKinds(letters);
    this.digits = digits;
  }

  /** The one for an expression of tokenizer.json, if it is of this family. */
  static Optional<Splitter> of(String pattern) {
    return switch (pattern) {
      case LLAMA3 -> Optional.of(new Cl100kSplitter(UnicodeTable.LETTER, 3));
      case QWEN2 -> Optional.of(new Cl100kSplitter(UnicodeTable.LETTER, 1));
      case QWEN35 -> Optional.of(new Cl100kSplitter(UnicodeTable.LETTER | UnicodeTable.MARK, 1));
      default -> Optional.empty();
    };
  }

  @Override
  public void split(byte[] text, int from, int to, Pieces pieces) {
    for (int i = from; i < to; ) {
      int end = end(text, i, to);
      pieces.accept(text, i, end);
      i = end;
    }
  }

  private int end(byte[] text, int i, int to) {
    byte lead = text[i];
    if (lead == '\'') {
      int contraction = Contractions.length(text, i, to, true);
      if (contraction > 0) {
        return i + contraction;
      }
    }
    int kind = kinds.at(text, i);
    if (kind == CharKinds.LETTER) {
      return kinds.skip(kind, text, i, to);
    }
    if (kind == CharKinds.NUMBER) {
      return number(text, i, to);
    }
    int next = i + Utf8.length(lead);
    int nextKind = next < to ? kinds.at(text, next) : CharKinds.SPACE;
    if (nextKind == CharKinds.LETTER && !WhiteSpace.isLineBreak(lead)) {
      return kinds.skip(nextKind, text, next, to);
    }
    if (kind == CharKinds.OTHER || lead == ' ' && nextKind == CharKinds.OTHER) {
      return WhiteSpace.skipLineBreaks(text, kinds.skip(CharKinds.OTHER, text, kind == CharKinds.OTHER ? i : next, to), to);
    }
    return WhiteSpace.endWithLines(kinds, text, i, to);
  }

  private int number(byte[] text, int i, int to) {
    int end = i;
    for (int n = 0; n < digits && end < to && kinds.at(text, end) == CharKinds.NUMBER; n++) {
      end += Utf8.length(text[end]);
    }
    return end;
  }
}
