package dev.wootz.tokenizer;

/** What byte-pair merging starts from: the tokens of single bytes, or of single characters. */
interface Alphabet {
  /** Appends the ids of the symbols of {@code text[from, to)}. */
  void symbols(byte[] text, int from, int to, Ids out);

  /** Of byte-level vocabularies, as GPT-2's: every byte is a symbol. */
  final class Bytes implements Alphabet {
    private final int[] ids;
    private final int unknown;

    /**
     * @param ids [256], -1 for a byte without a token
     * @param unknown what stands for such a byte; -1 to leave it out, as Hugging Face does
     */
    Bytes(int[] ids, int unknown) {
      this.ids = ids.clone();
      this.unknown = unknown;
    }

    @Override
    public void symbols(byte[] text, int from, int to, Ids out) {
      for (int i = from; i < to; i++) {
        int id = ids[text[i] & 255];
        if (id >= 0) {
          out.add(id);
        } else if (unknown >= 0) {
          out.add(unknown);
        }
      }
    }
  }

  /**
   * Of vocabularies made by SentencePiece: every character is a symbol; one without a token becomes the tokens of its bytes, or the unknown
   * token.
   */
  final class Characters implements Alphabet {
    private static final int DIRECT = 1 << 16;

    /** [65536], id + 1 by code point of the basic plane; 0 for none. */
    private final int[] basic = new int[DIRECT];

    private final LongTable others = new LongTable(64);
    private final int[] bytes;
    private final int unknown;
    private final boolean fuseUnknown;

    /**
     * @param bytes [256] ids of the tokens {@code <0x00>} to {@code <0xFF>}, -1 where there is none
     * @param unknown the id that stands for what has no token, -1 to leave it out
     * @param fuseUnknown whether one such id stands for a run
     */
    Characters(Vocabulary vocabulary, int[] bytes, int unknown, boolean fuseUnknown) {
      this.bytes = bytes.clone();
      this.unknown = unknown;
      this.fuseUnknown = fuseUnknown;
      vocabulary.forEachOrdinary(
          (id, token) -> {
            if (token.length() <= 2 && token.codePointCount(0, token.length()) == 1) {
              add(token.codePointAt(0), id);
            }
          });
    }

    private void add(int codePoint, int id) {
      if (codePoint < DIRECT) {
        basic[codePoint] = id + 1;
      } else {
        others.putIfAbsent(codePoint, id);
      }
    }

    private int id(int codePoint) {
      return codePoint < DIRECT ? basic[codePoint] - 1 : (int) others.get(codePoint);
    }

    @Override
    public void symbols(byte[] text, int from, int to, Ids out) {
      boolean afterUnknown = false;
      for (int i = from; i < to; ) {
        int length = Utf8.length(text[i]);
        int id = id(Utf8.codePoint(text, i));
        if (id >= 0) {
          out.add(id);
          afterUnknown = false;
        } else if (haveTokens(text, i, length)) {
          for (int k = i; k < i + length; k++) {
            out.add(bytes[text[k] & 255]);
          }
          afterUnknown = false;
        } else if (unknown >= 0) {
          if (!afterUnknown || !fuseUnknown) {
            out.add(unknown);
          }
          afterUnknown = true;
        }
        i += length;
      }
    }

    private boolean haveTokens(byte[] text, int from, int length) {
      for (int k = from; k < from + length; k++) {
        if (bytes[text[k] & 255] < 0) {
          return false;
        }
      }
      return true;
    }
  }
}
