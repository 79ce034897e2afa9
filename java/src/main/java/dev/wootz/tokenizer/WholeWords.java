package dev.wootz.tokenizer;

import java.util.Arrays;

/** Ordinary tokens by the text that they are found in: which words are a token as they stand. */
final class WholeWords {
  private final byte[][] words;

  /** Open addressing by hash of the bytes; id + 1, or 0. */
  private final int[] slots;

  /** @param spelling what a token looks like in the text that is cut into words */
  WholeWords(Vocabulary vocabulary, Vocabulary.Spelling spelling) {
    this.words = new byte[vocabulary.size()][];
    this.slots = new int[Integer.highestOneBit(Math.max(8, vocabulary.size()) * 2 - 1) * 2];
    vocabulary.forEachOrdinary(
        (id, token) -> {
          words[id] = spelling.bytes(id, token);
          int i = hash(words[id], 0, words[id].length);
          while (slots[i] != 0) {
            i = i + 1 & slots.length - 1;
          }
          slots[i] = id + 1;
        });
  }

  /** The id of the token that is {@code text[from, to)}, -1 when there is none. */
  int find(byte[] text, int from, int to) {
    for (int i = hash(text, from, to); slots[i] != 0; i = i + 1 & slots.length - 1) {
      byte[] word = words[slots[i] - 1];
      if (Arrays.equals(word, 0, word.length, text, from, to)) {
        return slots[i] - 1;
      }
    }
    return -1;
  }

  private int hash(byte[] bytes, int from, int to) {
    int h = 0;
    for (int i = from; i < to; i++) {
      h = 31 * h + bytes[i];
    }
    h *= 0x9E3779B9;
    return (h ^ h >>> 15) & slots.length - 1;
  }
}
